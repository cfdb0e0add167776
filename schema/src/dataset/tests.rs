//! The format's golden bytes, and what a reader refuses.

use serde_json::json;

use super::faults::Fault;
use super::labour::Operation;
use super::parts::Part;
use super::photo_sets::PhotoNeed;
use super::terms::{Cover, Exclusion, MeterLimit, Responsible, Scope, Term};
use super::*;
use crate::digest::{Digest, from_hex};

fn text(value: &str) -> String {
    value.to_owned()
}

fn pump() -> Part {
    Part {
        number: text("HC31-02150B"),
        name_zh: text("主泵总成"),
        name_en: text("Main pump assembly"),
        initials: vec![text("zbzc")],
        pinyin: text("zhu beng zong cheng"),
        unit: text("台"),
        group: Some(text("31")),
        fits: vec![text("HCE215-9")],
        supersedes: vec![text("HC31-02150A")],
        serialised: true,
        price: Some(3_480_000),
        currency: Some(text("CNY")),
        supplier: Some(text("S102")),
        return_policy: Some(text("return_urgent")),
        ..Part::default()
    }
}

/// Written by hand: the format is final, and a change here breaks every stored file.
const GOLDEN: &str = concat!(
    r#"{"format":1,"name":"parts","version":3,"rows":2,"made_at":1794700000000}"#,
    "\n",
    r#"{"number":"HC31-02150B","name_zh":"主泵总成","name_en":"Main pump assembly","initials":["zbzc"],"#,
    r#""pinyin":"zhu beng zong cheng","unit":"台","group":"31","fits":["HCE215-9"],"#,
    r#""supersedes":["HC31-02150A"],"serialised":true,"price":3480000,"currency":"CNY","supplier":"S102","#,
    r#""return_policy":"return_urgent"}"#,
    "\n",
    r#"{"number":"HC72-00010A","name_zh":"齿轮油","auxiliary":true}"#,
    "\n",
);

/// A file that was once written; every later version must read it.
const OLD_FILE: &str = include_str!("golden.hex");

fn oil() -> Part {
    Part { number: text("HC72-00010A"), name_zh: text("齿轮油"), auxiliary: true, ..Part::default() }
}

fn golden_file() -> Vec<u8> {
    let lines = [line_of(&pump()).unwrap(), line_of(&oil()).unwrap()];
    pack(&Header::new("parts", 3, 2, Timestamp(1_794_700_000_000)), &lines).unwrap()
}

fn unzipped(file: &[u8]) -> String {
    String::from_utf8(zstd::decode_all(file).unwrap()).unwrap()
}

fn read_all<R: Row>(file: &[u8]) -> Result<Vec<R>, DatasetError> {
    let mut reader = Reader::open(file)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok(rows)
}

/// A file with this text, whatever it says.
fn file(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 3).unwrap()
}

#[test]
fn a_file_has_its_golden_bytes() {
    assert_eq!(unzipped(&golden_file()), GOLDEN);
    assert_eq!(read_all::<Part>(&golden_file()).unwrap(), [pump(), oil()]);
}

#[test]
fn a_file_of_the_first_version_is_still_read() {
    let bytes: Vec<u8> = OLD_FILE
        .split_whitespace()
        .flat_map(|line| line.as_bytes().chunks(2))
        .map(|pair| from_hex::<1>(std::str::from_utf8(pair).unwrap()).unwrap()[0])
        .collect();
    assert_eq!(
        Digest::of(&bytes).to_string(),
        "7b71392c71cdb8544154d29b1c04056f137151e9820d68f1ef886c8d82e4512d"
    );
    assert_eq!(unzipped(&bytes), GOLDEN);
    assert_eq!(Reader::open(bytes.as_slice()).unwrap().header().version, 3);
    assert_eq!(read_all::<Part>(&bytes).unwrap(), [pump(), oil()]);
}

/// A row with a member of next year reads, and writes it again.
fn keeps_unknown<R: Row + PartialEq + std::fmt::Debug>(row: &R) -> bool {
    let mut value: serde_json::Value = serde_json::from_slice(&line_of(row).unwrap()).unwrap();
    value["next_year"] = json!({"deep": [1, "二"]});
    let later: R = serde_json::from_value(value.clone()).unwrap();
    serde_json::to_value(&later).unwrap() == value && later.key() == row.key()
}

#[test]
fn rows_of_every_kind_keep_what_they_do_not_know() {
    let term = Term {
        id: text("WT-02"),
        version: 2,
        applies_to: Scope { scope: text("part_group"), values: vec![text("31")], ..Scope::default() },
        meters: vec![MeterLimit { meter: text("hours"), limit: text("2400"), ..MeterLimit::default() }],
        covers: vec![Cover { what: text("trip"), cap: Some(text("150")), ..Cover::default() }],
        excludes: vec![Exclusion { code: text("bad_fuel"), effect: text("out"), ..Exclusion::default() }],
        responsible: Responsible { party: text("maker"), ..Responsible::default() },
        ..Term::default()
    };
    assert!(keeps_unknown(&term));
    assert!(keeps_unknown(&pump()));
    assert!(keeps_unknown(&Fault {
        code: text("GZ31-001"),
        spn: Some(3251),
        fmi: Some(0),
        ..Fault::default()
    }));
    assert!(keeps_unknown(&Operation { code: text("GS31-01"), hours: text("16.0"), ..Operation::default() }));
    assert!(keeps_unknown(&PhotoNeed { brand: text("HC"), required: 2, ..PhotoNeed::default() }));
    assert!(NAMES.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn a_header_keeps_what_it_does_not_know_and_a_later_format_is_told_from_rubbish() {
    let head = r#"{"format":1,"name":"parts","version":1,"rows":0,"made_at":5,"base":7}"#;
    let reader = Reader::open(file(&format!("{head}\n")).as_slice()).unwrap().header().clone();
    assert_eq!(serde_json::to_string(&reader).unwrap(), head);
    let later = file("{\"format\":2,\"whatever\":[]}\n");
    assert!(matches!(Reader::open(later.as_slice()), Err(DatasetError::TooNew(2))));
}

#[test]
fn what_is_no_file_is_refused() {
    let head = |rows: u64| {
        format!("{{\"format\":1,\"name\":\"parts\",\"version\":1,\"rows\":{rows},\"made_at\":5}}\n")
    };
    let bad = [
        file(""),
        file("\n"),
        file("{}\n"),
        file("[1]\n"),
        file(&head(ROWS_MAX + 1)),
        file(&head(1)),
        file(&(head(1) + "{}\n{}\n")),
        file(&(head(1) + "{}")),
        file(&(head(1) + "[]\n")),
        file(&(head(1) + "{\"price\":1.5}\n")),
        file(&(head(1) + "{\"number\":\"a\",\"number\":\"b\"}\n")),
        file(&(head(1) + "{\"number\":7}\n")),
        file(&(head(1) + &format!("{{\"number\":\"{}\"}}\n", "x".repeat(LINE_MAX)))),
        golden_file()[..golden_file().len() / 2].to_vec(),
        b"<html>log in</html>".to_vec(),
        Vec::new(),
    ];
    for (at, bytes) in bad.iter().enumerate() {
        assert!(read_all::<Part>(bytes).is_err(), "case {at}");
    }
}

#[test]
fn a_bomb_costs_a_line_and_no_more() {
    let bomb = zstd::encode_all(vec![b' '; 256 << 20].as_slice(), 1).unwrap();
    assert!(bomb.len() < 64 << 10);
    assert!(matches!(Reader::open(bomb.as_slice()), Err(DatasetError::TooLarge("line"))));
}

#[test]
fn a_row_that_is_not_strict_is_not_written() {
    assert!(line_of(&Part { number: text("e\u{301}"), ..Part::default() }).is_err());
    assert!(line_of(&Part { number: "x".repeat(LINE_MAX), ..Part::default() }).is_err());
    let header = Header::new("parts", 1, 2, Timestamp(0));
    assert!(matches!(pack(&header, &[b"{}".to_vec()]), Err(DatasetError::Rows { said: 2, found: 1 })));
}

/// Two versions of a list: prices change, one row goes, one comes, one moves.
fn versions() -> [Vec<u8>; 2] {
    let part =
        |number: &str, price: i64| Part { number: text(number), price: Some(price), ..Part::default() };
    let file = |version: u64, rows: &[Part]| {
        let lines: Vec<Vec<u8>> = rows.iter().map(|row| line_of(row).unwrap()).collect();
        pack(&Header::new("parts", version, lines.len() as u64, Timestamp(5)), &lines).unwrap()
    };
    let old = [part("A", 1), part("B", 2), part("C", 3), part("D", 4), part("E", 5), part("F", 6)];
    let unit = Part { price: None, unit: text("台"), ..part("C", 0) };
    let new = [part("A", 1), unit, part("E", 5), part("D", 40), part("X", 7), part("F", 6)];
    [file(1, &old), file(2, &new)]
}

/// Lines of a file behind its header, each with its key.
fn lines_of(file: &[u8]) -> (Vec<Vec<u8>>, Vec<String>) {
    let lines: Vec<Vec<u8>> = unzipped(file).lines().skip(1).map(|line| line.as_bytes().to_vec()).collect();
    let keys = lines.iter().map(|line| key_of("parts", line).unwrap()).collect();
    (lines, keys)
}

fn delta_of(old: &[u8], new: &[u8]) -> Vec<u8> {
    let ((old_lines, old_keys), (new_lines, new_keys)) = (lines_of(old), lines_of(new));
    let version = |file, lines, keys| delta::Version { sha256: Digest::of(file), lines, keys };
    let header = Reader::open(new).unwrap().header().clone();
    let (old, new) = (version(old, &old_lines, &old_keys), version(new, &new_lines, &new_keys));
    delta::between(&old, &new, &header).unwrap()
}

#[test]
fn a_delta_has_its_golden_lines() {
    let [old, new] = versions();
    let said = unzipped(&delta_of(&old, &new));
    let (header, edits) = said.split_once('\n').unwrap();
    let header: serde_json::Value = serde_json::from_str(header).unwrap();
    // `printf` of the six lines of the new version, each with its line feed, through sha256sum.
    let text = "3b82a3777af3ee13c4eb5ada650ee2277bec8cf78f2108277eefcf310a8a9c7a";
    let expected = json!({
        "format": 1, "name": "parts", "version": 2, "rows": 8, "made_at": 5, "total": 6, "text": text,
        "base": Digest::of(&old).to_string(), "makes": Digest::of(&new).to_string(),
    });
    assert_eq!(header, expected);
    let expected = [
        r#"{"keep":1}"#,
        r#"{"drop":1}"#,
        r#"{"set":{"price":null,"unit":"台"}}"#,
        r#"{"drop":1}"#,
        r#"{"keep":1}"#,
        r#"{"put":{"number":"D","name_zh":"","price":40}}"#,
        r#"{"put":{"number":"X","name_zh":"","price":7}}"#,
        r#"{"keep":1}"#,
    ];
    assert_eq!(edits.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn setting_members_keeps_the_others_and_their_order() {
    let changes = |text: &str| serde_json::from_str(text).unwrap();
    let line = r#"{"number":"A","name_zh":"泵","price":10,"x":{"b":1,"a":[2]}}"#;
    let set = |text: &str| delta::set(line, &changes(text)).unwrap();
    assert_eq!(set(r#"{"price":12}"#), r#"{"number":"A","name_zh":"泵","price":12,"x":{"b":1,"a":[2]}}"#);
    assert_eq!(
        set(r#"{"name_zh":null,"new":true}"#),
        r#"{"number":"A","price":10,"x":{"b":1,"a":[2]},"new":true}"#
    );
    assert_eq!(set(r#"{"gone":null}"#), line);
    assert_eq!(delta::set("[1]", &changes("{}")), None);
}
