//! The receipt of a job: the office's word that it holds the final card, every device's op and every blob.
//!
//! Looked at after each push and each stored blob, for the jobs that were touched. Late work gives another
//! receipt with the next number; the office's own ops count for nothing, so a receipt brings no further one.

use fieldcard_card::statement::{Receipt as Statement, ReceiptKind, Signed};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::op::Op;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::receipt::Receipt;
use fieldcard_schema::wire::error::ErrorCode;

use super::HubError;
use super::blobs::blobs_named;
use super::ledger::Ledger;
use super::office::{Actor, OfficeOp};
use crate::storage::blobs::BlobRef;
use crate::storage::records::StoredRecord;
use crate::storage::{Pk, StorageError};

/// The kind of card that ends a job.
const FINAL: &str = "final";

fn is_final(record: &StoredRecord) -> bool {
    let kind = record.state.fields.get("card_kind").and_then(|kind| kind.as_str());
    !record.state.void && kind == Some(FINAL)
}

impl Ledger<'_> {
    /// Notes that a job may be complete now.
    pub(super) fn touch(&mut self, job: Pk) {
        self.touched.insert(job);
    }

    /// Notes the jobs whose records name a blob.
    pub(super) fn touch_jobs_naming(&mut self, sha256: Digest) -> Result<(), StorageError> {
        for BlobRef { rec, .. } in self.tx.blob_refs(sha256)? {
            let Some(record) = self.tx.record_at(rec)? else { continue };
            let job = record.state.job.map(|job| self.tx.record(job)).transpose()?.flatten();
            self.touch(job.map_or(rec, |job| job.pk));
        }
        Ok(())
    }

    /// Gives every touched job that is complete its receipt.
    pub(super) fn issue_receipts(&mut self) -> Result<(), HubError> {
        for job in std::mem::take(&mut self.touched) {
            if self.tx.kind_of_job(job, Card::KIND)?.iter().any(is_final) {
                self.issue_receipt(job)?;
            }
        }
        Ok(())
    }

    fn issue_receipt(&mut self, job: Pk) -> Result<(), HubError> {
        let Some(held) = self.held_of(job)? else { return Ok(()) };
        let digest = Statement::digest_over(&held);
        let earlier = self.tx.kind_of_job(job, Receipt::KIND)?;
        let last = earlier.last().and_then(|receipt| Receipt::from_fields(&receipt.state.fields).ok());
        if last.is_some_and(|last| last.digest == Some(digest)) {
            return Ok(());
        }
        let job = self.tx.record_at(job)?.ok_or(StorageError::Damaged("job"))?.rec;
        let statement = Statement {
            v: 1,
            kind: ReceiptKind::Only,
            org: self.config.org,
            epoch: self.org_head()?.epoch,
            job,
            n: earlier.len() as u64 + 1,
            digest,
            at: self.now,
        };
        let set = self.receipt_of(&statement)?.to_fields();
        let rec = self.new_record_id();
        self.office(&Actor::org(self.config.org), vec![OfficeOp::create(Receipt::KIND, rec, Some(job), set)])
            .map(drop)
    }

    /// What the office holds of a job: bodies of the devices' ops and the blobs they name. None while a blob
    /// that any op names is missing.
    fn held_of(&self, job: Pk) -> Result<Option<Vec<Digest>>, StorageError> {
        let mut held = Vec::new();
        for stored in self.tx.ops_of_job(job)? {
            let named = Op::parse(&stored.body).map(|op| blobs_named(&op)).unwrap_or_default();
            for sha256 in &named {
                if self.tx.blob(*sha256)?.is_none() {
                    return Ok(None);
                }
            }
            if stored.sender.is_some() {
                held.push(stored.hash);
                held.extend(named);
            }
        }
        Ok(Some(held))
    }

    /// The statement as a record. Its canonical text stands in it as it was signed.
    fn receipt_of(&self, statement: &Statement) -> Result<Receipt, HubError> {
        let mut receipt = Receipt {
            job: Some(statement.job),
            n: i64::try_from(statement.n).ok(),
            digest: Some(statement.digest),
            code: Some(statement.code()),
            at: Some(statement.at),
            org: Some(statement.org),
            epoch: Some(statement.epoch.clone()),
            ..Receipt::default()
        };
        if let Some(key) = &self.config.org_signing {
            let signed = Signed::sign(statement, key).map_err(|_| ErrorCode::Internal)?;
            receipt.sig = Some(signed.seal.0);
            receipt.rest.insert("record".to_owned(), signed.record.into());
        }
        Ok(receipt)
    }
}
