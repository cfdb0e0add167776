//! base64url without padding (RFC 4648, section 5), with one spelling for each byte string.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// `bytes` in base64url, without padding.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes behind `text`; `None` for padding, foreign symbols, or left-over bits that are not zero.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// As [`decode`], for exactly `N` bytes.
pub fn decode_exact<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_string_has_one_spelling() {
        assert_eq!(encode(&[0xfb, 0xff]), "-_8");
        assert_eq!(decode("-_8"), Some(vec![0xfb, 0xff]));
        for bad in ["-_9", "-_8=", "+/8", "-_8\n", " -_8", "-"] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
        assert_eq!(decode_exact::<3>("-_8"), None);
    }
}
