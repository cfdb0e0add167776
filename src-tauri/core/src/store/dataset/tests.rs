//! One file's life on the device, and what is found in it.

use std::collections::BTreeMap;

use fieldcard_schema::dataset::delta::{self, Version};
use fieldcard_schema::dataset::{Header, Reader, line_of, pack};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::UserId;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::Mark;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::dataset::{Dataset, Delta};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::page::{Row, RowText};

use super::*;
use crate::store::cache::{Change, Over, PagePlan};

fn part(number: &str, name: &str, fits: &[&str]) -> Part {
    Part {
        number: number.into(),
        name_zh: name.into(),
        fits: fits.iter().map(|model| (*model).to_owned()).collect(),
        ..Part::default()
    }
}

fn catalogue() -> Vec<Part> {
    let old = |number: &str, by: &str, of: &str| Part {
        superseded_by: Some(by.into()),
        supersedes: if of.is_empty() { vec![] } else { vec![of.into()] },
        ..part(number, "主泵总成", &["HCE215-9"])
    };
    vec![
        Part {
            name_en: "Main pump assembly".into(),
            initials: vec!["zbzc".into()],
            pinyin: "zhu beng zong cheng".into(),
            supersedes: vec!["HC31-02150B".into()],
            ..part("HC31-02150C", "主泵总成", &["HCE215-9"])
        },
        old("HC31-02150A", "HC31-02150B", ""),
        old("HC31-02150B", "HC31-02150C", "HC31-02150A"),
        part("HC31-03750A", "主泵总成", &["HCE375-9"]),
        part("HC88-10001A", "主泵螺栓", &[]),
        part("HC88-10002A", "螺栓", &[]),
        part("HC15-02150A", "机油滤芯", &["HCE215-9"]),
    ]
}

fn file_of(rows: &[Part], version: u64) -> Vec<u8> {
    let lines: Vec<_> = rows.iter().map(|row| line_of(row).unwrap()).collect();
    pack(&Header::new("parts", version, lines.len() as u64, Timestamp(5)), &lines).unwrap()
}

fn store(folder: &std::path::Path) -> Store {
    Store::open(Place::folder(folder)).unwrap()
}

/// As if a pull had brought the record that names this file.
fn tell(store: &mut Store, name: &str, sha256: Digest, size: usize, n: u8) {
    tell_all(store, &record(name, sha256, size), n);
}

fn record(name: &str, sha256: Digest, size: usize) -> Dataset {
    Dataset {
        name: Some(name.into()),
        version: Some(1),
        sha256: Some(sha256),
        size: Some(size as u64),
        ..Dataset::default()
    }
}

fn tell_all(store: &mut Store, told: &Dataset, n: u8) {
    let rec = RecordId(uuid::Uuid::from_bytes([n; 16]));
    let state = RecordState {
        kind: Dataset::KIND.into(),
        job: None,
        fields: told.to_fields(),
        ver: 1,
        born: 1,
        author: UserId(uuid::Uuid::nil()),
        void: false,
        field_vers: BTreeMap::new(),
    };
    let plan = PagePlan {
        audience: 1,
        cursor: "1".into(),
        partial: false,
        changes: vec![Change::Put(RowText::of(&Row { rec, state }).unwrap())],
        mark: Mark { pos: 1, hash: [0; 8] },
        epoch: "e".into(),
    };
    let over = Over { recs: &BTreeMap::new(), derived: &|_, _| Ok(None), keep: &|_| Ok(false) };
    store.cache.apply(&plan, &over).unwrap();
}

/// Fetches what is wanted from `bytes`, in runs of `run`.
fn fetch(store: &mut Store, bytes: &[u8], run: usize) {
    let wanted = store.dataset_wanted(&[]).unwrap().unwrap();
    loop {
        let from = store.dataset_fetched(&wanted).unwrap();
        let rest = &bytes[usize::try_from(from).unwrap()..];
        if rest.is_empty() {
            return;
        }
        store.dataset_bytes(wanted.blob.sha256, from, &rest[..run.min(rest.len())]).unwrap();
    }
}

fn build(store: &mut Store) -> Vec<Progress> {
    let mut steps = Vec::new();
    loop {
        match store.dataset_slice().unwrap() {
            Progress::Idle => return steps,
            step => steps.push(step),
        }
    }
}

fn filled(folder: &std::path::Path, rows: &[Part]) -> Store {
    let mut store = store(folder);
    let bytes = file_of(rows, 1);
    tell(&mut store, "parts", Digest::of(&bytes), bytes.len(), 1);
    fetch(&mut store, &bytes, 1 << 20);
    build(&mut store);
    store
}

fn found(store: &Store, text: &str, fits: Option<&str>, recent: &[&str]) -> Vec<String> {
    let recent: Vec<String> = recent.iter().map(|r| (*r).to_owned()).collect();
    let search = Search { text, fits, recent: &recent, limit: 20 };
    let (rows, _) = store.datasets.find_parts(&search).unwrap();
    rows.into_iter().map(|row| row.part.number).collect()
}

fn files(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.starts_with("parts-") && name.strip_suffix(".db").is_some());
    names.sort();
    names
}

#[test]
fn every_way_to_type_finds_the_part() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), &catalogue());
    for typed in ["hc31-02150c", "02150c", "主泵总成", "泵总", "zbzc", "bzc", "zhubeng", "zhu beng", "pump"]
    {
        assert!(found(&store, typed, None, &[]).contains(&"HC31-02150C".to_owned()), "{typed}");
    }
    assert!(found(&store, "副泵", None, &[]).is_empty());
    assert!(found(&store, "", None, &[]).is_empty());
    assert_eq!(found(&store, "", Some("HCE375-9"), &[]), ["HC31-03750A"]);
}

#[test]
fn what_fits_comes_before_what_does_not_and_the_exact_number_before_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), &catalogue());
    let pumps = found(&store, "主泵", Some("HCE375-9"), &[]);
    assert_eq!(pumps[..3], ["HC31-03750A", "HC88-10001A", "HC31-02150C"]);
    assert_eq!(found(&store, "HC31-02150C", Some("HCE375-9"), &[])[0], "HC31-02150C");
    let lately = found(&store, "螺栓", None, &["HC99", "HC88-10002A"]);
    assert_eq!(lately, ["HC88-10002A", "HC88-10001A"]);
    let fitting_first = found(&store, "主泵", Some("HCE375-9"), &["HC31-02150C"]);
    assert_eq!(fitting_first[..2], ["HC31-03750A", "HC31-02150C"]);
}

#[test]
fn a_superseded_number_brings_the_newest_along() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), &catalogue());
    assert_eq!(found(&store, "HC31-02150A", None, &[])[..2], ["HC31-02150C", "HC31-02150A"]);
    let search = Search { text: "HC31-02150A", limit: 5, ..Search::default() };
    let (rows, _) = store.datasets.find_parts(&search).unwrap();
    assert_eq!(rows[1].newest.as_deref(), Some("HC31-02150C"));
    assert_eq!(rows[0].newest, None);
    let mut ring = catalogue();
    ring[0].superseded_by = Some("HC31-02150A".into());
    let folder = tempfile::tempdir().unwrap();
    assert!(!found(&filled(folder.path(), &ring), "HC31-02150A", None, &[]).is_empty());
}

#[test]
fn numbers_are_found_before_the_words_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(folder.path());
    let bytes = file_of(&catalogue(), 1);
    tell(&mut store, "parts", Digest::of(&bytes), bytes.len(), 1);
    fetch(&mut store, &bytes, 1 << 20);
    while !matches!(store.dataset_slice().unwrap(), Progress::Changed(_)) {}
    assert!(store.dataset_is_due().unwrap());
    assert_eq!(found(&store, "hc15", None, &[]), ["HC15-02150A"]);
    assert!(store.datasets.part("HC15-02150A").unwrap().is_some());
    assert!(found(&store, "滤芯", None, &[]).is_empty());
    build(&mut store);
    assert_eq!(found(&store, "滤芯", None, &[]), ["HC15-02150A"]);
}

#[test]
fn a_fetch_goes_on_where_it_stopped_and_a_build_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = file_of(&catalogue(), 1);
    {
        let mut store = store(folder.path());
        tell(&mut store, "parts", Digest::of(&bytes), bytes.len(), 1);
        let wanted = store.dataset_wanted(&[]).unwrap().unwrap();
        store.dataset_fetched(&wanted).unwrap();
        store.dataset_bytes(wanted.sha256, 0, &bytes[..100]).unwrap();
        store.dataset_bytes(wanted.sha256, 0, &bytes[..100]).unwrap();
        store.dataset_bytes(wanted.sha256, 150, &bytes[150..]).unwrap();
        store.dataset_bytes(Digest::ZERO, 100, &bytes[100..]).unwrap();
    }
    {
        let mut store = store(folder.path());
        let wanted = store.dataset_wanted(&[]).unwrap().unwrap();
        assert_eq!(store.dataset_fetched(&wanted).unwrap(), 100);
        fetch(&mut store, &bytes, 7);
        assert_eq!(store.dataset_slice().unwrap(), Progress::More);
    }
    let mut store = store(folder.path());
    assert!(!store.datasets.has("parts"));
    fetch(&mut store, &bytes, 7);
    build(&mut store);
    assert_eq!(store.dataset_wanted(&[]).unwrap(), None);
    drop(store);
    let store = self::store(folder.path());
    assert_eq!(found(&store, "滤芯", None, &[]), ["HC15-02150A"]);
}

#[test]
fn the_pointer_is_the_swap_and_the_old_file_goes() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = filled(folder.path(), &catalogue());
    let first = store.datasets.version("parts");
    let bytes = file_of(&catalogue()[..1], 2);
    tell(&mut store, "parts", Digest::of(&bytes), bytes.len(), 1);
    fetch(&mut store, &bytes, 1 << 20);
    assert_eq!((files(folder.path()).len(), store.datasets.version("parts")), (2, first));
    assert_eq!(found(&store, "滤芯", None, &[]), ["HC15-02150A"]);
    build(&mut store);
    assert_eq!((files(folder.path()).len(), store.datasets.version("parts")), (1, Some(Digest::of(&bytes))));
    assert!(found(&store, "滤芯", None, &[]).is_empty());
    std::fs::write(folder.path().join("parts-00000000.db"), b"x").unwrap();
    drop(store);
    let store = self::store(folder.path());
    assert_eq!(files(folder.path()).len(), 1);
    assert!(store.datasets.has("parts"));
}

#[test]
fn a_bad_file_is_told_from_garbled_bytes_and_blocks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(folder.path());
    let bytes = file_of(&catalogue(), 1);
    tell(&mut store, "parts", Digest::of(&bytes), bytes.len(), 1);
    let mut bent = bytes.clone();
    bent[40] ^= 1;
    fetch(&mut store, &bent, 1 << 20);
    assert_eq!(build(&mut store), [Progress::Garbled(Digest::of(&bytes))]);
    tell(&mut store, "faults", Digest::of(&bytes), bytes.len(), 1);
    fetch(&mut store, &bytes, 1 << 20);
    assert_eq!(build(&mut store), [Progress::Bad(Digest::of(&bytes))]);
    let next = store.dataset_wanted(&[Digest::of(&bytes)]).unwrap();
    assert_eq!(next, None);
    assert!(store.outbox.ident_under("dataset/").is_empty());
}

#[test]
fn a_name_that_is_no_name_makes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(folder.path());
    for (n, name) in [(1, "../outbox"), (2, ""), (3, "Parts"), (4, "a/b")] {
        tell(&mut store, name, Digest::ZERO, 10, n);
    }
    assert_eq!(store.dataset_wanted(&[]).unwrap(), None);
}

#[test]
fn a_damaged_file_is_as_if_it_were_not_there_and_is_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<Part> = (0..3000).map(|n| part(&format!("HC{n:05}"), "螺栓", &[])).collect();
    drop(filled(folder.path(), &rows));
    let path = folder.path().join(files(folder.path()).remove(0));
    let mut bytes = std::fs::read(&path).unwrap();
    let size = bytes.len();
    bytes[8192..size].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    let mut store = store(folder.path());
    assert!(found(&store, "螺栓", None, &[]).is_empty());
    assert_eq!(store.datasets.part("HC00005").unwrap(), None);
    build(&mut store);
    assert!(!store.datasets.has("parts"));
    assert!(store.dataset_wanted(&[]).unwrap().is_some());
    let whole = file_of(&rows, 1);
    fetch(&mut store, &whole, 1 << 20);
    build(&mut store);
    assert_eq!(found(&store, "HC00005", None, &[]), ["HC00005"]);
}

#[test]
fn a_finished_file_takes_no_write() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path(), &catalogue());
    let file = &store.datasets.current["parts"];
    assert!(file.db.execute("DELETE FROM row", []).is_err());
}

/// A delta as the office makes it.
fn delta_of(old: &[Part], new: &[Part]) -> Vec<u8> {
    let lines = |rows: &[Part]| rows.iter().map(|row| line_of(row).unwrap()).collect::<Vec<_>>();
    let keys = |rows: &[Part]| rows.iter().map(|row| row.number.clone()).collect::<Vec<_>>();
    let (old_file, new_file) = (Digest::of(&file_of(old, 1)), Digest::of(&file_of(new, 2)));
    let (old_lines, old_keys, new_lines, new_keys) = (lines(old), keys(old), lines(new), keys(new));
    delta::between(
        &Version { sha256: old_file, lines: &old_lines, keys: &old_keys },
        &Version { sha256: new_file, lines: &new_lines, keys: &new_keys },
        &Header::new("parts", 2, new.len() as u64, Timestamp(5)),
    )
    .unwrap()
}

/// Many parts, and the next version: a price changes, one goes, one comes, one is superseded.
fn two_versions() -> [Vec<Part>; 2] {
    let old: Vec<Part> = (0..3000).map(|n| part(&format!("HC{n:05}"), "螺栓", &[])).collect();
    let mut new = old.clone();
    new[7].price = Some(900);
    new[2500].superseded_by = Some("HC02501".into());
    new.remove(1000);
    new.insert(50, part("HC00049B", "滤芯", &[]));
    [old, new]
}

/// Everything that a search could tell apart, in the order of the table.
fn rows_of(store: &Store) -> Vec<(i64, String, String)> {
    let file = &store.datasets.current["parts"];
    let mut select = file.db.prepare("SELECT pk, fold, body FROM row ORDER BY pk").unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// A store that has the old version and is told of the new one, with this delta to it.
fn told_of_delta(folder: &std::path::Path, delta: &[u8], base: &[Part]) -> Store {
    let [old, new] = two_versions();
    let mut store = filled(folder, &old);
    let whole = file_of(&new, 2);
    let delta =
        Delta { base: Digest::of(&file_of(base, 1)), sha256: Digest::of(delta), size: delta.len() as u64 };
    let told = record("parts", Digest::of(&whole), whole.len());
    tell_all(&mut store, &Dataset { deltas: vec![delta], ..told }, 1);
    store
}

#[test]
fn a_delta_gives_the_very_rows_of_the_whole_file() {
    let [old, new] = two_versions();
    let delta = delta_of(&old, &new);
    assert!(delta.len() * 4 < file_of(&new, 2).len(), "{}", delta.len());
    let folder = tempfile::tempdir().unwrap();
    let mut store = told_of_delta(folder.path(), &delta, &old);
    fetch(&mut store, &delta, 100);
    assert_eq!(found(&store, "滤芯", None, &[]), Vec::<String>::new());
    build(&mut store);
    assert_eq!(found(&store, "滤芯", None, &[]), ["HC00049B"]);
    assert_eq!(store.datasets.version("parts"), Some(Digest::of(&file_of(&new, 2))));
    let whole = tempfile::tempdir().unwrap();
    assert_eq!(rows_of(&store), rows_of(&filled(whole.path(), &new)));
    assert_eq!((store.dataset_wanted(&[]).unwrap(), files(folder.path()).len()), (None, 1));
}

#[test]
fn a_build_from_a_delta_goes_on_after_a_restart() {
    let [old, new] = two_versions();
    let delta = delta_of(&old, &new);
    let folder = tempfile::tempdir().unwrap();
    let mut store = told_of_delta(folder.path(), &delta, &old);
    fetch(&mut store, &delta, 100);
    for _ in 0..3 {
        assert_eq!(store.dataset_slice().unwrap(), Progress::More);
    }
    drop(store);
    let mut store = self::store(folder.path());
    fetch(&mut store, &delta, 100);
    build(&mut store);
    assert_eq!(found(&store, "滤芯", None, &[]), ["HC00049B"]);
}

#[test]
fn a_delta_that_gives_something_else_is_given_up_for_the_whole_file() {
    let [old, new] = two_versions();
    let mut liar = new.clone();
    liar[9].price = Some(1);
    // Says that it makes the new version, and makes another one.
    let honest = Reader::open(delta_of(&old, &new).as_slice()).unwrap().header().clone();
    let mut edits = Vec::new();
    let lying = delta_of(&old, &liar);
    let mut reader = Reader::open(lying.as_slice()).unwrap();
    while let Some(edit) = reader.next_raw().unwrap() {
        edits.push(edit);
    }
    let bent = pack(&Header { rows: edits.len() as u64, ..honest }, &edits).unwrap();
    let foreign = delta_of(&new, &old);
    for delta in [bent, foreign, file_of(&old, 1)] {
        let folder = tempfile::tempdir().unwrap();
        let mut store = told_of_delta(folder.path(), &delta, &old);
        fetch(&mut store, &delta, 100);
        assert_eq!(build(&mut store).last(), Some(&Progress::Bad(Digest::of(&delta))));
        assert_eq!(store.datasets.version("parts"), Some(Digest::of(&file_of(&old, 1))), "still in use");
        let wanted = store.dataset_wanted(&[Digest::of(&delta)]).unwrap().unwrap();
        assert_eq!(
            wanted.blob,
            Blob { sha256: wanted.sha256, size: file_of(&new, 2).len() as u64, base: None }
        );
    }
}

#[test]
fn runs_of_a_delta_never_mix_with_runs_of_the_whole_file() {
    let [old, new] = two_versions();
    let (delta, whole) = (delta_of(&old, &new), file_of(&new, 2));
    let folder = tempfile::tempdir().unwrap();
    let mut store = told_of_delta(folder.path(), &delta, &old);
    let wanted = store.dataset_wanted(&[]).unwrap().unwrap();
    assert_eq!(store.dataset_fetched(&wanted).unwrap(), 0);
    store.dataset_bytes(wanted.blob.sha256, 0, &delta[..100]).unwrap();
    let wanted = store.dataset_wanted(&[wanted.blob.sha256]).unwrap().unwrap();
    assert_eq!(store.dataset_fetched(&wanted).unwrap(), 0);
    store.dataset_bytes(wanted.blob.sha256, 0, &whole).unwrap();
    build(&mut store);
    assert_eq!(found(&store, "滤芯", None, &[]), ["HC00049B"]);
}

#[test]
fn a_delta_is_no_dataset_by_itself() {
    let [old, new] = two_versions();
    let delta = delta_of(&old, &new);
    let folder = tempfile::tempdir().unwrap();
    let mut store = store(folder.path());
    tell(&mut store, "parts", Digest::of(&delta), delta.len(), 1);
    fetch(&mut store, &delta, 1 << 20);
    assert_eq!(build(&mut store), [Progress::Bad(Digest::of(&delta))]);
}
