//! A sealed card made up from what the server holds, and what `fieldcard verify` says of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use fieldcard_card::bundle::{Bundle, Sealed};
use fieldcard_card::{Canonical, PublicKey, Seal};
use fieldcard_schema::record::card::Card;

use crate::AnyError;
use crate::server::{Server, program};

/// Writes the card into `folder`, with what it names beside it, as an export lays it; its path.
pub fn lay_out(server: &Server, card: &Card, key: PublicKey, folder: &Path) -> Result<PathBuf, AnyError> {
    let (sha256, seal) = card.sha256.zip(card.seal.clone()).ok_or("a card without its hash or seal")?;
    let bytes = server.blob(sha256).ok_or("the server lacks a card")?;
    let bundle = Bundle::of(Sealed::new(&bytes, Seal(seal), key));
    for attachment in fieldcard_card::Card::parse(&bytes)?.attachments {
        let photo = server.blob(attachment.1).ok_or("the server lacks a photo that a card names")?;
        std::fs::write(folder.join(attachment.1.to_string()), photo)?;
    }
    let path = folder.join(format!("{sha256}.fieldcard"));
    std::fs::write(&path, bundle.to_bytes()?)?;
    Ok(path)
}

/// What the verifier says, in a word.
pub fn word(card: &Path) -> Result<&'static str, AnyError> {
    let status = Command::new(program("fieldcard")?).arg("verify").arg(card).output()?.status;
    Ok(match status.code() {
        Some(0) => "valid",
        Some(1) => "changed",
        Some(2) => "missing",
        _ => "unreadable",
    })
}
