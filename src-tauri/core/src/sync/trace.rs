//! An event or an effect as one readable line: what kind, how many, how large, which code.
//!
//! Facts of the exchange only. No text that a person wrote, no name, no token, no address; of an id or digest the
//! first digits, so that two lines can be told to be about the same.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::page::Page;
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};

use super::messages::{Answer, Call, Effect, Event};

/// What was told.
pub fn of_event(event: &Event) -> String {
    match event {
        Event::Saved => "saved".into(),
        Event::Wanted => "wanted".into(),
        Event::TimerFired => "timer".into(),
        Event::Network { up, metered } => {
            let cost = match metered {
                Some(true) => "metered",
                Some(false) => "free",
                None => "cost unknown",
            };
            format!("network {}, {cost}", if *up { "up" } else { "down" })
        }
        Event::Overdue(id) => format!("call {id} overdue"),
        Event::Answered(id, Ok(answer)) => format!("call {id} {}", of_answer(answer)),
        Event::Answered(id, Err(error)) => format!("call {id} failed: {}", of_error(error)),
    }
}

/// What was asked for.
pub fn of_effect(effect: &Effect) -> String {
    match effect {
        Effect::Call(id, call) => format!("call {id} {}", of_call(call)),
        Effect::Deadline(id, ms) => format!("call {id} may stand still for {ms} ms"),
        Effect::WakeAfter(ms) => format!("wake after {ms} ms"),
        Effect::Changed(recs) => format!("{} records changed", recs.len()),
        Effect::StateChanged => "state changed".into(),
    }
}

fn of_error(error: &ApiError) -> String {
    let after = error.retry_after.map_or_else(String::new, |s| format!(", not before {s} s"));
    format!("{:?}{after}", error.code)
}

fn of_call(call: &Call) -> String {
    match call {
        Call::Enrol(_) => "enrol".into(),
        Call::Nonce(_) => "nonce".into(),
        Call::Token(_) => "token".into(),
        Call::Sync(_, request) => of_sync(request),
        Call::Check(_, request) => {
            format!(
                "check of audience {}: {} parts, {} records",
                request.aud,
                request.ask.len(),
                request.fetch.len()
            )
        }
        Call::BlobPut(_, put) => {
            format!(
                "put {}: {} of {} bytes from unit {}",
                short(put.sha256),
                put.bytes.len(),
                put.size,
                put.unit
            )
        }
        Call::BlobState(_, sha256) => format!("state of {}", short(*sha256)),
        Call::BlobComplete(_, sha256) => format!("complete {}", short(*sha256)),
        Call::BlobGet(_, range) => {
            format!("get {}: {} bytes from {}", short(range.sha256), range.len, range.from)
        }
    }
}

fn of_sync(request: &SyncRequest) -> String {
    let push = request.push.as_ref().map_or_else(
        || "no push".to_owned(),
        |push| {
            let bytes: usize = push.bodies.iter().map(Vec::len).sum();
            format!("push of {} ops from {}, {bytes} bytes", push.bodies.len(), push.from_seq)
        },
    );
    let pull = request.budget.map_or_else(|| "no pull".to_owned(), |bytes| format!("pull of {bytes} bytes"));
    let back: usize = request.recovered.iter().map(|table| table.rec.len()).sum();
    format!("sync: {push}, {pull}, {} cursors, {back} records given back", request.cursors.len())
}

fn of_answer(answer: &Answer) -> String {
    match answer {
        Answer::Enrol(_) => "enrolled".into(),
        Answer::Nonce(_) => "nonce".into(),
        Answer::Token(token) => format!("token for {} s", token.seconds),
        Answer::Sync(response) => of_response(response),
        Answer::Check(answer) => {
            format!("check: {} parts differ, {} tables", answer.parts.len(), answer.put.len())
        }
        Answer::Blob(state) => {
            format!("blob {}: {}", short(state.sha256), if state.stored { "stored" } else { "not whole" })
        }
        Answer::Bytes(bytes) => format!("{} bytes", bytes.len()),
    }
}

fn of_response(response: &SyncResponse) -> String {
    let outcomes = response.outcomes.as_ref().map_or(0, |outcomes| outcomes.each().len());
    let rows: usize = response.pages.iter().map(Page::rows).sum();
    let head = response.head.map_or_else(|| "none".to_owned(), |head| head.seq.to_string());
    let mut line =
        format!("sync: {outcomes} outcomes, head {head}, {} pages, {rows} rows", response.pages.len());
    line.extend(response.refused.map(|why| format!(", push refused: {why:?}")));
    line.extend(response.more.then_some(", more"));
    line.extend((!response.need.is_empty()).then(|| format!(", {} needed", response.need.len())));
    line.extend((!response.gone.is_empty()).then(|| format!(", {} audiences gone", response.gone.len())));
    line.extend(response.retry_after.map(|s| format!(", not before {s} s")));
    let known = ["app_old", "no_backup", "revoked", "epoch_changed", "mark_unknown"];
    line.extend(
        known
            .iter()
            .filter(|code| response.notices.iter().any(|one| one == *code))
            .map(|code| format!(", {code}")),
    );
    line
}

fn short(digest: Digest) -> String {
    digest.to_string().chars().take(8).collect()
}
