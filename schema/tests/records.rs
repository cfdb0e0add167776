//! Records and rows of datasets have their golden lines, written by hand from the glossary and the design: all
//! fields of every kind. A field that is renamed, or gets another type, is found here before it is found in a store.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::fmt::Debug;

use fieldcard_schema::dataset::{self, Reader, Row};
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::{self, KINDS, Record};
use serde_json::Value;

const RECORDS: &str = include_str!("golden/records.ndjson");
const DATASETS: &str = include_str!("golden/datasets.ndjson");

/// Fails unless every field of `parsed`, and of what stands in it, came from its line: what a struct does not know goes
/// into its `rest` and would come back unchanged.
fn expect_known(name: &str, parsed: &impl Debug) {
    let seen = format!("{parsed:?}");
    assert!(
        !seen.replace("rest: {}", "").contains("rest: "),
        "{name} does not know a field of its line: {seen}"
    );
    assert!(
        !seen.contains(": None") && !seen.contains(": []"),
        "the line of {name} leaves a field out: {seen}"
    );
}

fn as_golden<R: Record + Debug>(fields: &Fields) {
    let record = R::from_fields(fields).unwrap();
    expect_known(R::KIND, &record);
    assert_eq!(&record.to_fields(), fields, "{}", R::KIND);
}

fn record_as_golden(kind: &str, fields: &Fields) {
    match kind {
        "campaign" => as_golden::<record::campaign::Campaign>(fields),
        "card" => as_golden::<record::card::Card>(fields),
        "charge" => as_golden::<record::charge::Charge>(fields),
        "countersign" => as_golden::<record::countersign::Countersign>(fields),
        "customer" => as_golden::<record::customer::Customer>(fields),
        "dataset" => as_golden::<record::dataset::Dataset>(fields),
        "exception" => as_golden::<record::exception::Exception>(fields),
        "fault" => as_golden::<record::fault::Fault>(fields),
        "job" => as_golden::<record::job::Job>(fields),
        "machine" => as_golden::<record::machine::Machine>(fields),
        "machine_history" => as_golden::<record::machine_history::MachineHistory>(fields),
        "note" => as_golden::<record::note::Note>(fields),
        "office_act" => as_golden::<record::office_act::OfficeAct>(fields),
        "old_part" => as_golden::<record::old_part::OldPart>(fields),
        "part_line" => as_golden::<record::part_line::PartLine>(fields),
        "person" => as_golden::<record::person::Person>(fields),
        "photo" => as_golden::<record::photo::Photo>(fields),
        "reading" => as_golden::<record::reading::Reading>(fields),
        "receipt" => as_golden::<record::receipt::Receipt>(fields),
        "sign_off" => as_golden::<record::sign_off::SignOff>(fields),
        "step" => as_golden::<record::step::Step>(fields),
        "van_stock" => as_golden::<record::van_stock::VanStock>(fields),
        "visit" => as_golden::<record::visit::Visit>(fields),
        "withdrawal" => as_golden::<record::withdrawal::Withdrawal>(fields),
        other => panic!("which record is {other}?"),
    }
}

#[test]
fn every_kind_of_record_has_its_golden_line() {
    let mut kinds = Vec::new();
    for line in RECORDS.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let kind = line["kind"].as_str().unwrap();
        record_as_golden(kind, line["fields"].as_object().unwrap());
        kinds.push(kind.to_owned());
    }
    assert_eq!(kinds, KINDS.iter().map(|rule| rule.kind).collect::<Vec<_>>());
}

/// Two lines of a file, its header and a row, read and written again byte for byte.
fn file_as_golden<R: Row + Debug>(text: &str) {
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let mut reader = Reader::open(packed.as_slice()).unwrap();
    let row: R = reader.next_row().unwrap().unwrap();
    expect_known(R::NAME, &row);
    let again = dataset::pack(reader.header(), &[dataset::line_of(&row).unwrap()]).unwrap();
    assert_eq!(String::from_utf8(zstd::decode_all(again.as_slice()).unwrap()).unwrap(), text);
}

#[test]
fn every_kind_of_dataset_has_its_golden_lines() {
    let lines: Vec<&str> = DATASETS.split_inclusive('\n').collect();
    let mut names = Vec::new();
    for file in lines.chunks(2) {
        let header: Value = serde_json::from_str(file[0]).unwrap();
        let (name, text) = (header["name"].as_str().unwrap().to_owned(), file.concat());
        match name.as_str() {
            "faults" => file_as_golden::<dataset::faults::Fault>(&text),
            "labour" => file_as_golden::<dataset::labour::Operation>(&text),
            "parts" => file_as_golden::<dataset::parts::Part>(&text),
            "photo_sets" => file_as_golden::<dataset::photo_sets::PhotoNeed>(&text),
            "terms" => file_as_golden::<dataset::terms::Term>(&text),
            other => panic!("which dataset is {other}?"),
        }
        names.push(name);
    }
    assert_eq!(names, dataset::NAMES);
}
