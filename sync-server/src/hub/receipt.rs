//! The receipt of a job: the org's signature over everything that devices made for it and that is stored.
//!
//! Issued when the final card's op and every blob that a stored op of the job names are stored; late work
//! issues the next. Office ops and receipts themselves do not count. What the digest
//! covers is said in docs/service-card.md.

use std::collections::BTreeSet;

use ed25519_dalek::SigningKey;
use fieldcard_card::Signed;
use fieldcard_card::statement::{Receipt as Statement, ReceiptKind};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::UserId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::receipt::Receipt;
use fieldcard_schema::rules::role::Roles;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::HubError;
use super::ledger::Ledger;
use super::office::{Actor, OfficeOp};
use crate::storage::records::StoredRecord;
use crate::storage::{Pk, StorageError};

impl Ledger<'_> {
    /// Issues the receipts that the work of this transaction has made due.
    pub(super) fn issue_receipts(&mut self) -> Result<(), HubError> {
        let jobs: BTreeSet<Pk> = std::mem::take(&mut self.touched_jobs);
        let Some(key) = self.config.org_signing.clone() else { return Ok(()) };
        for job in jobs {
            let held = self.held_of_job(job)?;
            let job = self.tx.record_at(job)?.ok_or(StorageError::Damaged("job"))?;
            if let Some(held) = held {
                self.issue(&job, &held, &key)?;
            }
        }
        Ok(())
    }

    /// Jobs of the records that name a blob: its storing may have made their receipts due.
    pub(super) fn touch_jobs_of_blob(&mut self, sha256: Digest) -> Result<(), StorageError> {
        for rec in self.tx.blob_refs(sha256)? {
            let job = self.tx.record_at(rec)?.and_then(|record| record.state.job);
            let job = job.map(|job| self.tx.record(job)).transpose()?.flatten();
            self.touched_jobs.extend(job.map(|job| job.pk));
        }
        Ok(())
    }

    /// Hashes of the device ops of a job and of the blobs they name, when the final card is there and every
    /// blob is stored; else none.
    fn held_of_job(&self, job: Pk) -> Result<Option<Vec<Digest>>, StorageError> {
        let is_final = |record: &StoredRecord| {
            let card = Card::from_fields(&record.state.fields);
            !record.state.void && card.is_ok_and(|card| card.card_kind.as_deref() == Some("final"))
        };
        if !self.tx.kind_of_job(job, Card::KIND)?.iter().any(is_final) {
            return Ok(None);
        }
        let blobs = self.tx.blobs_of_job(job)?;
        if blobs.iter().any(|(_, stored)| !stored) {
            return Ok(None);
        }
        let ops = self.tx.ops_of_job(job)?.into_iter().filter(|op| op.sender.is_some()).map(|op| op.hash);
        Ok(Some(ops.chain(blobs.into_iter().map(|(sha256, _)| sha256)).collect()))
    }

    fn issue(&mut self, job: &StoredRecord, held: &[Digest], key: &SigningKey) -> Result<(), HubError> {
        let digest = Statement::digest_over(held);
        let last = self.tx.kind_of_job(job.pk, Receipt::KIND)?.pop();
        let fields = last.as_ref().and_then(|last| Receipt::from_fields(&last.state.fields).ok());
        let fields = fields.unwrap_or_default();
        let epoch = self.org_head()?.epoch;
        if fields.digest == Some(digest) && fields.epoch.as_ref() == Some(&epoch) {
            return Ok(());
        }
        let n = fields.n.unwrap_or(0) + 1;
        let statement = Statement {
            v: 1,
            kind: ReceiptKind::Only,
            org: self.config.org,
            epoch: epoch.clone(),
            job: job.rec,
            n: u64::try_from(n).unwrap_or(1),
            digest,
            at: self.now,
        };
        let signed = Signed::sign(&statement, key).map_err(|_| ApiError::from(ErrorCode::Internal))?;
        let record = Receipt {
            job: Some(job.rec),
            n: Some(n),
            digest: Some(digest),
            code: Some(statement.code()),
            at: Some(self.now),
            org: Some(self.config.org),
            epoch: Some(epoch),
            sig: Some(signed.seal.0),
            ..Receipt::default()
        };
        let op = match last {
            Some(last) => OfficeOp::set(Receipt::KIND, last.rec, record.to_fields(), None),
            None => OfficeOp::create(Receipt::KIND, self.new_record_id(), Some(job.rec), record.to_fields()),
        };
        // The org itself acts: nobody in the office had a hand in it.
        let actor = Actor { user: UserId(self.config.org.0), roles: Roles::NONE };
        self.office(&actor, vec![op]).map(drop)
    }
}
