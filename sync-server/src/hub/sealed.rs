//! What a seal holds fast: a sealed card is never touched again, and nothing that it shows is struck out. Devices
//! refuse it themselves; this is for the one that does not, and for two that did not know of each other.

use fieldcard_schema::merge::Why;
use fieldcard_schema::op::{Act, Op, Origin};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::countersign::Countersign;
use serde_json::Value;

use super::ledger::Ledger;
use crate::storage::StorageError;
use crate::storage::records::StoredRecord;

/// The kinds that are a seal: made once, and nothing else ever happens to them, not even from the office.
const SEALS: [&str; 2] = [Card::KIND, Countersign::KIND];

impl Ledger<'_> {
    /// Why `op` may not change the record as it would. A card or countersign is never changed: there are
    /// amending cards. Any other record is struck out and brought back by its author alone, and not struck out
    /// once a card that shows it is sealed.
    pub(super) fn seal_refuses(
        &self,
        op: &Op,
        before: Option<&StoredRecord>,
        job: Option<&StoredRecord>,
    ) -> Result<Option<Why>, StorageError> {
        let Some(before) = before.filter(|_| op.act != Act::Create) else { return Ok(None) };
        if SEALS.contains(&before.state.kind.as_str()) {
            return Ok(Some(Why::Impossible));
        }
        if op.act != Act::Void {
            return Ok(None);
        }
        let strikes = op.set.get("void") == Some(&Value::Bool(true));
        if strikes && self.is_sealed(before, job)? {
            return Ok(Some(Why::Impossible));
        }
        let foreign = matches!(op.device, Origin::Device(_)) && before.state.author != op.user;
        Ok(foreign.then_some(Why::NotYours))
    }

    /// Whether a card shows the record, or is about it.
    fn is_sealed(&self, record: &StoredRecord, job: Option<&StoredRecord>) -> Result<bool, StorageError> {
        let Some(job) = job else { return Ok(false) };
        let cards = self.tx.kind_of_job(job.pk, Card::KIND)?;
        let shown = |card: &StoredRecord| {
            Card::from_fields(&card.state.fields).unwrap_or_default().holds_fast(record.rec)
        };
        Ok(cards.iter().any(shown) || (record.pk == job.pk && !cards.is_empty()))
    }
}
