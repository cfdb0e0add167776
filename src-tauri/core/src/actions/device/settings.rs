//! How the app looks and what it may send over which network. Of this device, never of the person.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::actions::{ActionError, Done};
use crate::language::Language;
use crate::ports::Ports;
use crate::store::Store;
use crate::store::outbox::PHOTOS_ON_WIFI_ONLY;

/// Colours of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// Black on white, for reading in the sun.
    Sunlight,
}

/// Sets what is named, leaves the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
pub struct SetSettings {
    /// The language.
    #[serde(default)]
    pub language: Option<Language>,
    /// The theme.
    #[serde(default)]
    pub theme: Option<Theme>,
    /// Photos wait for Wi-Fi.
    #[serde(default)]
    pub photos_on_wifi_only: Option<bool>,
}

impl SetSettings {
    pub(in crate::actions) fn run(self, store: &mut Store, _: &mut Ports) -> Result<Done, ActionError> {
        let mut values = Vec::new();
        values.extend(self.language.map(|language| ("language", word(language))));
        values.extend(self.theme.map(|theme| ("theme", word(theme))));
        values.extend(self.photos_on_wifi_only.map(|only| (PHOTOS_ON_WIFI_ONLY, only.to_string())));
        store.outbox.set_ident(&values)?;
        Ok(Done::default())
    }
}

fn word<T: Serialize>(value: T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
