//! Reads files of any origin: with a limit, and with errors that say what to do.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use fieldcard_card::bundle::{Bundle, MAX_BYTES};
use fieldcard_card::canonical::FormatError;
use fieldcard_card::{Canonical as _, Card, FrozenCard};
use fieldcard_schema::digest::Digest;

/// The bundle in `file`, or one line on why there is none.
pub(crate) fn bundle(file: &Path) -> Result<Bundle, String> {
    let shown = file.display();
    let bytes = read_at_most(file, MAX_BYTES).map_err(|why| format!("{shown}: {why}"))?;
    if bytes.len() > MAX_BYTES {
        return Err(format!("{shown}: larger than {} MiB, so it is not read", MAX_BYTES >> 20));
    }
    if bytes.is_empty() {
        return Err(format!("{shown}: the file is empty"));
    }
    Bundle::parse(&bytes).map_err(|why| match why {
        FormatError::TooNew(_) => format!("{shown}: {why}; use a newer fieldcard"),
        _ if Card::parse(&bytes).is_ok() || FrozenCard::parse(&bytes).is_ok() => {
            format!("{shown}: the text of a card without its seal; ask for the *.fieldcard file")
        }
        _ => format!("{shown}: not a service card file, or damaged ({why})"),
    })
}

/// The folder that `file` lies in.
pub(crate) fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The attachment named by its hash in `folder`. Of a longer file one byte more than `size` is read: enough
/// to see that it is another.
pub(crate) fn beside(folder: &Path, sha256: Digest, size: u64) -> Option<Vec<u8>> {
    let size = usize::try_from(size).unwrap_or(MAX_BYTES).min(MAX_BYTES);
    read_at_most(&folder.join(sha256.to_string()), size).ok()
}

/// At most one byte more than `limit`.
fn read_at_most(file: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
