//! The protocol's messages: ops, strict JSON, frames, requests, answers, pages, the small ones.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::json;
use fieldcard_schema::op::{Op, OpError};
use fieldcard_schema::wire::blob::{BLOB_MAX, BlobState, units};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};
use fieldcard_schema::wire::{frame, tls_key};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{fuzz, seeds_in};

const MANY: usize = 20_000;

fn golden(name: &str) -> Vec<Vec<u8>> {
    seeds_in(&format!("protocol/golden/{name}"))
}

#[test]
fn strict_json_is_read_back_as_it_was() {
    let seeds = vec![br#"{"a":[1,-2,{"b":null}],"c":"\u00e9"}"#.to_vec()];
    fuzz("strict_json", MANY, seeds, |bytes| {
        let Ok(value) = json::parse(bytes) else { return false };
        let text = serde_json::to_vec(&value).unwrap();
        assert_eq!(json::parse(&text).unwrap(), value);
        true
    });
}

#[test]
fn an_op_is_read_back_as_it_was() {
    fuzz("op", MANY, Vec::new(), |bytes| match Op::parse(bytes) {
        Ok(op) => {
            match op.encode() {
                Ok(body) => assert_eq!(Op::parse(body.as_bytes()), Ok(op)),
                // Another spelling of the same may be longer; nothing else may go wrong.
                Err(error) => assert!(matches!(error, OpError::TooLarge(_)), "{error}"),
            }
            true
        }
        Err(_) => false,
    });
}

/// Small enough that a bomb would be seen.
const LIMIT: usize = 256 * 1024;

#[test]
fn a_frame_never_unpacks_to_more_than_its_limit() {
    let bomb = frame::compress(&vec![0; 64 << 20]);
    let seeds = vec![frame::pack(&["{}", "{\"a\":1}"]), bomb, frame::compress(b"")];
    fuzz("frame", 4_000, seeds, |bytes| match frame::unpack(bytes, LIMIT) {
        Ok(lines) => {
            assert!(lines.iter().map(Vec::len).sum::<usize>() <= LIMIT);
            true
        }
        Err(_) => false,
    });
}

/// Seeds are texts; what is fed is their frame, and the text itself as if it were one.
fn message<T: PartialEq + std::fmt::Debug>(
    name: &str,
    seeds: Vec<Vec<u8>>,
    decode: impl Fn(&[u8]) -> Result<T, ApiError> + std::panic::RefUnwindSafe,
    encode: impl Fn(&T) -> Result<Vec<u8>, ApiError> + std::panic::RefUnwindSafe,
) {
    fuzz(name, MANY, seeds, |text| {
        drop(decode(text));
        let Ok(message) = decode(&frame::compress(text)) else { return false };
        assert_eq!(decode(&encode(&message).unwrap()), Ok(message));
        true
    });
}

#[test]
fn a_request_is_read_back_as_it_was() {
    let seeds = [golden("sync_request.ndjson"), golden("sync_request_empty.ndjson")].concat();
    message("sync_request", seeds, SyncRequest::decode, SyncRequest::encode);
}

#[test]
fn an_answer_and_its_pages_are_read_back_as_they_were() {
    let seeds = [golden("sync_response.ndjson"), golden("sync_response_gap.ndjson")].concat();
    message("sync_response", seeds, SyncResponse::decode, SyncResponse::encode);
}

#[test]
fn the_rows_of_a_page_are_as_many_as_it_says() {
    fuzz("page", MANY, golden("sync_response.ndjson"), |text| {
        let Ok(answer) = SyncResponse::decode(&frame::compress(text)) else { return false };
        for page in answer.pages {
            let said = page.rows();
            let rows: usize = page.put.into_iter().map(|table| table.into_rows().unwrap().len()).sum();
            assert!(rows <= said);
        }
        if let Some(outcomes) = answer.outcomes {
            // A few bytes must not become a list without end.
            assert!(outcomes.each().len() <= text.len());
        }
        true
    });
}

fn small<T: Serialize + DeserializeOwned>(text: &[u8]) -> Option<T> {
    let message: T = serde_json::from_slice(text).ok()?;
    let bytes = serde_json::to_vec(&message).unwrap();
    let again: T = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(serde_json::to_vec(&again).unwrap(), bytes);
    Some(message)
}

#[test]
fn the_small_messages_are_read_back_as_they_were() {
    fuzz("small", MANY, golden(""), |text| {
        let request = small::<EnrolRequest>(text);
        let key = Digest::of(text);
        if let Some(request) = &request {
            assert!(!request.is_sealed(key), "a seal under a key that nobody has");
        }
        if let Some((answer, request)) = small::<EnrolAnswer>(text).zip(request.as_ref()) {
            assert!(!answer.is_sealed(key, request));
        }
        [
            request.is_some(),
            small::<EnrolAnswer>(text).is_some(),
            small::<NonceRequest>(text).is_some(),
            small::<Nonce>(text).is_some(),
            small::<TokenRequest>(text).is_some(),
            small::<TokenAnswer>(text).is_some(),
            small::<ApiError>(text).is_some(),
        ]
        .contains(&true)
    });
}

#[test]
fn what_the_server_has_of_a_blob_costs_no_more_than_the_blob() {
    let seeds = [golden("blob_state.json"), golden("blob_state_stored.json")].concat();
    fuzz("blob_state", 5_000, seeds, |text| {
        let Some(state) = small::<BlobState>(text) else { return false };
        // A device asks with its own size, never with the one that came.
        if let Some((first, count)) = state.next_missing(BLOB_MAX, 64) {
            assert!((1..=64).contains(&count) && first + count <= units(BLOB_MAX));
        }
        true
    });
}

#[test]
fn no_bytes_pass_for_the_org_s_word_on_a_tls_key() {
    let key = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let good = tls_key::vouch(&key, b"a public key");
    fuzz("tls_key", 2_000, vec![good.clone()], |extension| {
        let vouched = tls_key::is_vouched(&key.verifying_key(), b"a public key", extension);
        assert_eq!(vouched, extension == good);
        vouched
    });
}
