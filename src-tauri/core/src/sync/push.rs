//! The push half of a sync call: which ops go, and what their outcomes change.

use ed25519_dalek::SigningKey;
use fieldcard_schema::chain;
use fieldcard_schema::id::{DeviceId, Incarnation};
use fieldcard_schema::op::Mark;
use fieldcard_schema::wire::enrol::to_base64;
use fieldcard_schema::wire::page::RowText;
use fieldcard_schema::wire::sync::{Head, Outcomes, PUSH_OPS_MAX, Push};

use super::state::Pushed;
use crate::store::{Store, StoreError};

/// What the answer to a push means for the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChainNews {
    /// The outcomes are written down.
    Confirmed,
    /// The server stands further back than we thought: what follows waits again.
    Rewound,
    /// The server holds what this store never made: it was restored or copied.
    Foreign,
    /// The answer does not prove what it says.
    Unproven,
    /// Nothing.
    None,
}

/// The ops to push behind the first `behind` that wait, signed at their head where there is a key.
pub(super) fn behind(
    store: &Store,
    key: Option<(&SigningKey, DeviceId)>,
    behind: usize,
    bytes: usize,
) -> Result<Option<(Incarnation, Push)>, StoreError> {
    let ops = store.outbox.waiting(behind, bytes, PUSH_OPS_MAX)?;
    let (Some(first), Some(last)) = (ops.first(), ops.last()) else { return Ok(None) };
    let push = Push {
        from_seq: first.seq,
        prev: store.outbox.link_before(first.incarnation, first.seq)?,
        sig: key
            .map(|(key, device)| to_base64(&chain::sign_head(key, device, last.link)))
            .unwrap_or_default(),
        bodies: Vec::new(),
    };
    let incarnation = first.incarnation;
    Ok(Some((incarnation, Push { bodies: ops.into_iter().map(|op| op.body).collect(), ..push })))
}

/// Writes outcomes down, if their link is the one this device computed over the same bytes.
pub(super) fn confirm(
    store: &mut Store,
    pushed: Pushed,
    outcomes: &Outcomes,
    mark: Mark,
) -> Result<ChainNews, StoreError> {
    let each = outcomes.each();
    let whole = each.len() == pushed.count && outcomes.from == pushed.from_seq;
    let last = pushed.from_seq + pushed.count as u64 - 1;
    if !whole || store.outbox.link_at(pushed.incarnation, last)? != Some(outcomes.link) {
        return Ok(ChainNews::Unproven);
    }
    store.outbox.confirm(pushed.incarnation, outcomes.from, &each, mark)?;
    Ok(ChainNews::Confirmed)
}

/// The rows that an answer told by the number of the op alone: the records stand as these very ops made them.
/// None when it names ops that were not pushed, or that made nothing.
pub(super) fn own_rows(
    store: &Store,
    pushed: Option<Pushed>,
    outcomes: Option<&Outcomes>,
    runs: &[(u64, u64)],
) -> Result<Option<Vec<RowText>>, StoreError> {
    let mut rows = Vec::new();
    if runs.is_empty() {
        return Ok(Some(rows));
    }
    let (Some(pushed), Some(outcomes)) = (pushed, outcomes) else { return Ok(None) };
    let each = outcomes.each();
    for (from, count) in runs {
        let first = from.checked_sub(pushed.from_seq).and_then(|at| usize::try_from(at).ok());
        let end = first.zip(usize::try_from(*count).ok()).and_then(|(first, count)| first.checked_add(count));
        let Some(told) = first.zip(end).and_then(|(first, end)| each.get(first..end)) else {
            return Ok(None);
        };
        let bodies = store.outbox.bodies(pushed.incarnation, *from, *count)?;
        let made = bodies.iter().zip(told).map(|(body, one)| RowText::made_by(body, one.pos));
        let Some(made) = made.collect::<Option<Vec<_>>>() else { return Ok(None) };
        rows.extend(made);
    }
    Ok(Some(rows))
}

/// Compares the server's head of an incarnation with ours.
pub(super) fn compare_head(
    store: &mut Store,
    incarnation: Incarnation,
    head: Head,
) -> Result<ChainNews, StoreError> {
    let ours = store.outbox.chain_head()?;
    if ours.is_some_and(|ours| ours.incarnation == incarnation && head.seq > ours.seq) {
        return Ok(ChainNews::Foreign);
    }
    if store.outbox.confirmed_seq(incarnation)? > head.seq && store.outbox.rewind(incarnation, head.seq)? {
        return Ok(ChainNews::Rewound);
    }
    Ok(ChainNews::None)
}
