//! Draws a card as plain text, from its bytes alone: labels and values as they were shown and signed.

use std::fmt::Write as _;

use fieldcard_card::card::{Agreement, Authority, Card, ClockTrust, Line, Place, Row, Way};
use fieldcard_card::strokes;
use fieldcard_card::verify::{Outcome, Report, Verdict};

use crate::words::{headline, interval, plain, utc};

/// The card under its verdict.
pub(crate) fn draw(card: &Card, report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", headline(report.verdict));
    if report.verdict != Verdict::Valid {
        let bad = |outcome| matches!(outcome, Outcome::Failed | Outcome::Missing);
        let count = report.checks.iter().filter(|check| bad(check.outcome)).count();
        let _ = writeln!(
            out,
            "{count} of {} checks did not hold; `fieldcard verify` names them",
            report.checks.len()
        );
    }
    let number = card.job.number.as_deref().unwrap_or("—");
    let _ = writeln!(out, "\n{}  {}", plain(&card.org.name), plain(number));
    rows(&mut out, &card.content);
    lines(&mut out, &card.parts);
    lines(&mut out, &card.old_parts);
    rows(&mut out, &card.charges.rows);
    for Agreement { text, name, time, .. } in &card.charges.agreed {
        let _ = writeln!(
            out,
            "  ✓ {}  ({}, {} by the device's clock)",
            plain(text),
            plain(name),
            utc(time.wall())
        );
    }
    for attached in &card.attachments {
        let _ = writeln!(
            out,
            "  + {}  {}  {} bytes  {}",
            plain(&attached.4),
            plain(&attached.3),
            attached.2,
            attached.1
        );
    }
    sign_off(&mut out, card);
    origin(&mut out, card, report);
    out
}

fn rows(out: &mut String, rows: &[Row]) {
    for Row(_, label, value) in rows {
        let gap = if label.is_empty() { "" } else { "  " };
        let _ = writeln!(out, "  {}{gap}{}", plain(label), plain(value));
    }
}

fn lines(out: &mut String, lines: &[Line]) {
    for line in lines {
        let shown = line.rows.iter().map(|Row(_, label, value)| format!("{} {}", plain(label), plain(value)));
        let _ = writeln!(out, "  - {}", shown.collect::<Vec<_>>().join(" · "));
    }
}

fn sign_off(out: &mut String, card: &Card) {
    let _ = writeln!(out, "\n  {}", plain(&card.consent.text));
    if let Some(how) = &card.how {
        let way = match how.way {
            Way::Signed => "signed",
            Way::Proxy => "signed by proxy",
            Way::Refused => "refused",
            Way::Absent => "customer absent",
        };
        let _ = write!(out, "  {way}");
        for (name, text) in [("reason", &how.reason), ("witness", &how.witness)] {
            if let Some(text) = text {
                let _ = write!(out, "  {name}: {}", plain(text));
            }
        }
        out.push('\n');
    }
    for signer in card.signers.iter().flatten() {
        let by = match signer.authority {
            Authority::Own => "self",
            Authority::Listed => "listed",
            Authority::Presumed => "presumed",
        };
        let (name, role, known) = (plain(&signer.name), plain(&signer.role), plain(&signer.identified));
        let _ = writeln!(out, "  {name}, {role} (authority: {by}; identified: {known})");
    }
    match &card.ink {
        Some(ink) => {
            let drawn = strokes::decode(&ink.strokes).unwrap_or_default();
            let points: usize = drawn.iter().map(Vec::len).sum();
            let ms = drawn.last().and_then(|stroke| stroke.last()).map_or(0, |point| point.t);
            let _ = writeln!(
                out,
                "  ink: {} strokes, {points} points, {}.{} s",
                drawn.len(),
                ms / 1000,
                ms / 100 % 10
            );
        }
        None => out.push_str("  no ink\n"),
    }
    if let Some(words) = &card.words {
        let _ = writeln!(out, "  “{}”", plain(words));
    }
    if let Some(stars) = card.satisfaction {
        let _ = writeln!(out, "  satisfaction {stars} of 5");
    }
}

fn origin(out: &mut String, card: &Card, report: &Report) {
    let device = (&card.device.id, plain(&card.device.app), card.chain.card_seq);
    let _ = writeln!(
        out,
        "\n  {}  device {}  app {}  card {}",
        plain(&card.technician.name),
        device.0,
        device.1,
        device.2
    );
    match &card.place {
        Place::At(at) => {
            let degrees = |e7: i64| {
                format!(
                    "{}{}.{:07}",
                    if e7 < 0 { "-" } else { "" },
                    e7.abs() / 10_000_000,
                    e7.abs() % 10_000_000
                )
            };
            let _ =
                writeln!(out, "  place {}, {} ± {} m", degrees(at.lat_e7), degrees(at.lon_e7), at.radius_m);
        }
        Place::None(why) => {
            let _ = writeln!(out, "  no place: {}", plain(why));
        }
    }
    if let Some(signed) = card.times.signed {
        let trust = match card.times.trust {
            ClockTrust::Checked => "checked against the server's since it started",
            ClockTrust::Moved => "which had been moved",
            ClockTrust::Unchecked => "which nothing had checked",
        };
        let zone = plain(&card.zone);
        let _ = writeln!(out, "  {} by the device's clock, {trust}; zone {zone}", utc(signed.wall()));
    }
    let _ = writeln!(out, "  {}", interval(report));
}
