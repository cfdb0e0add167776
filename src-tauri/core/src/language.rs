//! The languages of screens and cards, and the names that the lists of the schema give in them.
//!
//! Never a sentence: screens have theirs, cards take theirs from `tables/card_labels.csv`.

use fieldcard_schema::rules::lists;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::store::Store;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// 中文, the first.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// What the person has chosen for the screens of this device.
    pub(crate) fn of_screens(store: &Store) -> Self {
        if store.outbox.ident("language") == Some("en") { Self::En } else { Self::Zh }
    }

    /// The one with this BCP 47 tag; a card in another one is read as English.
    pub(crate) fn of_tag(tag: &str) -> Self {
        if tag == Self::Zh.tag() { Self::Zh } else { Self::En }
    }

    /// Its BCP 47 tag.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// Names in a row.
    pub(crate) fn list(self, names: &[String]) -> String {
        names.join(if self == Self::Zh { "、" } else { ", " })
    }

    /// What somebody said about something.
    pub(crate) fn explained(self, what: &str, said: &str) -> String {
        let colon = if self == Self::Zh { "：" } else { ": " };
        format!("{what}{colon}{said}")
    }

    /// The name of `code` in a list; the code itself when the list does not know it.
    pub(crate) fn name(self, list: &str, code: &str) -> String {
        let entry = lists::list(list).iter().find(|entry| entry.code == code);
        entry.map_or(code, |entry| if self == Self::Zh { &entry.zh } else { &entry.en }).to_owned()
    }
}
