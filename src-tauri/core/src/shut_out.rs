//! What becomes of a device that the office has revoked: locked at once, emptied of its work, then wiped.
//!
//! ```text
//! in use ── "revoked" heard ──▶ shut out: uploads, shows what waits ──▶ wiping ──▶ as new
//!                                  ends when every op has its outcome, every blob is stored, and what was
//!                                  typed and never recorded was exported or has lain there for a day
//! ```
//!
//! Each state is written before what it allows is done, so that a kill in between goes on with it. The outbox is the
//! last to go.

use fieldcard_schema::id::RecordId;

use crate::enrolment;
use crate::ports::Ports;
use crate::store::outbox::draft_key;
use crate::store::{Store, StoreError};

/// How long typed text that nobody exported holds the wiping up, in ms.
const DRAFTS_WAIT_MS: i64 = 24 * 3_600_000;

/// Under which `ident` says when the office's word was heard, by the wall clock in ms.
const HEARD: &str = "shut_out";
/// Under which `ident` says that the drafts are in a file.
const EXPORTED: &str = "drafts_exported";
/// Under which `ident` says that the wiping has begun; in a store that is as new, that there was one.
const WIPED: &str = "wiped";
const YES: &str = "yes";

/// The office has revoked this device.
pub(crate) fn heard(store: &mut Store, ports: &Ports) -> Result<(), StoreError> {
    if is_shut_out(store) {
        return Ok(());
    }
    store.outbox.set_ident(&[(HEARD, ports.clock.read().0.to_string())])
}

/// Whether this device only empties itself.
pub fn is_shut_out(store: &Store) -> bool {
    store.outbox.ident(HEARD).is_some()
}

/// What was typed and never became an op, by the record or form it was typed into.
pub(crate) fn drafts(store: &Store) -> Result<Vec<RecordId>, StoreError> {
    // An address or a code is nobody's work.
    let enrolment = draft_key("enrol");
    Ok(store.outbox.draft_records()?.into_iter().filter(|rec| *rec != enrolment).collect())
}

/// The drafts are in a file: they hold nothing up any more.
pub(crate) fn drafts_exported(store: &mut Store) -> Result<(), StoreError> {
    store.outbox.set_ident(&[(EXPORTED, YES.to_owned())])
}

/// Whether everything may go.
fn is_empty(store: &Store, ports: &Ports) -> Result<bool, StoreError> {
    let Some(heard) = store.outbox.ident(HEARD) else { return Ok(false) };
    if store.outbox.outstanding()?.is_some() {
        return Ok(false);
    }
    let exported = store.outbox.ident(EXPORTED).is_some() || drafts(store)?.is_empty();
    // A clock that was set back waits no longer than one that was not.
    let waited = ports.clock.read().0.abs_diff(heard.parse().unwrap_or(0)) >= DRAFTS_WAIT_MS.unsigned_abs();
    Ok(exported || waited)
}

/// Whether the wiping is due or was begun; then it is written down before anything goes.
pub(crate) fn begin_wiping(store: &mut Store, ports: &Ports) -> Result<bool, StoreError> {
    if !is_shut_out(store) {
        return Ok(false);
    }
    if store.outbox.ident(WIPED).is_some() {
        return Ok(true);
    }
    let due = is_empty(store, ports)?;
    if due {
        store.outbox.set_ident(&[(WIPED, YES.to_owned())])?;
    }
    Ok(due)
}

/// Removes key and files. What it returns is as new, and says that there was a wiping.
pub(crate) fn wipe(store: Store, ports: &mut Ports) -> Result<Store, StoreError> {
    enrolment::forget_secrets(ports)?;
    let mut fresh = store.wiped()?;
    fresh.outbox.set_ident(&[(WIPED, YES.to_owned())])?;
    Ok(fresh)
}

/// Whether this device was wiped at the office's word and belongs to nobody since.
pub(crate) fn was_wiped(store: &Store) -> bool {
    store.outbox.ident(WIPED).is_some() && !is_shut_out(store)
}
