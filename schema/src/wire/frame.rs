//! Messages as bytes: lines of JSON under zstd, with the limit on what comes out.
//!
//! Sixteen kilobytes of zstd can be half a gigabyte of zeros; so a reader names its limit and gets an
//! error, not memory. Read [`pack`] and [`unpack`].

use std::io::Read;

use super::error::{ApiError, ErrorCode};

/// Most bytes of a request's body after decompression.
pub const REQUEST_MAX: usize = 4 << 20;

/// Most bytes of an answer's body after decompression.
pub const RESPONSE_MAX: usize = 16 << 20;

/// The largest window a reader grants a compressor: 2²³ bytes.
const WINDOW_LOG_MAX: u32 = 23;

/// Level of compression.
const LEVEL: i32 = 3;

/// Most lines of one message.
const LINES_MAX: usize = 100_000;

/// Compresses lines joined by line feeds. The lines hold no line feed themselves.
pub fn pack<L: AsRef<[u8]>>(lines: &[L]) -> Vec<u8> {
    let mut text = Vec::with_capacity(lines.iter().map(|l| l.as_ref().len() + 1).sum());
    for line in lines {
        text.extend_from_slice(line.as_ref());
        text.push(b'\n');
    }
    compress(&text)
}

/// zstd at the level that the figures of the design were measured at, with its checksum: four bytes, and a
/// proxy's flipped bit is an error instead of another word.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let framed = zstd::bulk::Compressor::new(LEVEL).and_then(|mut compressor| {
        compressor.include_checksum(true)?;
        compressor.compress(bytes)
    });
    // Writing to memory fails only without memory, which Rust treats as fatal anyway.
    framed.unwrap_or_default()
}

/// At most `limit` bytes from a zstd frame.
pub fn decompress(bytes: &[u8], limit: usize) -> Result<Vec<u8>, ApiError> {
    let malformed = |_| ApiError::about(ErrorCode::Malformed, "zstd");
    let mut reader = zstd::Decoder::new(bytes).map_err(malformed)?;
    reader.window_log_max(WINDOW_LOG_MAX).map_err(malformed)?;
    let mut text = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut text).map_err(malformed)?;
    if text.len() > limit { Err(ApiError::about(ErrorCode::TooLarge, "body")) } else { Ok(text) }
}

/// The lines of a message that [`pack`] made; the last line feed may be missing.
pub fn unpack(bytes: &[u8], limit: usize) -> Result<Vec<Vec<u8>>, ApiError> {
    let text = decompress(bytes, limit)?;
    let text = text.strip_suffix(b"\n").unwrap_or(&text);
    let lines: Vec<_> = text.split(|b| *b == b'\n').take(LINES_MAX + 1).map(<[u8]>::to_vec).collect();
    if lines.len() > LINES_MAX { Err(ApiError::about(ErrorCode::TooLarge, "lines")) } else { Ok(lines) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back() {
        let lines = [&b"{}"[..], b"", "油".as_bytes()];
        assert_eq!(unpack(&pack(&lines), 100).unwrap(), lines);
    }

    #[test]
    fn a_bomb_costs_its_limit_and_no_more() {
        let bomb = compress(&vec![0; 64 << 20]);
        assert!(bomb.len() < 16 << 10);
        assert_eq!(decompress(&bomb, 1 << 20).unwrap_err().code, ErrorCode::TooLarge);
    }

    #[test]
    fn a_flipped_bit_never_changes_a_message() {
        let text = r#"{"cause":"主泵调节器卡滞","meter":"1846.5"}"#.as_bytes();
        let whole = compress(text);
        for bit in 0..whole.len() * 8 {
            let mut bent = whole.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            // One bit of a frame's head means nothing.
            assert!(decompress(&bent, 1 << 20).map_or(true, |read| read == text), "bit {bit}");
        }
    }

    #[test]
    fn rubbish_and_half_a_frame_are_malformed() {
        let whole = pack(&[vec![7; 5000]]);
        for bytes in [&b"hello"[..], &whole[..whole.len() / 2], b""] {
            assert!(unpack(bytes, 1 << 20).is_err() || bytes.is_empty());
        }
        assert_eq!(unpack(b"<html>log in</html>", 1 << 20).unwrap_err().code, ErrorCode::Malformed);
    }
}
