//! What a known caller may send to a server that holds something: tokens, cursors, checks; and the texts of deltas and
//! records that come down.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ed25519_dalek::SigningKey;
use fieldcard_core::store::Place;
use fieldcard_schema::dataset::delta::{self, Edit};
use fieldcard_schema::json;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::exception::Exception;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine_history::MachineHistory;
use fieldcard_schema::record::note::Note;
use fieldcard_schema::record::receipt::Receipt;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::error::ErrorCode;
use fieldcard_schema::wire::sync::{Audience, SyncRequest};
use fieldcard_schema::wire::token::{NonceRequest, TokenRequest};
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, person};
use fieldcard_tests::ports::TestClock;
use serde_json::Value;

use super::{fuzz, seeds_in};

/// More records on one job than a check lists at once.
const NOTES: usize = 80;

/// An office that a phone has pulled from.
struct Known {
    office: Mutex<Office>,
    token: String,
    /// What the phone asks when it has no news.
    request: SyncRequest,
    before: u64,
}

impl Known {
    fn new() -> Self {
        let clock = TestClock::at(MORNING);
        let mut office = Office::new(None, &clock, 100).unwrap();
        let job = Job { assignee: Some(person(1)), job_type: Some("repair".into()), ..Job::default() };
        let job = office.create_job(&job).unwrap();
        for n in 0..NOTES {
            office.create_on(job, &Note { text: Some(format!("压力正常 {n}")), ..Note::default() }).unwrap();
        }
        let mut device = Device::new(Place::memory(), &clock, 5).unwrap();
        office.take_in(&mut device, person(1)).unwrap();
        let key: [u8; 32] = device.secrets()["device_key"].clone().try_into().unwrap();
        let device_id = device.owner().unwrap().unwrap().device;
        let nonce = office.nonce(&NonceRequest { device: device_id }).unwrap();
        let signed = TokenRequest::sign(&SigningKey::from_bytes(&key), device_id, nonce);
        let token = office.token(&signed).unwrap().token;
        let store = device.core.store().unwrap();
        let request = SyncRequest {
            proto: fieldcard_schema::wire::PROTO,
            epoch: store.last_epoch().unwrap(),
            incarnation: store.outbox.chain_head().unwrap().unwrap().incarnation,
            cursors: store.cache.cursors().unwrap(),
            mark: store.last_mark().unwrap(),
            outstanding: None,
            own: false,
            budget: Some(1 << 20),
            push: None,
            recovered: Vec::new(),
        };
        let before = office.hub.op_count().unwrap();
        Self { office: Mutex::new(office), token, request, before }
    }

    /// The office, in which nothing was written since.
    fn office(&self) -> MutexGuard<'_, Office> {
        let mut office = self.office.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(office.hub.op_count().unwrap(), self.before, "reading wrote something");
        office
    }

    fn audiences(&self) -> impl Iterator<Item = Audience> {
        self.request.cursors.keys().copied()
    }
}

#[test]
fn no_other_token_passes() {
    let known = Known::new();
    fuzz("token", 10_000, vec![known.token.clone().into_bytes()], |bytes| {
        let Ok(token) = std::str::from_utf8(bytes) else { return false };
        let answer = known.office().sync(token, &known.request);
        assert_eq!(answer.is_ok(), token == known.token, "{token}");
        if let Err(error) = &answer {
            assert_eq!(error.code, ErrorCode::Unauthorised);
        }
        answer.is_ok()
    });
}

/// A cursor that this server never wrote costs a longer pull and nothing else.
#[test]
fn every_cursor_is_answered_and_leads_to_an_end() {
    let known = Known::new();
    let seeds = known.request.cursors.values().map(|cursor| cursor.clone().into_bytes());
    fuzz("cursor", 4_000, seeds.collect(), |bytes| {
        let Ok(cursor) = std::str::from_utf8(bytes) else { return false };
        let mut request = known.request.clone();
        request.cursors = known.audiences().map(|audience| (audience, cursor.to_owned())).collect();
        for _ in 0..10 {
            let answer = known.office().sync(&known.token, &request).unwrap();
            request.cursors.extend(answer.pages.into_iter().map(|page| (page.aud, page.cursor)));
            if !answer.more {
                return true;
            }
        }
        panic!("the pull from {cursor:?} does not end");
    });
}

#[test]
fn a_check_is_answered_or_refused_and_writes_nothing() {
    let known = Known::new();
    let ask = |end: &str| format!(r#"{{"end":"{end}","digest":"{}"}}"#, "0".repeat(64));
    let all = known.audiences().map(|aud| format!(r#"{{"aud":{aud},"ask":[{}]}}"#, ask("")));
    let some = known.audiences().map(|aud| {
        let rec = person(1);
        format!(r#"{{"aud":{aud},"ask":[{},{}],"fetch":["{rec}"],"budget":64}}"#, ask("0"), ask("a1"))
    });
    let seeds = all.chain(some).map(String::into_bytes).collect();
    fuzz("check", 5_000, seeds, |text| {
        let Ok(request) = serde_json::from_slice::<CheckRequest>(text) else { return false };
        match known.office().check(&known.token, &request) {
            Ok(answer) => {
                assert!(answer.asked.is_none_or(|asked| asked < request.ask.len()));
                assert!(answer.fetched.is_none_or(|fetched| fetched < request.fetch.len()));
                true
            }
            Err(error) => {
                assert!(matches!(error.code, ErrorCode::NotFound | ErrorCode::TooLarge), "{error:?}");
                false
            }
        }
    });
}

#[test]
fn the_answer_to_a_check_is_read_back_as_it_was() {
    let known = Known::new();
    let mut seeds = Vec::new();
    for aud in known.audiences() {
        let text = format!(r#"{{"aud":{aud},"ask":[{{"end":"","digest":"{}"}}]}}"#, "0".repeat(64));
        let request = serde_json::from_str(&text).unwrap();
        seeds.push(serde_json::to_vec(&known.office().check(&known.token, &request).unwrap()).unwrap());
    }
    fuzz("check_answer", 10_000, seeds, |text| {
        let Ok(answer) = serde_json::from_slice::<CheckAnswer>(text) else { return false };
        let again: CheckAnswer = serde_json::from_slice(&serde_json::to_vec(&answer).unwrap()).unwrap();
        assert_eq!(again, answer);
        // Rows that do not fit their table are refused, never mixed up.
        answer.put.into_iter().for_each(|table| drop(table.into_texts()));
        true
    });
}

/// What is fed is a line of a delta, laid over a line of a catalogue.
#[test]
fn an_edit_of_a_catalogue_makes_an_object_or_nothing() {
    let line = r#"{"number":"HC31-02150B","name":"主泵总成","price":1280000,"fits":["HCE215-9"]}"#;
    let seeds =
        [r#"{"keep":3}"#, r#"{"drop":1}"#, r#"{"set":{"price":1300000,"fits":null}}"#, r#"{"put":{"a":1}}"#];
    fuzz("delta", 20_000, seeds.map(|seed| seed.as_bytes().to_vec()).to_vec(), |text| {
        let Ok(edit) = serde_json::from_slice::<Edit>(text) else { return false };
        let written = serde_json::to_vec(&edit).unwrap();
        let again: Edit = serde_json::from_slice(&written).unwrap();
        assert_eq!(serde_json::to_vec(&again).unwrap(), written);
        if let Edit::Set(changes) = &edit {
            let made = delta::set(line, changes).unwrap();
            assert!(serde_json::from_str::<serde_json::Map<String, Value>>(&made).is_ok(), "{made}");
            assert!(delta::set("[1]", changes).is_none(), "what is no object has no members");
        }
        true
    });
}

fn record<R: Record + PartialEq + std::fmt::Debug>(value: &Value) -> bool {
    let Some(fields) = value.as_object() else { return false };
    let Ok(record) = R::from_fields(fields) else { return false };
    let fields = record.to_fields();
    assert_eq!(R::from_fields(&fields).unwrap(), record);
    true
}

#[test]
fn a_record_is_read_back_as_it_was() {
    let golden = seeds_in("../schema/tests/golden/records.ndjson").concat();
    let lines = golden.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let fields =
        |line: &[u8]| serde_json::from_slice::<Value>(line).unwrap()["fields"].to_string().into_bytes();
    fuzz("record", 10_000, lines.map(fields).collect(), |text| {
        let Ok(value) = json::parse(text) else { return false };
        [
            record::<Card>(&value),
            record::<Exception>(&value),
            record::<Job>(&value),
            record::<MachineHistory>(&value),
            record::<Receipt>(&value),
        ]
        .contains(&true)
    });
}
