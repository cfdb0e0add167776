//! The half of a sync that brings work in: checked against the chain, then taken op by op.
//!
//! ```text
//! prev unknown, or from_seq behind the head ... gap: nothing stored, the head told
//! another link at a seq that is held .......... fork: nothing stored, the head told
//! signature not over the last link ............ bad signature: nothing stored
//! a prefix that is held ....................... its stored outcomes, and the rest taken in
//! ```

use std::collections::BTreeMap;

use ed25519_dalek::VerifyingKey;
use fieldcard_schema::chain::{head_is_signed, link};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::Incarnation;
use fieldcard_schema::merge::Outcome;
use fieldcard_schema::wire::enrol::from_base64;
use fieldcard_schema::wire::sync::{Head, OpOutcome, Outcomes, Push, Refused};

use super::groups::Groups;
use super::ledger::Ledger;
use super::take_op::From;
use crate::storage::StorageError;
use crate::storage::devices::Device;
use crate::storage::log::{Chain, Link, Place};

/// What a push came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Pushed {
    pub(super) head: Option<Head>,
    pub(super) refused: Option<Refused>,
    pub(super) outcomes: Option<Outcomes>,
    /// Whether anything was written.
    pub(super) wrote: bool,
}

impl Pushed {
    /// The same, with what else was written in its transaction.
    pub(super) fn having_written(self, more: bool) -> Self {
        Self { wrote: self.wrote || more, ..self }
    }

    fn refused(refused: Refused, seq: u64, link: Option<Digest>) -> Self {
        Self { head: Some(Head { seq, link }), refused: Some(refused), ..Self::default() }
    }
}

impl Pushed {
    /// The seqs and bodies of the ops of `push` that were applied, by where they stand.
    pub(super) fn made<'p>(&self, push: &'p Push) -> BTreeMap<u64, (u64, &'p [u8])> {
        let Some(outcomes) = &self.outcomes else { return BTreeMap::new() };
        let told = (outcomes.from..).zip(outcomes.each()).zip(&push.bodies);
        told.filter(|((_, one), _)| one.outcome == Outcome::Applied)
            .map(|((seq, one), body)| (one.pos, (seq, body.as_slice())))
            .collect()
    }
}

/// A push whose links have been worked out.
struct Checked<'a> {
    device: &'a Device,
    incarnation: Incarnation,
    push: &'a Push,
    links: Vec<Digest>,
    /// Zeros where no key signed.
    sig: [u8; 64],
    proven: bool,
}

impl Checked<'_> {
    fn last(&self) -> Digest {
        self.links.last().copied().unwrap_or(self.push.prev)
    }

    fn last_seq(&self) -> u64 {
        self.push.from_seq + self.links.len() as u64 - 1
    }
}

/// Works out the links of a push; none when its head has to be signed by the device, and is not. A key that the
/// device has lost since still signs.
fn check<'a>(
    device: &'a Device,
    incarnation: Incarnation,
    push: &'a Push,
    proven: bool,
) -> Option<Checked<'a>> {
    let sig = if proven { from_base64::<64>(&push.sig)? } else { [0; 64] };
    let mut previous = push.prev;
    let links: Vec<Digest> = (push.from_seq..)
        .zip(&push.bodies)
        .map(|(seq, body)| {
            previous = link(previous, incarnation, seq, Digest::of(body));
            previous
        })
        .collect();
    let signs = |key: [u8; 32]| {
        VerifyingKey::from_bytes(&key).is_ok_and(|key| head_is_signed(&key, device.id, previous, &sig))
    };
    let good = !links.is_empty() && (!proven || device.keys().any(signs));
    good.then_some(Checked { device, incarnation, push, links, sig, proven })
}

impl Ledger<'_> {
    /// How far this incarnation is held.
    pub(super) fn head_of(&self, device: &Device, incarnation: Incarnation) -> Result<Head, StorageError> {
        let chain = self.tx.chain(device.id, incarnation)?;
        Ok(Head { seq: chain.map_or(0, |chain| chain.last_seq), link: None })
    }

    /// Takes a push in, or says why not; either way nothing is half done. One that is not `proven` needs no
    /// signature, and all of it is parked.
    pub(super) fn take_push(
        &mut self,
        device: &Device,
        incarnation: Incarnation,
        push: &Push,
        proven: bool,
    ) -> Result<Pushed, StorageError> {
        let chain = self.tx.chain(device.id, incarnation)?;
        let held = chain.as_ref().map_or(0, |chain| chain.last_seq);
        if push.from_seq > held + 1 || push.from_seq == 0 {
            let link = chain.map(|chain| chain.last_link);
            return Ok(Pushed::refused(Refused::Gap, held, link));
        }
        let Some(checked) = check(device, incarnation, push, proven) else {
            return Ok(Pushed::refused(Refused::BadSignature, held, None));
        };
        match chain {
            None => self.begin(&checked),
            Some(chain) => self.continue_chain(&checked, &chain),
        }
    }

    /// The first push of an incarnation: its first link stands on nothing, or on one that is held.
    fn begin(&mut self, checked: &Checked<'_>) -> Result<Pushed, StorageError> {
        let device = checked.device.id;
        let prev = checked.push.prev;
        let place = if prev == Digest::ZERO { None } else { self.tx.find_link(device, prev)? };
        if prev != Digest::ZERO && place.is_none() {
            // The device finds this link in its own older incarnations, and pushes on from there.
            let newest = self.tx.chains(device)?.pop();
            return Ok(Pushed::refused(Refused::Gap, 0, newest.map(|chain| chain.last_link)));
        }
        let number = self.tx.begin_chain(device, checked.incarnation, prev, place)?;
        let chain = Chain { chain: number, last_seq: 0, last_link: prev, first_prev: prev, prev: place };
        self.extend_chain(checked, &chain, Vec::new())
    }

    fn continue_chain(&mut self, checked: &Checked<'_>, chain: &Chain) -> Result<Pushed, StorageError> {
        let from = checked.push.from_seq;
        let before = match from {
            1 => chain.first_prev,
            _ => self.tx.links(chain.chain, from - 1, from - 1)?.first().map_or(Digest::ZERO, |l| l.0.link),
        };
        let held = self.tx.links(chain.chain, from, checked.last_seq())?;
        let same = held.iter().zip(&checked.links).all(|((held, _), link)| held.link == *link);
        if before != checked.push.prev || !same {
            // Nothing of the push is stored; that two work under one name is.
            self.tx.note_fork(checked.device.id, self.now)?;
            return Ok(Pushed::refused(Refused::Fork, chain.last_seq, Some(chain.last_link)));
        }
        self.extend_chain(checked, chain, held.into_iter().map(|(_, outcome)| outcome).collect())
    }

    /// Takes in what lies behind the held prefix.
    fn extend_chain(
        &mut self,
        checked: &Checked<'_>,
        chain: &Chain,
        mut outcomes: Vec<OpOutcome>,
    ) -> Result<Pushed, StorageError> {
        let push = checked.push;
        let fresh = outcomes.len();
        let groups = Groups::of(push.bodies.iter().map(Vec::as_slice));
        for (at, (body, link)) in push.bodies.iter().zip(&checked.links).enumerate().skip(fresh) {
            let place = Place { chain: chain.chain, seq: push.from_seq + at as u64 };
            let from = if checked.proven { From::Device } else { From::Unproven };
            let taken = self.take_op(&from(checked.device, place), body, &groups)?;
            let (op, again) = (taken.outcome.pos, taken.again);
            self.tx.append_link(&Link { place, link: *link, op, again })?;
            outcomes.push(taken.outcome);
        }
        let wrote = outcomes.len() > fresh;
        let last_seq = chain.last_seq.max(checked.last_seq());
        if wrote {
            let head = Place { chain: chain.chain, seq: last_seq };
            self.tx.set_chain_head(head, checked.last(), &checked.sig)?;
        }
        Ok(Pushed {
            head: Some(Head { seq: last_seq, link: None }),
            refused: None,
            outcomes: Some(Outcomes::pack(push.from_seq, checked.last(), &outcomes)),
            wrote,
        })
    }
}
