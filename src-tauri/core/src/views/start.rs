//! What the app needs before it shows anything: whose it is, how it looks, where the person was.

use fieldcard_schema::id::RecordId;
use serde::Serialize;
use ts_rs::TS;

use super::people::Person;
use super::scene::Scene;
use crate::enrolment;
use crate::error::ActionError;
use crate::language::Language;
use crate::{shut_out, sign_off};

/// Where the person was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct LastPlace {
    route: String,
    field: Option<String>,
}

/// The first view of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct StartView {
    enrolled: bool,
    person: Option<Person>,
    language: Language,
    #[ts(type = "Theme")]
    theme: String,
    last_place: Option<LastPlace>,
    /// The office has revoked this device: nothing is shown but what still has to reach it.
    shut_out: bool,
    /// This device's key lies in a file, because the system has no guarded place for it.
    key_in_file: bool,
    /// The visit whose card is in the customer's hands: nothing else may be shown.
    #[ts(type = "Id | null")]
    handed_over: Option<RecordId>,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>) -> Result<StartView, ActionError> {
    let owner = enrolment::owner(scene.store);
    let route = scene.setting("place_route");
    let field = scene.setting("place_field");
    Ok(StartView {
        enrolled: enrolment::is_in_use(scene.store)?,
        person: owner.map(|owner| Person::named(&owner.user_name)),
        language: Language::of_screens(scene.store),
        theme: scene.setting("theme").unwrap_or_else(|| "light".into()),
        key_in_file: !scene.ports.keystore.is_guarded(),
        last_place: route.map(|route| LastPlace { route, field }),
        shut_out: shut_out::is_shut_out(scene.store),
        handed_over: sign_off::handed_over(scene.store)?,
    })
}
