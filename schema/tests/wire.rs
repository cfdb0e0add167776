//! The wire is final: every message has golden bytes written by hand, and their hash is pinned for good.
//!
//! Members and messages are only added. Whoever adds one puts a golden file that says it beside the others, raises
//! `REVISION` and pins the whole set under it; a pin that stands here, and a file that it covers, never changes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::blob::BlobState;
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolCode, EnrolRequest};
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};
use fieldcard_schema::wire::{PROTO, REVISION, frame};

const GOLDEN: &[(&str, &str)] = &[
    ("blob_state", include_str!("../../tests/protocol/golden/blob_state.json")),
    ("blob_state_stored", include_str!("../../tests/protocol/golden/blob_state_stored.json")),
    ("check_answer", include_str!("../../tests/protocol/golden/check_answer.json")),
    ("check_answer_budget", include_str!("../../tests/protocol/golden/check_answer_budget.json")),
    ("check_request", include_str!("../../tests/protocol/golden/check_request.json")),
    ("check_request_budget", include_str!("../../tests/protocol/golden/check_request_budget.json")),
    ("enrol_answer", include_str!("../../tests/protocol/golden/enrol_answer.json")),
    ("enrol_request", include_str!("../../tests/protocol/golden/enrol_request.json")),
    ("error", include_str!("../../tests/protocol/golden/error.json")),
    ("nonce", include_str!("../../tests/protocol/golden/nonce.json")),
    ("nonce_request", include_str!("../../tests/protocol/golden/nonce_request.json")),
    ("sync_request", include_str!("../../tests/protocol/golden/sync_request.ndjson")),
    ("sync_request_empty", include_str!("../../tests/protocol/golden/sync_request_empty.ndjson")),
    ("sync_request_own", include_str!("../../tests/protocol/golden/sync_request_own.ndjson")),
    ("sync_request_recovered", include_str!("../../tests/protocol/golden/sync_request_recovered.ndjson")),
    ("sync_response", include_str!("../../tests/protocol/golden/sync_response.ndjson")),
    ("sync_response_gap", include_str!("../../tests/protocol/golden/sync_response_gap.ndjson")),
    ("sync_response_need", include_str!("../../tests/protocol/golden/sync_response_need.ndjson")),
    ("sync_response_own", include_str!("../../tests/protocol/golden/sync_response_own.ndjson")),
    ("token_answer", include_str!("../../tests/protocol/golden/token_answer.json")),
    ("token_answer_prefixes", include_str!("../../tests/protocol/golden/token_answer_prefixes.json")),
    ("token_request", include_str!("../../tests/protocol/golden/token_request.json")),
];

/// SHA-256 over the names and bytes of the golden files of each revision.
const PINNED: [(u32, &str); 3] = [
    (1, "be1e4fa867eab21a284cfc930a5042cfe1ef44ecadc9584146df444746f8f654"),
    (2, "7feeb56f30f0e36b0a8b3c2ad3b5fd7d950d100e76d6db1dfdee1051d48cecc4"),
    (3, "3102bb354b06fccd0ebefc1e5378287d0a78b5fffd8d8a2f789a3cc551f930cc"),
];

/// The files of the first revision: what was there before anything was added.
const FIRST: [&str; 14] = [
    "blob_state",
    "blob_state_stored",
    "enrol_answer",
    "enrol_request",
    "error",
    "nonce",
    "nonce_request",
    "sync_request",
    "sync_request_empty",
    "sync_response",
    "sync_response_gap",
    "token_answer",
    "token_answer_prefixes",
    "token_request",
];

fn golden(name: &str) -> &'static str {
    GOLDEN.iter().find(|(known, _)| *known == name).unwrap().1
}

fn same_json<T: serde::Serialize + serde::de::DeserializeOwned>(name: &str) -> T {
    let text = golden(name).trim_end();
    let message: T = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&message).unwrap(), text, "{name}");
    message
}

fn hash<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let parts: Vec<&[u8]> = files.flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]).collect();
    Digest::of_parts(&parts).to_string()
}

#[test]
fn the_wire_has_the_hash_of_its_revision() {
    let (revision, pinned) = PINNED[PINNED.len() - 1];
    assert_eq!((REVISION, hash(GOLDEN.iter().copied()).as_str()), (revision, pinned));
    assert!(PINNED.iter().zip(1..).all(|((revision, _), n)| *revision == n), "none is left out");
    assert_eq!(PROTO, 1, "all of them are one version: nothing was taken away");
}

#[test]
fn the_first_revision_stands_as_it_was_written() {
    assert_eq!(hash(FIRST.iter().map(|name| (*name, golden(name)))), PINNED[0].1);
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/upgrade/wire-1");
    let mut names: Vec<String> = std::fs::read_dir(kept)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), golden(&name), "{name}");
            name
        })
        .collect();
    names.sort();
    assert_eq!(names, FIRST);
}

#[test]
fn requests_are_read_and_written_as_their_golden_lines() {
    for name in ["sync_request", "sync_request_empty", "sync_request_own", "sync_request_recovered"] {
        let bytes = frame::compress(golden(name).as_bytes());
        let request = SyncRequest::decode(&bytes).unwrap();
        let again = frame::decompress(&request.encode().unwrap(), 1 << 20).unwrap();
        assert_eq!(std::str::from_utf8(&again).unwrap(), golden(name), "{name}");
    }
    let request = SyncRequest::decode(&frame::compress(golden("sync_request").as_bytes())).unwrap();
    let bodies = request.push.unwrap().bodies;
    assert_eq!(bodies, [r#"{"v":1,"one":"body"}"#.as_bytes(), "这一行不是操作，也照样送到".as_bytes()]);
}

#[test]
fn answers_are_read_and_written_as_their_golden_lines() {
    for name in ["sync_response", "sync_response_gap", "sync_response_need", "sync_response_own"] {
        let response = SyncResponse::decode(&frame::compress(golden(name).as_bytes())).unwrap();
        let again = frame::decompress(&response.encode().unwrap(), 1 << 20).unwrap();
        assert_eq!(std::str::from_utf8(&again).unwrap(), golden(name), "{name}");
    }
    let response = SyncResponse::decode(&frame::compress(golden("sync_response").as_bytes())).unwrap();
    let own = SyncResponse::decode(&frame::compress(golden("sync_response_own").as_bytes())).unwrap();
    assert_eq!((own.pages[0].own.as_slice(), own.pages[0].rows()), ([(6, 1), (8, 1)].as_slice(), 2));
    let positions: Vec<u64> = response.outcomes.unwrap().each().iter().map(|one| one.pos).collect();
    assert_eq!(positions, [42, 44, 46, 48, 50]);
    let rows = response.pages[0].put[0].clone().into_rows().unwrap();
    assert_eq!((rows[0].state.born, rows[1].state.born), (44, 44));
    assert_eq!(rows[0].state.fields.get("about"), None);
    assert_eq!(rows[1].state.fields.get("text"), Some(&serde_json::Value::Null));
}

#[test]
fn the_small_messages_have_their_golden_bytes() {
    let key = EnrolCode::parse("7K3P-0000-0000-0000").unwrap().key();
    let request: EnrolRequest = same_json("enrol_request");
    assert!(request.is_sealed(key));
    assert!(same_json::<EnrolAnswer>("enrol_answer").is_sealed(key, &request));
    same_json::<NonceRequest>("nonce_request");
    same_json::<Nonce>("nonce");
    same_json::<TokenRequest>("token_request");
    same_json::<TokenAnswer>("token_answer");
    same_json::<TokenAnswer>("token_answer_prefixes");
    same_json::<BlobState>("blob_state");
    assert!(same_json::<BlobState>("blob_state_stored").stored);
    same_json::<CheckRequest>("check_request");
    same_json::<CheckAnswer>("check_answer");
    assert_eq!(same_json::<CheckRequest>("check_request_budget").budget, Some(65_536));
    let part: CheckAnswer = same_json("check_answer_budget");
    assert_eq!((part.asked, part.fetched), (Some(0), Some(1)));
    same_json::<ApiError>("error");
}

#[test]
fn members_of_later_versions_are_passed_over() {
    for (name, text) in GOLDEN.iter().filter(|(name, _)| name.starts_with("sync_re")) {
        let later = text.replacen('{', r#"{"added_later":[1,{"a":null}],"#, 1);
        let bytes = frame::compress(later.as_bytes());
        let read = if name.starts_with("sync_req") {
            SyncRequest::decode(&bytes).map(drop)
        } else {
            SyncResponse::decode(&bytes).map(drop)
        };
        assert_eq!(read, Ok(()), "{name}");
    }
}

#[test]
fn what_is_no_message_is_refused_and_costs_little() {
    let line = |text: &str| frame::compress(text.as_bytes());
    let deep = format!(r#"{{"proto":1,"incarnation":"0102030405060708","x":{}}}"#, "[".repeat(100_000));
    let cases = [
        line(""),
        line("null"),
        line("<html>log in</html>"),
        line(r#"{"proto":1}"#),
        line(r#"{"proto":1,"incarnation":"xyz"}"#),
        line("{\"proto\":1,\"incarnation\":\"0102030405060708\"}\n{}"),
        line(&deep),
        frame::compress(&vec![b'['; frame::REQUEST_MAX + 1]),
        golden("sync_request").as_bytes().to_vec(),
    ];
    for bytes in cases {
        assert!(SyncRequest::decode(&bytes).is_err());
        assert!(SyncResponse::decode(&bytes).is_err());
    }
}
