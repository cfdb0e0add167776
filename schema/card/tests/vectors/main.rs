//! The sealed card against ≥ 60 kinds of tampering, from files that any other verifier can run too.
//!
//! The files under fixtures/vectors/ are made by `make.rs`; what each must lead to was written by hand in
//! fixtures/vectors.csv. Set `WRITE_VECTORS=1` to write them anew after a new vector. Good cards in number
//! and every byte of a bundle: `many.rs`.

mod make;
mod many;
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use fieldcard_card::bundle::Bundle;
use fieldcard_card::verify::{Code, Outcome, Pins, Report, Verdict, verify};
use fieldcard_schema::digest::Digest;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/vectors")
}

struct Expected {
    name: String,
    verdict: String,
    why: String,
    pins: Pins,
}

fn table() -> Vec<Expected> {
    let text = include_str!("../../fixtures/vectors.csv");
    let rows = csv::Reader::from_reader(text.as_bytes()).into_records();
    let expected = |row: csv::StringRecord| Expected {
        name: row[0].into(),
        verdict: row[1].into(),
        why: row[2].into(),
        pins: pins(&row[3]),
    };
    rows.map(|row| expected(row.unwrap())).collect()
}

fn pins(text: &str) -> Pins {
    let mut pins = Pins::default();
    for (name, value) in text.split_whitespace().map(|pin| pin.split_once('=').unwrap()) {
        match name {
            "card" => pins.card = Some(value.parse().unwrap()),
            "device" => pins.device = Some(value.parse().unwrap()),
            "org" => pins.org = Some(value.parse().unwrap()),
            other => panic!("no such pin: {other}"),
        }
    }
    pins
}

fn beside(sha256: Digest, _: u64) -> Option<Vec<u8>> {
    std::fs::read(folder().join(sha256.to_string())).ok()
}

fn judge(bytes: &[u8], pins: &Pins) -> Option<Report> {
    Bundle::parse(bytes).and_then(|bundle| verify(&bundle, pins, &beside)).ok()
}

fn word<T: serde::Serialize>(value: T) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn codes(report: &Report) -> BTreeSet<Code> {
    let worst = if report.verdict == Verdict::Changed { Outcome::Failed } else { Outcome::Missing };
    report.checks.iter().filter(|check| check.outcome == worst).map(|check| check.code).collect()
}

#[test]
fn files_are_what_the_maker_makes() {
    let beside = [world::FAULT, world::OLD_PART].map(|bytes| (Digest::of(bytes).to_string(), bytes.to_vec()));
    let wrong = (Digest::of(b"was here\n").to_string(), b"is here!\n".to_vec());
    let bundles = make::all().into_iter().map(|(name, bytes)| (format!("{name}.fieldcard"), bytes));
    let made: Vec<_> = bundles.chain(beside).chain([wrong]).collect();
    if std::env::var_os("WRITE_VECTORS").is_some() {
        made.iter().for_each(|(name, bytes)| std::fs::write(folder().join(name), bytes).unwrap());
    }
    for (name, bytes) in &made {
        assert!(std::fs::read(folder().join(name)).ok().as_ref() == Some(bytes), "{name} is stale or absent");
    }
    let there = std::fs::read_dir(folder()).unwrap().count();
    assert_eq!(there, made.len(), "files that nothing makes");
}

#[test]
fn every_vector_gets_the_verdict_that_was_written_by_hand() {
    let table = table();
    let made: Vec<_> = make::all().iter().map(|(name, _)| *name).collect();
    assert_eq!(table.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), made);
    assert!(table.iter().filter(|row| row.verdict == "changed").count() >= 60);
    let mut wrong = Vec::new();
    for row in &table {
        let bytes = std::fs::read(folder().join(format!("{}.fieldcard", row.name))).unwrap();
        let report = judge(&bytes, &row.pins);
        let verdict = report.as_ref().map_or("unreadable".into(), |report| word(report.verdict));
        let codes: Vec<_> = report.iter().flat_map(codes).map(word).collect();
        let for_that_reason =
            row.why.is_empty() == codes.is_empty() && (codes.is_empty() || codes.contains(&row.why));
        if verdict != row.verdict || !for_that_reason {
            wrong.push(format!("{}: {verdict} {codes:?}, not {} {}", row.name, row.verdict, row.why));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_second_implementation_gives_the_same_verdicts() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/protocol/verify_card.py");
    let run = Command::new("python3")
        .args([script.as_os_str(), "--vectors".as_ref(), folder().as_os_str()])
        .output()
        .expect("python3 runs the second verifier");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains(&format!("{} vectors", table().len())), "{said}");
}
