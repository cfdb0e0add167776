//! Pending work laid over what the server said, by the same merge that the server will use.
//!
//! On the device everything counts as current: what it does not know cannot hinder it.

use fieldcard_schema::merge::{RecordState, merge};
use fieldcard_schema::op::Op;

/// The record as its owner sees it; `None` when nobody made it yet.
pub(super) fn derive(shadow: Option<RecordState>, bodies: &[Vec<u8>]) -> Option<RecordState> {
    let server_ver = shadow.as_ref().map_or(0, |s| s.ver);
    bodies.iter().filter_map(|body| Op::parse(body).ok()).fold(shadow, |before, op| {
        let after = merge(before.as_ref(), &op, server_ver, &|_| true).after;
        after.map(|state| RecordState { field_vers: std::collections::BTreeMap::new(), ..state }).or(before)
    })
}

/// Whether a body is a later op of the group that the body before it belongs to.
pub(super) fn continues_group(body: &[u8]) -> bool {
    Op::parse(body).is_ok_and(|op| op.group.is_some_and(|group| group.i > 0))
}
