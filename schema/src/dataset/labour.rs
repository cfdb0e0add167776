//! Labour standards (工时定额): hours by operation code. Clock hours are evidence only.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::json::Fields;

/// One operation on some models.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Operation {
    /// Operation code.
    pub code: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name_en: String,
    /// Standard hours, a decimal.
    pub hours: String,
    /// How many people the hours are for; 0 when the list does not say.
    #[serde(skip_serializing_if = "is_zero")]
    pub people: i64,
    /// Models that it holds for; none for all of `families`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<String>,
    /// Families that it holds for; none for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub families: Vec<String>,
    /// Part group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// What the hours include.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(n: &i64) -> bool {
    *n == 0
}

impl Row for Operation {
    const NAME: &'static str = "labour";

    /// The same operation may stand once for each set of models and families.
    fn key(&self) -> String {
        let mut key = vec![self.code.as_str()];
        key.extend(self.models.iter().chain(&self.families).map(String::as_str));
        key.join(" ")
    }
}
