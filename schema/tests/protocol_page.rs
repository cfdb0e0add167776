//! `docs/sync-protocol.md` is what other clients are written from: its examples are read by the decoders that ship,
//! and its lists of codes and limits are those of the code.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::{BODY_MAX, Op};
use fieldcard_schema::wire::blob::{BLOB_MAX, BlobState, RUN_MAX, UNIT};
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest, FETCH_MAX, LIST_MAX, PARTS_MAX};
use fieldcard_schema::wire::enrol::{CODE_MINUTES, CODE_TRIES, EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::frame;
use fieldcard_schema::wire::sync::{PUSH_OPS_MAX, Refused, SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{
    NONCE_SECONDS, Nonce, NonceRequest, TOKEN_SECONDS, TokenAnswer, TokenRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

const PAGE: &str = include_str!("../../docs/sync-protocol.md");

/// All values of an enum without data: a variant that is not listed does not compile.
macro_rules! all {
    ($kind:ident: $($name:ident)*) => {{
        fn is_complete(value: $kind) -> &'static str {
            match value { $($kind::$name => stringify!($name)),* }
        }
        [$($kind::$name),*].map(|value| (value, is_complete(value)))
    }};
}

/// A code as it is written.
fn code(value: &impl Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

/// The examples of the page: the name behind the fence, and the text.
fn examples() -> Vec<(&'static str, &'static str)> {
    let blocks = PAGE.split("\n```json ").skip(1);
    let named = blocks.map(|block| block.split_once('\n').unwrap());
    named.map(|(name, rest)| (name, rest.split_once("```").unwrap().0)).collect()
}

fn one_line<T: Serialize + DeserializeOwned>(text: &str) -> String {
    serde_json::to_string(&serde_json::from_str::<T>(text).unwrap()).unwrap() + "\n"
}

fn unpacked(bytes: &[u8]) -> String {
    String::from_utf8(frame::decompress(bytes, frame::RESPONSE_MAX).unwrap()).unwrap()
}

/// The message again, as this code writes it.
fn again(name: &str, text: &str) -> String {
    let packed = frame::compress(text.as_bytes());
    match name {
        "enrol request" => one_line::<EnrolRequest>(text),
        "enrol answer" => one_line::<EnrolAnswer>(text),
        "nonce request" => one_line::<NonceRequest>(text),
        "nonce answer" => one_line::<Nonce>(text),
        "token request" => one_line::<TokenRequest>(text),
        "token answer" => one_line::<TokenAnswer>(text),
        "sync request" => unpacked(&SyncRequest::decode(&packed).unwrap().encode().unwrap()),
        "sync answer" => unpacked(&SyncResponse::decode(&packed).unwrap().encode().unwrap()),
        "check request" => one_line::<CheckRequest>(text),
        "check answer" => one_line::<CheckAnswer>(text),
        "blob answer" => one_line::<BlobState>(text),
        "refusal" => one_line::<ApiError>(text),
        "op" => {
            let body = Op::parse(text.trim_end().as_bytes()).unwrap().encode().unwrap();
            String::from_utf8(body.into_bytes()).unwrap() + "\n"
        }
        other => panic!("which message is {other}?"),
    }
}

#[test]
fn every_message_has_an_example_that_is_read_and_written_again() {
    let mut seen = BTreeSet::new();
    for (name, text) in examples() {
        assert_eq!(again(name, text), text, "the example of: {name}");
        seen.insert(name);
    }
    let messages = [
        "enrol request",
        "enrol answer",
        "nonce request",
        "nonce answer",
        "token request",
        "token answer",
        "sync request",
        "sync answer",
        "check request",
        "check answer",
        "blob answer",
        "refusal",
        "op",
    ];
    assert_eq!(seen, BTreeSet::from(messages));
}

/// Words in backticks.
fn codes(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The rows of the first table behind a line, as cells.
fn table(behind: &str) -> Vec<Vec<&'static str>> {
    let (_, rest) = PAGE.split_once(behind).unwrap_or_else(|| panic!("the page lacks {behind}"));
    let rows =
        rest.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The codes in the first cells of a table.
fn listed(behind: &str) -> BTreeSet<String> {
    table(behind).iter().flat_map(|row| codes(row[0])).collect()
}

#[test]
fn every_error_code_is_listed_with_its_status() {
    let all = all!(ErrorCode: Malformed TooLarge ProtoTooOld ProtoTooNew Unauthorised Unconfirmed Revoked Forbidden
        NotFound CodeWrong CodeUsed CodeExpired NonceStale BadSignature BadDigest InvalidValue Stale WrongPassword
        RateLimited Busy DiskFull Internal Unreachable);
    let mut told: BTreeMap<String, Option<u16>> = BTreeMap::new();
    for row in table("| code | status | what the device does |")
        .iter()
        .chain(&table("| code | status | who says it |"))
    {
        let names = codes(row[0]);
        let statuses: Vec<Option<u16>> = row[1].split_whitespace().map(|text| text.parse().ok()).collect();
        for (n, name) in names.into_iter().enumerate() {
            let status = if statuses.len() == 1 { statuses[0] } else { statuses[n] };
            assert_eq!(told.insert(name.clone(), status), None, "{name} stands twice");
        }
    }
    let sent = |code: ErrorCode| (code != ErrorCode::Unreachable).then(|| code.http_status());
    let known: BTreeMap<String, Option<u16>> =
        all.iter().map(|(value, _)| (code(value), sent(*value))).collect();
    assert_eq!(told, known);
}

#[test]
fn every_outcome_why_and_refusal_is_listed() {
    let outcomes = all!(Outcome: Applied Merged Conflict Parked).map(|(value, _)| code(&value));
    assert_eq!(listed("| outcome | meaning |"), outcomes.into());
    let why = all!(Why: Clash Late Impossible Proposal NotYours Invalid IdTaken TooNew UnknownRecord IncompleteGroup
        OpIdTaken Revoked Recovered);
    assert_eq!(listed("| `why` | |"), why.map(|(value, _)| code(&value)).into());
    let refused = all!(Refused: Gap Fork BadSignature).map(|(value, _)| code(&value));
    assert_eq!(listed("| `refused` | what the device does |"), refused.into());
}

/// A number with commas between thousands.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let places = digits.char_indices().map(|(at, digit)| {
        let comma = at > 0 && (digits.len() - at).is_multiple_of(3);
        format!("{}{digit}", if comma { "," } else { "" })
    });
    places.collect::<Vec<_>>().concat()
}

#[test]
fn every_limit_is_told_as_it_is_in_the_code() {
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    let count = |n: usize| grouped(n as u64);
    let limits: BTreeMap<&str, &str> = table("| what | most |").iter().map(|row| (row[0], row[1])).collect();
    for (what, most) in [
        ("body of an op; bodies of one group together", format!("{} bytes each", count(BODY_MAX))),
        ("ops of one push", count(PUSH_OPS_MAX)),
        ("blob", mib(BLOB_MAX)),
        ("one run of a blob", format!("{}, in units of {} bytes", mib(RUN_MAX), grouped(UNIT))),
        ("enrolment code", format!("{CODE_MINUTES} minutes, {CODE_TRIES} wrong tries, one use")),
        ("nonce", format!("{NONCE_SECONDS} s, one use")),
        ("token", format!("{} s", grouped(u64::from(TOKEN_SECONDS)))),
    ] {
        assert_eq!(limits.get(what).copied(), Some(most.as_str()), "{what}");
    }
    let (request, response) = (mib(frame::REQUEST_MAX as u64), mib(frame::RESPONSE_MAX as u64));
    let flat = PAGE.replace('\n', " ");
    for sentence in [
        format!("a request holds at most {request} and an answer {response}, at most 100,000 lines"),
        format!("At most {PARTS_MAX} parts and {FETCH_MAX} records a call"),
        format!("when the server has at most {LIST_MAX} records in it"),
    ] {
        assert!(flat.contains(&sentence), "the page lacks: {sentence}");
    }
}
