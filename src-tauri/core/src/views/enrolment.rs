//! How far this device has come in being taken in by an office.

use serde::Serialize;
use ts_rs::TS;

use super::scene::Scene;
use crate::enrolment::{self, Enrolment};
use crate::error::ActionError;
use crate::shut_out;

/// How far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EnrolmentState {
    /// Not begun, or refused.
    None,
    /// The request is on its way.
    Asking,
    /// The office has to read the six digits back.
    WaitingForOffice,
    /// Done.
    Active,
    /// The system has lost the key: the office gives another for this very device.
    KeyLost,
}

/// The view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct EnrolmentView {
    state: EnrolmentState,
    address: Option<String>,
    office: Option<String>,
    person: Option<String>,
    /// Six digits that the office reads back.
    fingerprint: Option<String>,
    /// Why the last code was refused: a code of the wire's errors.
    refused: Option<String>,
    /// It was another's, the office shut it out, and everything of his was handed in and removed.
    removed: bool,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>) -> Result<EnrolmentView, ActionError> {
    let state = match enrolment::state(scene.store)? {
        Enrolment::None => EnrolmentState::None,
        Enrolment::Asking(_) => EnrolmentState::Asking,
        Enrolment::Unconfirmed => EnrolmentState::WaitingForOffice,
        Enrolment::Active => EnrolmentState::Active,
        Enrolment::KeyLost => EnrolmentState::KeyLost,
    };
    Ok(EnrolmentView {
        state,
        address: scene.setting("url"),
        office: scene.setting("org_name"),
        person: scene.setting("user_name"),
        fingerprint: scene.setting("fingerprint"),
        refused: scene.setting("enrol_error"),
        removed: shut_out::was_wiped(scene.store),
    })
}
