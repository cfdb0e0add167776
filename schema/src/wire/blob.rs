//! Blobs: photos and sealed cards, sent in runs of 16 KiB units, in any order, each run with its digest.
//!
//! A blob is named by its SHA-256. Only a [`BlobState`] with `stored` ends an upload; local bytes stay until
//! a backup covers `pos`.

use serde::{Deserialize, Serialize};

use super::error::{ApiError, ErrorCode};
use crate::digest::Digest;

/// Bytes of one unit; the last one of a blob may be shorter.
pub const UNIT: u64 = 16 * 1024;

/// Largest blob: 64 MiB.
pub const BLOB_MAX: u64 = 64 << 20;

/// Most bytes of one run.
pub const RUN_MAX: u64 = 1 << 20;

/// A run of units of one blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobPut {
    /// The blob.
    pub sha256: Digest,
    /// Its whole size in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// First unit of the run, from 0.
    pub unit: u32,
    /// The run: whole units, or up to the end of the blob.
    pub bytes: Vec<u8>,
    /// SHA-256 of the run.
    pub digest: Digest,
}

/// Some bytes of a stored blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobRange {
    /// The blob.
    pub sha256: Digest,
    /// First byte.
    pub from: u64,
    /// How many bytes at most.
    pub len: u64,
}

/// What the server has of a blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobState {
    /// The blob.
    pub sha256: Digest,
    /// Its whole size; 0 when the server has heard nothing of it.
    pub size: u64,
    /// One bit a unit, the lowest of the first byte first, as hex; left out once stored.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub have: String,
    /// The server holds every byte.
    pub stored: bool,
    /// The server's head when it stored the blob; a backup at or above it holds the blob.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pos: Option<u64>,
    /// The epoch of `pos`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub epoch: Option<String>,
}

/// Units of a blob of `size` bytes.
pub fn units(size: u64) -> u64 {
    size.div_ceil(UNIT)
}

impl BlobPut {
    /// Checks grid, limits and the run's own digest; not the blob's, which needs the whole.
    pub fn check(&self) -> Result<(), ApiError> {
        let start = u64::from(self.unit) * UNIT;
        let end = start + self.bytes.len() as u64;
        if self.size > BLOB_MAX || self.bytes.len() as u64 > RUN_MAX {
            return Err(ApiError::about(ErrorCode::TooLarge, "blob"));
        }
        let on_grid = end == self.size || (end < self.size && end.is_multiple_of(UNIT));
        if self.bytes.is_empty() || !on_grid {
            return Err(ApiError::about(ErrorCode::InvalidValue, "run"));
        }
        if Digest::of(&self.bytes) == self.digest {
            Ok(())
        } else {
            Err(ApiError::about(ErrorCode::BadDigest, "run"))
        }
    }
}

impl BlobState {
    /// Whether the server has unit `unit`.
    pub fn has(&self, unit: u64) -> bool {
        let digit = usize::try_from(unit / 4).ok().and_then(|at| {
            // Two hex digits a byte, the high half first.
            self.have.as_bytes().get(at ^ 1).and_then(|d| char::from(*d).to_digit(16))
        });
        self.stored || digit.is_some_and(|d| d >> (unit % 4) & 1 == 1)
    }

    /// The first unit that is missing and the number of missing units behind it, at most `most`.
    pub fn next_missing(&self, size: u64, most: u64) -> Option<(u64, u64)> {
        let first = (0..units(size)).find(|unit| !self.has(*unit))?;
        let end = (first..units(size))
            .take_while(|unit| !self.has(*unit))
            .take(most.max(1).try_into().unwrap_or(1))
            .count();
        Some((first, end as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(size: u64, unit: u32, len: usize) -> BlobPut {
        let bytes = vec![7; len];
        let digest = Digest::of(&bytes);
        BlobPut { sha256: Digest::ZERO, size, media_type: "image/jpeg".into(), unit, bytes, digest }
    }

    #[test]
    fn runs_lie_on_the_grid() {
        let unit = usize::try_from(UNIT).unwrap();
        for good in [
            put(5, 0, 5),
            put(UNIT, 0, unit),
            put(UNIT + 1, 1, 1),
            put(3 * UNIT, 1, unit),
            put(3 * UNIT, 1, 2 * unit),
        ] {
            assert_eq!(good.check(), Ok(()), "{} {}", good.size, good.unit);
        }
        for bad in [
            put(5, 0, 4),
            put(5, 0, 6),
            put(3 * UNIT, 0, unit + 1),
            put(5, 1, 1),
            put(0, 0, 0),
            put(BLOB_MAX + 1, 0, unit),
        ] {
            assert!(bad.check().is_err(), "{} {}", bad.size, bad.unit);
        }
        let bent = BlobPut { digest: Digest::ZERO, ..put(5, 0, 5) };
        assert_eq!(bent.check().unwrap_err().code, ErrorCode::BadDigest);
    }

    #[test]
    fn the_bitmap_tells_what_is_missing() {
        // Units 0, 1 and 9 are there: bytes 0x03 0x02.
        let state = BlobState {
            sha256: Digest::ZERO,
            size: 10 * UNIT,
            have: "0302".into(),
            stored: false,
            pos: None,
            epoch: None,
        };
        let there: Vec<u64> = (0..10).filter(|u| state.has(*u)).collect();
        assert_eq!(there, [0, 1, 9]);
        assert_eq!(state.next_missing(state.size, 64), Some((2, 7)));
        assert_eq!(state.next_missing(state.size, 3), Some((2, 3)));
        assert_eq!(BlobState { stored: true, ..state }.next_missing(10 * UNIT, 64), None);
    }
}
