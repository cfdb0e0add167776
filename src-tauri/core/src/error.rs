//! What a refused action says: a code and facts; the screens own the sentences.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;

use crate::store::StoreError;

/// Why an action was refused. Nothing was lost: what was typed is still a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// There is no such record on this device.
    NotFound,
    /// This device belongs to nobody yet.
    NotEnrolled,
    /// The system has lost this device's key: nothing is sealed before the office gives it another.
    KeyLost,
    /// The office has shut this device out: it only hands in what it holds.
    Revoked,
    /// The job is with someone else now; it can be read.
    NotAssigned,
    /// Somebody else made this record; only he strikes it out.
    NotYours,
    /// A sealed card shows this: it is amended by a new card, never struck out.
    AlreadySealed,
    /// The step cannot be taken from where the job or visit stands.
    ImpossibleStep,
    /// The time lies in the future.
    TimeInFuture,
    /// The time does not fit the steps around it.
    TimeOutOfOrder,
    /// The office could not be reached, and this cannot be done without it.
    NoNetwork,
    /// Something that the signature waits for is missing; `field` names it.
    MissingBeforeSignOff,
    /// No text is frozen, or another card was sealed since: freeze it anew.
    NotPrepared,
    /// The card is in the customer's hands: take the device back first.
    HandedOver,
    /// Nobody drew and nobody ticked the box.
    InkMissing,
    /// Not the technician's initials.
    WrongInitials,
    /// The ten seconds are over.
    UndoExpired,
    /// A value that no rule allows; `field` names it.
    InvalidValue,
    /// Too large to be stored as one action; `kb` and `limit_kb`.
    TooLarge,
    /// The office holds everything: there is nothing to export.
    NothingUnsent,
    /// The photo has more bytes or pixels than a phone can take; `mb` or `megapixels`, and `limit`.
    PhotoTooLarge,
    /// Not a picture, or a damaged one.
    PhotoUnreadable,
    /// No room left on this device.
    DiskFull,
    /// The little room that is left is kept for text: no photos for now; `mb`.
    DiskNearlyFull,
    /// This app may not write into the folder.
    FolderReadOnly,
    /// Another instance of the app has the store open.
    SecondInstance,
    /// The store was written by a later version of the app.
    StoreTooNew,
    /// The store cannot be read; the files are kept.
    StoreDamaged,
    /// The system's keychain, which holds this device's key, does not answer.
    KeychainClosed,
    /// Something broke that should not; the work on screen is kept.
    Internal,
}

/// A refused action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error, TS)]
#[ts(rename = "ApiError")]
#[error("{code:?} {facts:?}")]
pub struct ActionError {
    /// Why.
    pub code: ErrorCode,
    /// What the sentence needs: names and numbers, never a person's data.
    #[ts(type = "Facts")]
    pub facts: BTreeMap<String, String>,
    #[serde(skip)]
    from_store: bool,
}

impl From<ErrorCode> for ActionError {
    fn from(code: ErrorCode) -> Self {
        Self { code, facts: BTreeMap::new(), from_store: false }
    }
}

impl From<StoreError> for ActionError {
    fn from(error: StoreError) -> Self {
        Self::store(&error)
    }
}

impl ActionError {
    /// A refusal over one field.
    pub fn field(code: ErrorCode, field: &str) -> Self {
        Self { facts: BTreeMap::from([("field".into(), field.into())]), ..code.into() }
    }

    /// A refusal with the numbers that its sentence needs.
    pub fn facts<const N: usize>(code: ErrorCode, facts: [(&str, u64); N]) -> Self {
        let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect();
        Self { facts, ..code.into() }
    }

    /// More bytes than one action may have.
    pub fn too_large(bytes: usize, limit: usize) -> Self {
        let kb = |bytes: usize| bytes.div_ceil(1024) as u64;
        Self::facts(ErrorCode::TooLarge, [("kb", kb(bytes)), ("limit_kb", kb(limit))])
    }

    /// Something broke.
    pub fn internal() -> Self {
        ErrorCode::Internal.into()
    }

    pub(crate) fn store(error: &StoreError) -> Self {
        let code = match error {
            _ if error.is_full() => ErrorCode::DiskFull,
            _ if error.is_read_only() => ErrorCode::FolderReadOnly,
            _ if error.is_busy() => ErrorCode::SecondInstance,
            StoreError::NewerVersion { .. } => ErrorCode::StoreTooNew,
            StoreError::InUse => ErrorCode::InvalidValue,
            _ => ErrorCode::StoreDamaged,
        };
        Self { from_store: true, ..code.into() }
    }

    /// Whether the store said no: then nobody knows here whether anything was written.
    pub fn is_from_store(&self) -> bool {
        self.from_store
    }

    /// Whether the store said no in a way after which it has to be opened again.
    pub(crate) fn poisons(&self) -> bool {
        self.from_store && self.code != ErrorCode::DiskFull
    }
}
