//! Says a report in words, and makes foreign text safe for a terminal.
//!
//! A card's text is the customer's and an attacker's: control and direction characters are shown, never
//! sent. Times are in UTC; the interval is named only where the office's seals bound it.

use std::fmt::Write as _;

use fieldcard_card::card::{Card, Kind};
use fieldcard_card::verify::{Check, Code, Outcome, Report, Verdict};
use fieldcard_schema::time::Timestamp;

/// The report as text.
pub(crate) fn report(report: &Report, card: Option<&Card>) -> String {
    let mut out = format!("{}\n", headline(report.verdict));
    if let Some(card) = card {
        let kind = if card.kind == Kind::Final { "final" } else { "interim" };
        let number = card.job.number.as_deref().unwrap_or("job without a number");
        let _ = writeln!(out, "{} · {} · {kind} card", plain(&card.org.name), plain(number));
    }
    if let Some(hash) = report.hash {
        let _ = writeln!(out, "hash {hash}");
    }
    let _ = writeln!(out, "{}\n", interval(report));
    for check in &report.checks {
        out.push_str(&line(check));
    }
    out
}

/// The verdict as a sentence.
pub(crate) fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Valid => "VALID: unchanged since it was sealed",
        Verdict::Changed => "CHANGED: this is not what was sealed, or not by whom it says",
        Verdict::Missing => "MISSING: nothing is changed, but something that the card names is not here",
    }
}

/// Between when the card was made, as far as that does not rest on the device's clock.
pub(crate) fn interval(report: &Report) -> String {
    if report.verdict == Verdict::Changed {
        return "when it was made is not proven".into();
    }
    match (report.window.not_before, report.window.not_after) {
        (None, None) => {
            "when it was made is not proven: no checkpoint or receipt here that can be checked".into()
        }
        (Some(from), None) => {
            format!("made after {} (checkpoint in the card); no receipt bounds it above", utc(from))
        }
        (None, Some(to)) => {
            format!("made before {} (server's receipt); no checkpoint bounds it below", utc(to))
        }
        (Some(from), Some(to)) => {
            format!("made between {} (checkpoint in the card) and {} (server's receipt)", utc(from), utc(to))
        }
    }
}

fn line(check: &Check) -> String {
    let word = match check.outcome {
        Outcome::Held => "ok     ",
        Outcome::Note => "note   ",
        Outcome::Missing => "MISSING",
        Outcome::Failed => "FAILED ",
    };
    let mut line = format!("  {word}  {}", subject(check.code));
    for (name, value) in &check.facts {
        let _ = match (value.parse().map(Timestamp), *name) {
            (Ok(at), "not_before" | "not_after" | "device_clock_outside") => {
                write!(line, "  {name}={}", utc(at))
            }
            _ => write!(line, "  {name}={}", plain(value)),
        };
    }
    line + "\n"
}

fn subject(code: Code) -> &'static str {
    match code {
        Code::Seal => "the device's seal",
        Code::Card => "the card's text",
        Code::Pin => "what you asked for",
        Code::OrgKey => "the office's key",
        Code::DeviceKey => "the office vouches for the device",
        Code::Checkpoint => "checkpoint in the card",
        Code::Receipt => "the server's receipt",
        Code::Time => "interval",
        Code::Amended => "the card that it amends",
        Code::Chain => "the device's chain of cards",
        Code::Endorsement => "countersign or batch",
        Code::Attachment => "attachment",
        Code::Slot => "a further proof",
    }
}

/// Foreign text on one line, with nothing in it that moves a cursor, hides, or turns the reading direction.
pub(crate) fn plain(text: &str) -> String {
    let unsafe_mark = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push('⏎'),
            c if unsafe_mark(c) => {
                let _ = write!(out, "〔U+{:04X}〕", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A moment in UTC, `2025-11-13 02:13:19 UTC`; days to dates after Howard Hinnant's `civil_from_days`.
pub(crate) fn utc(at: Timestamp) -> String {
    let seconds = at.0.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc() {
        // Expected by `date -u -d @…`.
        for (ms, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_399_999, "2000-02-28 23:59:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (1_763_020_000_000, "2025-11-13 07:46:40 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(utc(Timestamp(ms)), text);
        }
    }

    #[test]
    fn foreign_text_cannot_move_the_cursor_or_turn_the_line() {
        assert_eq!(plain("油泵 ok\n\u{1b}[2J\u{202e}x"), "油泵 ok⏎〔U+001B〕[2J〔U+202E〕x");
    }
}
