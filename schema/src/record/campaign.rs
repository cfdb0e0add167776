//! The campaign (服务活动): what a maker wants done to every machine of a range of serial numbers.
//!
//! The office's record, for everybody: a technician sees at the machine that one is open, also at a machine that
//! no job named before. Whether a machine has had it is in its history (`machine_history`).

use serde::{Deserialize, Serialize};

use super::Record;
use crate::json::Fields;

/// One campaign.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Campaign {
    /// Its number, which a job that carries it out names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Code of the brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Name in Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_zh: Option<String>,
    /// Name in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_en: Option<String>,
    /// Model of the machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// First serial number of the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_from: Option<String>,
    /// Last serial number of the range; it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_to: Option<String>,
    /// First day, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_on: Option<String>,
    /// Last day, `YYYY-MM-DD`; it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<String>,
    /// Number of the part that is fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// How many, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qty: Option<String>,
    /// Hours paid for it, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// Id of the part of the org tree that it is for; none is everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Campaign {
    /// Whether it is open on a machine of this model and serial number on this day, `YYYY-MM-DD`.
    ///
    /// Serial numbers of one model have one form (`HCE215·24A·00001`), so that their order is that of their
    /// characters. A campaign that names no end of its range or time has none there.
    pub fn covers(&self, model: &str, serial: &str, day: &str) -> bool {
        let within = |value: &str, from: &Option<String>, to: &Option<String>| {
            from.as_deref().is_none_or(|from| from <= value) && to.as_deref().is_none_or(|to| value <= to)
        };
        self.model.as_deref() == Some(model)
            && !serial.is_empty()
            && within(serial, &self.serial_from, &self.serial_to)
            && within(day, &self.starts_on, &self.ends_on)
    }
}

impl Record for Campaign {
    const KIND: &'static str = "campaign";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign() -> Campaign {
        let text = |text: &str| Some(text.to_owned());
        Campaign {
            model: text("HCE215-9"),
            serial_from: text("HCE215·24A·00001"),
            serial_to: text("HCE215·25B·99999"),
            starts_on: text("2026-08-01"),
            ends_on: text("2027-01-31"),
            ..Campaign::default()
        }
    }

    #[test]
    fn the_ends_of_range_and_time_are_in() {
        let covers = |serial, day| campaign().covers("HCE215-9", serial, day);
        for serial in ["HCE215·24A·00001", "HCE215·25A·00417", "HCE215·25B·99999"] {
            assert!(covers(serial, "2026-08-01") && covers(serial, "2027-01-31"), "{serial}");
            assert!(!covers(serial, "2026-07-31") && !covers(serial, "2027-02-01"), "{serial}");
        }
        for serial in ["", "HCE215·23Z·99999", "HCE215·25C·00001"] {
            assert!(!covers(serial, "2026-11-24"), "{serial}");
        }
        assert!(!campaign().covers("HCE375-9", "HCE215·25A·00417", "2026-11-24"));
    }

    #[test]
    fn an_end_that_is_not_named_is_open() {
        let open = Campaign { serial_to: None, ends_on: None, ..campaign() };
        assert!(open.covers("HCE215-9", "HCE215·99A·00001", "2040-01-01"));
        assert!(!Campaign::default().covers("HCE215-9", "1", "2026-11-24"));
    }
}
