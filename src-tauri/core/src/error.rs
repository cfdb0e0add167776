//! What a refused action says: a code and facts; the screens own the sentences.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::store::StoreError;

/// Why an action was refused. Nothing was lost: what was typed is still a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// There is no such record on this device.
    NotFound,
    /// This device belongs to nobody yet.
    NotEnrolled,
    /// The job is with someone else now; it can be read.
    NotAssigned,
    /// The step cannot be taken from where the job or visit stands.
    ImpossibleStep,
    /// The time lies in the future.
    TimeInFuture,
    /// The time does not fit the steps around it.
    TimeOutOfOrder,
    /// The ten seconds are over.
    UndoExpired,
    /// A value that no rule allows; `field` names it.
    InvalidValue,
    /// Too large to be stored as one action.
    TooLarge,
    /// No room left on this device.
    DiskFull,
    /// Another instance of the app has the store open.
    SecondInstance,
    /// The store was written by a later version of the app.
    StoreTooNew,
    /// The store cannot be read; the files are kept.
    StoreDamaged,
    /// Something broke that should not; the work on screen is kept.
    Internal,
}

/// A refused action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{code:?} {facts:?}")]
pub struct ActionError {
    /// Why.
    pub code: ErrorCode,
    /// What the sentence needs: names and numbers, never a person's data.
    pub facts: BTreeMap<String, String>,
    #[serde(skip)]
    from_store: bool,
}

impl From<ErrorCode> for ActionError {
    fn from(code: ErrorCode) -> Self {
        Self { code, facts: BTreeMap::new(), from_store: false }
    }
}

impl ActionError {
    /// A refusal over one field.
    pub fn field(code: ErrorCode, field: &str) -> Self {
        Self { facts: BTreeMap::from([("field".into(), field.into())]), ..code.into() }
    }

    /// Something broke.
    pub fn internal() -> Self {
        ErrorCode::Internal.into()
    }

    pub(crate) fn store(error: &StoreError) -> Self {
        let code = match error {
            _ if error.is_full() => ErrorCode::DiskFull,
            _ if error.is_busy() => ErrorCode::SecondInstance,
            StoreError::NewerVersion { .. } => ErrorCode::StoreTooNew,
            _ => ErrorCode::StoreDamaged,
        };
        Self { from_store: true, ..code.into() }
    }

    /// Whether the store said no, which poisons the instance.
    pub fn is_from_store(&self) -> bool {
        self.from_store
    }
}
