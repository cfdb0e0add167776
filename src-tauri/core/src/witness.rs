//! What the keystore remembers of this store: where its chain of ops and its chain of cards ended.
//!
//! Written at the start, at each seal and after each acknowledgement; store first, then keystore. A store that
//! is behind it was restored or copied: it lives on as a new incarnation, and its cards go on behind the last one
//! that was ever sealed here, so that a card that went with the lost store leaves a gap and no second one in its
//! place. Never holds a secret.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::Incarnation;

use crate::enrolment;
use crate::ports::Ports;
use crate::store::{Store, StoreError};

const NAME: &str = "chain_witness";

/// A place in the chain of cards: the number of the last card and its hash.
type LastCard = (u64, Digest);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Witness {
    incarnation: Incarnation,
    seq: u64,
    link: Digest,
    lives: u32,
    /// None in what earlier versions wrote.
    card: Option<LastCard>,
}

impl Witness {
    /// As the store stands; none before enrolment.
    fn of(store: &Store) -> Result<Option<Self>, StoreError> {
        let Some(head) = store.outbox.chain_head()? else { return Ok(None) };
        let ident = |name| store.outbox.ident(name).unwrap_or_default();
        let card =
            (ident("card_seq").parse().unwrap_or(0), ident("card_prev").parse().unwrap_or(Digest::ZERO));
        let (incarnation, seq, link) = (head.incarnation, head.seq, head.link);
        Ok(Some(Self { incarnation, seq, link, lives: store.outbox.lives(), card: Some(card) }))
    }

    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let incarnation = words.next()?.parse().ok()?;
        let (seq, link) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let lives = words.next().and_then(|lives| lives.parse().ok()).unwrap_or(0);
        let card = words.next().zip(words.next());
        let card = card.and_then(|(seq, hash)| Some((seq.parse().ok()?, hash.parse().ok()?)));
        Some(Self { incarnation, seq, link, lives, card })
    }

    fn text(&self) -> String {
        let Self { incarnation, seq, link, lives, card } = self;
        let (card_seq, card) = card.unwrap_or((0, Digest::ZERO));
        format!("{incarnation} {seq} {link} {lives} {card_seq} {card}")
    }

    /// Whether `store` has all that stood here.
    fn is_in(&self, store: &Store, current: Incarnation) -> Result<bool, StoreError> {
        match self.seq {
            0 => Ok(self.incarnation == current || store.outbox.confirmed_seq(self.incarnation)? > 0),
            // What was pruned was held: no copy from before it has pruned it.
            seq if seq <= store.outbox.pruned(self.incarnation) => Ok(true),
            seq => Ok(store.outbox.link_at(self.incarnation, seq)? == Some(self.link)),
        }
    }
}

/// Writes where the chains end into the keystore.
pub(crate) fn remember(store: &Store, ports: &mut Ports) -> Result<(), StoreError> {
    let Some(witness) = Witness::of(store)? else { return Ok(()) };
    ports.keystore.put(NAME, witness.text().as_bytes()).map_err(|_| StoreError::Damaged("keystore"))
}

/// Removes it.
pub(crate) fn forget(ports: &mut Ports) -> Result<(), StoreError> {
    ports.keystore.remove(NAME).map_err(|_| StoreError::Damaged("keystore"))
}

/// At start: a keystore that is ahead of the store, or remembers another link or card, means that the store was
/// restored or copied; then a new incarnation begins.
pub(crate) fn check(store: &mut Store, ports: &mut Ports) -> Result<bool, StoreError> {
    let Some(now) = Witness::of(store)? else { return Ok(false) };
    let kept = ports.keystore.get(NAME).map_err(|_| StoreError::Damaged("keystore"))?;
    let kept = kept.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| Witness::read(&text));
    let Some(kept) = kept else {
        remember(store, ports)?;
        return Ok(false);
    };
    let newer_card = kept.card.filter(|card| now.card.is_none_or(|own| card.0 >= own.0 && *card != own));
    let agrees = newer_card.is_none() && kept.is_in(store, now.incarnation)?;
    if !agrees {
        let fresh = ports.incarnation();
        store.outbox.open_incarnation(fresh, false)?;
        // The same old copy may come back twice: what was used up in between is known here only.
        let lives = store.outbox.lives().max(kept.lives + 1);
        let mut ident = vec![("lives", lives.to_string())];
        if let Some((seq, hash)) = newer_card {
            ident.extend([("card_seq", seq.to_string()), ("card_prev", hash.to_string())]);
        }
        store.outbox.set_ident(&ident)?;
        enrolment::note_copy(store, ports.clock.read().wall())?;
    }
    remember(store, ports)?;
    Ok(!agrees)
}
