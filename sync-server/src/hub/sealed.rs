//! What may no longer be struck out: a sealed card stays, and so does all that it shows. Devices refuse it
//! themselves; this is for the one that does not, and for two that did not know of each other.

use fieldcard_schema::merge::Why;
use fieldcard_schema::op::{Act, Op, Origin};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::countersign::Countersign;
use serde_json::Value;

use super::ledger::Ledger;
use crate::storage::StorageError;
use crate::storage::records::StoredRecord;

impl Ledger<'_> {
    /// Why `op` may not strike the record out, if that is what it does: only its author may, and only until a
    /// card that shows it is sealed. After that there are amendments.
    pub(super) fn void_refused(
        &self,
        op: &Op,
        before: Option<&StoredRecord>,
        job: Option<&StoredRecord>,
    ) -> Result<Option<Why>, StorageError> {
        let strikes = op.act == Act::Void && op.set.get("void") == Some(&Value::Bool(true));
        let Some(before) = before.filter(|_| strikes) else { return Ok(None) };
        if self.is_sealed(before, job)? {
            return Ok(Some(Why::Impossible));
        }
        let foreign = matches!(op.device, Origin::Device(_)) && before.state.author != op.user;
        Ok(foreign.then_some(Why::NotYours))
    }

    /// Whether the record is a card or countersign, is shown by a card, or is what a card is about.
    fn is_sealed(&self, record: &StoredRecord, job: Option<&StoredRecord>) -> Result<bool, StorageError> {
        if [Card::KIND, Countersign::KIND].contains(&record.state.kind.as_str()) {
            return Ok(true);
        }
        let Some(job) = job else { return Ok(false) };
        let cards = self.tx.kind_of_job(job.pk, Card::KIND)?;
        let shown = |card: &StoredRecord| {
            let card = Card::from_fields(&card.state.fields).unwrap_or_default();
            card.visit == Some(record.rec) || card.shows.contains(&record.rec)
        };
        Ok(cards.iter().any(shown) || (record.pk == job.pk && !cards.is_empty()))
    }
}
