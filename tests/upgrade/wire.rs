//! Every golden message of the first wire version is still read, and says what it said.
//!
//! The files are copies: those beside the protocol may gain members under a later version, these never change.

use fieldcard_schema::wire::blob::BlobState;
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::frame;
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The message again, as this version writes it.
fn small<T: Serialize + DeserializeOwned>(text: &str) -> String {
    serde_json::to_string(&serde_json::from_str::<T>(text).unwrap()).unwrap()
}

fn unpacked(bytes: &[u8]) -> String {
    String::from_utf8(frame::decompress(bytes, frame::RESPONSE_MAX).unwrap()).unwrap()
}

fn again(name: &str, text: &str) -> String {
    let packed = frame::compress(text.as_bytes());
    match name.split('.').next().unwrap() {
        "blob_state" | "blob_state_stored" => small::<BlobState>(text),
        "enrol_answer" => small::<EnrolAnswer>(text),
        "enrol_request" => small::<EnrolRequest>(text),
        "error" => small::<ApiError>(text),
        "nonce" => small::<Nonce>(text),
        "nonce_request" => small::<NonceRequest>(text),
        "token_answer" | "token_answer_prefixes" => small::<TokenAnswer>(text),
        "token_request" => small::<TokenRequest>(text),
        "sync_request" | "sync_request_empty" => {
            unpacked(&SyncRequest::decode(&packed).unwrap().encode().unwrap())
        }
        "sync_response" | "sync_response_gap" => {
            unpacked(&SyncResponse::decode(&packed).unwrap().encode().unwrap())
        }
        other => unreachable!("which message is {other}?"),
    }
}

/// Whether everything that `before` says stands in `now`, too.
fn says(now: &Value, before: &Value) -> bool {
    match (now, before) {
        (Value::Object(now), Value::Object(before)) => {
            before.iter().all(|(name, value)| now.get(name).is_some_and(|now| says(now, value)))
        }
        (Value::Array(now), Value::Array(before)) => {
            now.len() == before.len() && now.iter().zip(before).all(|(now, before)| says(now, before))
        }
        _ => now == before,
    }
}

#[test]
fn every_golden_message_of_the_first_wire_version_is_accepted() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/upgrade/wire-1");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let now = again(&name, text.trim_end_matches('\n'));
        let lines =
            |text: &str| text.trim_end_matches('\n').split('\n').map(str::to_owned).collect::<Vec<_>>();
        let (before, now) = (lines(&text), lines(&now));
        assert_eq!(before.len(), now.len(), "{name}");
        for (before, now) in before.iter().zip(&now) {
            match (serde_json::from_str::<Value>(before), serde_json::from_str::<Value>(now)) {
                (Ok(before), Ok(now)) => assert!(says(&now, &before), "{name}: {before} became {now}"),
                // A body that is no JSON goes through byte for byte.
                _ => assert_eq!(before, now, "{name}"),
            }
        }
        count += 1;
    }
    assert_eq!(count, 14);
}
