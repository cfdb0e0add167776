//! Files from elsewhere: photos, datasets, imported tables, unsent work.

use std::io::Cursor;
use std::path::Path;

use fieldcard_core::driver::images::ImageCrate;
use fieldcard_core::driver::unsent_file;
use fieldcard_core::ports::{Images, PHOTO_SIDE, THUMB_SIDE};
use fieldcard_core::store::Place;
use fieldcard_schema::dataset::{Header, Reader, pack};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::UserId;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::time::Timestamp;
use fieldcard_server::cli::{self, Terminal};
use fieldcard_server::config::CommandLine;
use fieldcard_server::desk::Desk;
use fieldcard_server::folder::DataFolder;
use fieldcard_server::import::{Mode, Source, import};
use fieldcard_server::unsent;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, person};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::TestClock;
use serde_json::json;
use std::sync::Mutex;

use super::fuzz;

#[test]
fn a_photo_is_shrunk_or_refused() {
    fuzz("photo", 1_500, vec![pictures::small(1), pictures::small(2)], |bytes| {
        let Ok(shrunk) = ImageCrate.shrink(bytes) else { return false };
        assert!(
            shrunk.width <= PHOTO_SIDE && shrunk.height <= PHOTO_SIDE && shrunk.width * shrunk.height > 0
        );
        let thumb = ImageCrate.shrink(&shrunk.thumb).unwrap();
        assert!(thumb.width <= THUMB_SIDE && thumb.height <= THUMB_SIDE);
        true
    });
}

/// Seeds are the texts of files; what is fed is their frame, and the text itself as if it were one.
#[test]
fn a_dataset_holds_the_rows_that_it_says_or_none() {
    let header = Header::new("faults", 3, 2, Timestamp(MORNING));
    let lines = [br#"{"code":"a"}"#.to_vec(), br#"{"code":"b","text":"x"}"#.to_vec()];
    let text = zstd::decode_all(pack(&header, &lines).unwrap().as_slice()).unwrap();
    fuzz("dataset", 10_000, vec![text], |text| {
        let _ = read_all(text);
        let framed = zstd::encode_all(text, 1).unwrap();
        let Some((said, found)) = read_all(&framed) else { return false };
        assert_eq!(said, found);
        true
    });
}

fn read_all(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut reader = Reader::open(bytes).ok()?;
    let mut found = 0;
    while reader.next_value().ok()?.is_some() {
        found += 1;
    }
    Some((reader.header().rows, found))
}

fn desk(folder: &Path) -> Desk {
    let data = folder.to_str().unwrap();
    let line = ["x", "--data", data, "init", "--org-name", "产品服务部", "--admin", "wang"];
    let line = clap::Parser::try_parse_from(line).map(|line: CommandLine| line).unwrap();
    let (mut output, mut input) = (Vec::new(), Cursor::new(Vec::new()));
    cli::run(&line, &mut Terminal { output: &mut output, input: &mut input }).unwrap();
    Desk::open(&DataFolder::at(folder), Digest::ZERO).unwrap()
}

#[test]
fn an_imported_table_is_judged_and_writes_nothing_when_only_checked() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Mutex::new(desk(folder.path()));
    let before = desk.lock().unwrap().hub.op_count().unwrap();
    let good = "姓名,登录名,角色\n王建国,wang2,technician\n李师傅,li,technician\n";
    let names = ["people.csv", "customers.csv", "machines.csv", "jobs.csv", "people.xlsx"];
    fuzz("import", 1_500, vec![good.as_bytes().to_vec()], |bytes| {
        let mut desk = desk.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let name = names[bytes.len() % names.len()];
        let source = Source { name: name.to_owned(), bytes: bytes.to_vec() };
        let by = UserId(desk.hub.config().org.0);
        let report = import(&mut desk, by, &[source], Mode::Check);
        assert_eq!(desk.hub.op_count().unwrap(), before);
        report.is_ok()
    });
}

/// A phone's file, as the real core writes it, and the office that knows the phone.
fn unsent_work(folder: &Path) -> (Office, Vec<u8>) {
    let clock = TestClock::at(MORNING);
    let mut office = Office::new(None, &clock, 100).unwrap();
    let job = Job { assignee: Some(person(1)), job_type: Some("repair".into()), ..Job::default() };
    let job = office.create_job(&job).unwrap().to_string();
    let mut device = Device::new(Place::folder(&folder.join("phone")), &clock, 5).unwrap();
    office.take_in(&mut device, person(1)).unwrap();
    for n in 0..3 {
        device.act(json!({"type": "note.add", "job": job, "text": format!("压力正常 {n}")})).unwrap();
    }
    let file = unsent_file::save(&mut device.core, &folder.join("files")).unwrap();
    (office, std::fs::read(file).unwrap())
}

#[test]
fn a_file_of_unsent_work_is_taken_whole_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (office, file) = unsent_work(folder.path());
    let office = Mutex::new(office);
    let before = office.lock().unwrap().hub.op_count().unwrap();
    fuzz("unsent", 3_000, vec![file], |bytes| {
        let mut office = office.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let checked = unsent::check(&mut office.hub, Cursor::new(bytes), true);
        assert_eq!(office.hub.op_count().unwrap(), before, "a check wrote something");
        checked.is_ok()
    });
}
