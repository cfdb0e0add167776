//! What a cell says, by the type of its column. Times are those of the office; money becomes minor units.

use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use fieldcard_schema::decimal::Decimal;
use fieldcard_schema::json::nfc;
use fieldcard_schema::rules::lists;
use serde::Deserialize;

use super::columns::Column;
use super::report::Code;

/// Most characters of a cell.
pub(super) const CELL_MAX: usize = 10_000;

/// What Excel shows, and saves, for a formula that it cannot work out.
const BROKEN: [&str; 7] = ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"];

/// A cell that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    /// Text, a code, a day (`YYYY-MM-DD`) or a decimal.
    Text(String),
    /// Words.
    List(Vec<String>),
    /// A whole number, or money in minor units.
    Int(i64),
    /// Yes or no.
    Flag(bool),
    /// A moment, in ms since 1970.
    Time(i64),
}

/// A word that people use for a code of a list.
#[derive(Deserialize)]
struct Alias {
    list: String,
    word: String,
    code: String,
}

static ALIASES: LazyLock<Vec<Alias>> = LazyLock::new(|| {
    let table = include_str!("../../../schema/tables/import_aliases.csv");
    csv::Reader::from_reader(table.as_bytes()).deserialize().filter_map(Result::ok).collect()
});

/// The text of a cell as it is kept: normal form C, no blanks around, no control characters but line feeds.
pub(super) fn clean(raw: &str) -> String {
    let raw = raw.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = raw
        .chars()
        .filter(|c| *c == '\n' || (!c.is_control() && !matches!(c, '\u{feff}' | '\u{200b}')))
        .collect();
    nfc(kept.trim_matches(|c: char| c.is_whitespace() || c == '\u{3000}'))
}

/// Reads a cell that is not empty. `offset` is the office's zone, in minutes east of UTC.
pub(super) fn read(column: &Column, text: &str, offset: i32) -> Result<Cell, Code> {
    if text.chars().count() > CELL_MAX {
        return Err(Code::TooLarge);
    }
    if BROKEN.contains(&text) {
        return Err(Code::BrokenFormula);
    }
    match column.kind.as_str() {
        "date" => date(text).map(|day| Cell::Text(day.format("%Y-%m-%d").to_string())).ok_or(Code::NotADate),
        "time" => time(text, offset).map(Cell::Time).ok_or(Code::NotATime),
        "decimal" => decimal(text).map(|n| Cell::Text(n.to_string())).ok_or(Code::NotANumber),
        "integer" => integer(text).map(Cell::Int).ok_or(Code::NotANumber),
        "money" => money(text).map(Cell::Int).ok_or(Code::NotANumber),
        "flag" => flag(text).map(Cell::Flag).ok_or(Code::NotAFlag),
        "list" => {
            words(text).map(|word| of_lists(&column.list, word)).collect::<Result<_, _>>().map(Cell::List)
        }
        "code" => of_lists(&column.list, text).map(Cell::Text),
        _ => Ok(Cell::Text(text.to_owned())),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([';', '；', '、', '\n']).map(str::trim).filter(|word| !word.is_empty())
}

/// The code of a word: the code itself, its Chinese or English name, or an alias. Columns without a list
/// take any word.
fn of_lists(names: &str, word: &str) -> Result<String, Code> {
    if names.is_empty() {
        return Ok(word.to_owned());
    }
    for name in names.split(' ') {
        let is = |entry: &&lists::Entry| {
            entry.code == word || entry.zh == word || entry.en.eq_ignore_ascii_case(word)
        };
        let alias = ALIASES.iter().find(|alias| alias.list == name && alias.word == word);
        let found = lists::list(name).iter().find(is).map(|entry| entry.code.clone());
        if let Some(code) = found.or_else(|| alias.map(|alias| alias.code.clone())) {
            return Ok(code);
        }
    }
    Err(Code::UnknownWord)
}

/// The code of a word of one list; `None` when it has no such word.
pub(super) fn code_of(list: &str, word: &str) -> Option<String> {
    of_lists(list, word).ok()
}

fn date(text: &str) -> Option<NaiveDate> {
    let day = text.replace(['/', '.', '年', '月'], "-");
    let day = day.trim_end_matches('日').trim();
    // A date cell may bring midnight along.
    let day = day.strip_suffix(" 00:00:00").or_else(|| day.strip_suffix(" 00:00")).unwrap_or(day);
    let compact = day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit());
    let found = NaiveDate::parse_from_str(day, if compact { "%Y%m%d" } else { "%Y-%m-%d" }).ok()?;
    // Two digits of a year would be in the first century.
    (NaiveDate::from_ymd_opt(1950, 1, 1)?..NaiveDate::from_ymd_opt(2200, 1, 1)?)
        .contains(&found)
        .then_some(found)
}

fn time(text: &str, offset: i32) -> Option<i64> {
    let (day, clock) = text.split_once([' ', 'T']).unwrap_or((text, "00:00"));
    let clock = clock.trim().replace('：', ":");
    let at = ["%H:%M:%S", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(&clock, form).ok())?;
    let local = NaiveDateTime::new(date(day)?, at).and_utc().timestamp_millis();
    Some(local - i64::from(offset) * 60_000)
}

/// A number as people type it: half width, without the commas of thousands and signs of money.
fn bare(text: &str) -> String {
    let half = |c: char| match c {
        '０'..='９' | '．' | '－' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    text.chars().map(half).filter(|c| !matches!(c, ',' | '，' | '¥' | '￥' | ' ' | '元')).collect()
}

fn decimal(text: &str) -> Option<Decimal> {
    bare(text).parse().ok()
}

fn integer(text: &str) -> Option<i64> {
    decimal(text)?.to_string().parse().ok()
}

/// Yuan with at most two decimals → fen.
fn money(text: &str) -> Option<i64> {
    let number = decimal(text)?.to_string();
    let (whole, cents) = number.split_once('.').unwrap_or((&number, ""));
    if cents.len() > 2 {
        return None;
    }
    format!("{whole}{cents:0<2}").parse().ok()
}

fn flag(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "是" | "有" | "yes" | "y" | "true" | "1" | "√" | "✓" => Some(true),
        "否" | "无" | "no" | "n" | "false" | "0" | "×" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_people_write_them_and_checked() {
        for good in [
            "2026-11-12",
            "2026/11/12",
            "2026.11.12",
            "2026年11月12日",
            "20261112",
            "2026-11-12 00:00:00",
            "2026/1/2",
        ] {
            assert!(date(good).is_some(), "{good}");
        }
        for bad in ["2026-02-30", "26-11-12", "12.11.2026", "46117", "昨天", "", "2026-11-12-1"] {
            assert!(date(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn times_are_those_of_the_office() {
        assert_eq!(time("1970-01-01 08:00", 480), Some(0));
        assert_eq!(time("2026-11-12 08:10", 480), Some(1_794_442_200_000));
        assert_eq!(time("2026/11/12 08:10:00", 480), Some(1_794_442_200_000));
        assert_eq!(time("2026-11-12 25:10", 480), None);
    }

    #[test]
    fn money_has_two_decimals_and_no_rounding() {
        let cases = [
            ("34800.00", Some(3_480_000)),
            ("34,800", Some(3_480_000)),
            ("¥0.5", Some(50)),
            ("-3.07", Some(-307)),
            ("1.234", None),
            ("1e3", None),
            ("", None),
            ("12元", Some(1200)),
        ];
        for (text, fen) in cases {
            assert_eq!(money(text), fen, "{text}");
        }
        assert_eq!(integer("2.0"), Some(2));
        assert_eq!(integer("2.5"), None);
        assert_eq!(flag("√"), Some(true));
        assert_eq!(flag("maybe"), None);
    }

    #[test]
    fn a_word_is_known_by_code_name_or_alias() {
        for word in ["repair", "故障维修", "Repair"] {
            assert_eq!(code_of("job_types", word).as_deref(), Some("repair"));
        }
        assert_eq!(code_of("customer_kinds", "contractor").as_deref(), Some("company"));
        assert_eq!(code_of("job_types", "修理"), None);
        assert!(
            ALIASES.iter().all(|alias| lists::list(&alias.list).iter().any(|entry| entry.code == alias.code))
        );
    }

    #[test]
    fn text_is_cleaned_of_what_nobody_sees() {
        assert_eq!(clean("\u{feff} 主\u{200b}泵\u{0}\u{3000}\r\n"), "主泵");
        assert_eq!(clean("e\u{301}"), "é");
        assert_eq!(clean("a\r\nb"), "a\nb");
    }
}
