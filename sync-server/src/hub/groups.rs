//! Which ops of a push came together as one action: a group is whole when all its places are there.
//!
//! Never refuses anything: what came without its fellows is taken, and told so ([`super::take_op`]).

use std::collections::BTreeMap;

use fieldcard_schema::id::GroupId;
use fieldcard_schema::op::Op;

/// Whether a body may be part of a group: most are not, and need not be read for it.
fn may_group(body: &[u8]) -> bool {
    const MEMBER: &[u8] = b"\"group\"";
    body.windows(MEMBER.len()).any(|window| window == MEMBER)
}

/// The groups of a push that are all there.
pub(super) struct Groups(BTreeMap<GroupId, bool>);

impl Groups {
    /// Looks through the ops of one push.
    pub(super) fn of<'a>(bodies: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut seen: BTreeMap<GroupId, (u32, Vec<u32>)> = BTreeMap::new();
        for group in bodies.filter(|body| may_group(body)).filter_map(|body| Op::parse(body).ok()?.group) {
            let entry = seen.entry(group.id).or_insert((group.n, Vec::new()));
            entry.1.push(group.i);
        }
        let whole = |(n, mut places): (u32, Vec<u32>)| {
            places.sort_unstable();
            places.dedup();
            places.iter().copied().eq(0..n)
        };
        Self(seen.into_iter().map(|(id, group)| (id, whole(group))).collect())
    }

    /// Whether the ops of its group came with it; an op in no group is whole by itself.
    pub(super) fn is_whole(&self, op: &Op) -> bool {
        op.group.is_none_or(|group| self.0.get(&group.id).copied().unwrap_or(false))
    }
}
