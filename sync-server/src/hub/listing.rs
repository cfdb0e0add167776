//! What the console's lists are asked by, kept beside the records in the transaction that writes them.
//!
//! A job's row follows its steps, visits and cards; it and the job's pairs of characters are derived once a
//! transaction, however many ops it took. [`pairs`] and [`phrases`] are the two ends of a search.

use fieldcard_schema::id::{OrgId, UserId, unit_of_code};
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::job_state::JobState;
use uuid::Uuid;

use super::ledger::Ledger;
use super::sweep::is_over_at;
use crate::storage::lists::JobRow;
use crate::storage::records::StoredRecord;
use crate::storage::{Pk, StorageError};

/// Most words of a search that count.
const WORDS_MAX: usize = 4;

/// Records listed at a time when a store is opened that has none.
const CATCH_UP: usize = 500;

/// Stands between two texts: three characters, so that no pair is it and no phrase runs across.
const GAP: &str = "gap";

/// What the lists say of a job and is no longer right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stale {
    /// Where it stands.
    Row,
    /// That, and the words by which it is found.
    RowAndWords,
}

/// Letters and digits in lower case: what people say of a number, and of a name.
fn folded(text: &str) -> Vec<char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Texts as overlapping pairs of characters; the last character of each stands alone too.
pub fn pairs<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut all = String::new();
    for letters in texts.map(folded).filter(|letters| !letters.is_empty()) {
        for (at, letter) in letters.iter().enumerate() {
            all.push(*letter);
            all.extend(letters.get(at + 1));
            all.push(' ');
        }
        all.push_str(GAP);
        all.push(' ');
    }
    all
}

/// A search as phrases of pairs, one a word.
pub fn phrases(search: &str) -> Vec<String> {
    let words = search.split_whitespace().map(folded).filter(|letters| !letters.is_empty());
    let phrase = |letters: Vec<char>| match letters.as_slice() {
        [one] => format!("\"{one}\"*"),
        more => {
            let pairs: Vec<String> = more.windows(2).map(|pair| pair.iter().collect()).collect();
            format!("\"{}\"", pairs.join(" "))
        }
    };
    words.take(WORDS_MAX).map(phrase).collect()
}

/// Through whom or what a job belongs to a unit of the org tree: its lead's id; while nobody leads it, that of
/// the station which its import named (a station stands on it by the code of the office's own lists); else its
/// author's.
pub fn owner(org: OrgId, job: &RecordState) -> Uuid {
    let text = |field: &str| job.fields.get(field).and_then(|value| value.as_str());
    let lead = text("assignee").and_then(|id| id.parse::<UserId>().ok());
    let station = || text("station").map(|code| unit_of_code(org, code));
    lead.map(|lead| lead.0).or_else(station).unwrap_or(job.author.0)
}

/// The texts by which a record is found; none for a kind that nobody looks for.
fn texts(kind: &str, fields: &Fields) -> Option<Vec<String>> {
    let found: Vec<Option<String>> = match kind {
        Job::KIND => {
            let job = Job::from_fields(fields).unwrap_or_default();
            let texts = [job.number, job.site, job.contact_name, job.contact_phone, job.customer_name];
            texts.into_iter().chain([job.machine_serial, job.machine_model]).collect()
        }
        Customer::KIND => {
            let one = Customer::from_fields(fields).unwrap_or_default();
            let contacts = one.contacts.into_iter().flat_map(|contact| [contact.name, contact.phone]);
            let plates = one.plates.into_iter().map(Some);
            [one.code, one.name, one.phone, one.county].into_iter().chain(contacts).chain(plates).collect()
        }
        Machine::KIND => {
            let one = Machine::from_fields(fields).unwrap_or_default();
            let texts = [one.serial, one.model, one.frame_no, one.engine_no, one.plate, one.nickname];
            texts.into_iter().chain([one.site]).collect()
        }
        _ => return None,
    };
    Some(found.into_iter().flatten().collect())
}

impl Ledger<'_> {
    /// Notes what a written record changes in the lists.
    pub(super) fn note_listed(&mut self, record: &StoredRecord, job: Option<Pk>) -> Result<(), StorageError> {
        match record.state.kind.as_str() {
            Job::KIND => drop(self.relisted.insert(record.pk, Stale::RowAndWords)),
            "step" | "visit" | "card" => job.into_iter().for_each(|job| {
                self.relisted.entry(job).or_insert(Stale::Row);
            }),
            _ => self.word(record)?,
        }
        Ok(())
    }

    /// Writes the words by which a record is found.
    fn word(&mut self, record: &StoredRecord) -> Result<(), StorageError> {
        match texts(&record.state.kind, &record.state.fields) {
            Some(texts) => self.tx.put_pairs(record.pk, &pairs(texts.iter().map(String::as_str))),
            None => Ok(()),
        }
    }

    /// Writes the rows and words of the jobs that were noted.
    pub(super) fn write_listed(&mut self) -> Result<(), StorageError> {
        for (job, stale) in std::mem::take(&mut self.relisted) {
            // What was undone since is gone, and its row number may be another record's.
            let Some(record) = self.tx.record_at(job)?.filter(|record| record.state.kind == Job::KIND) else {
                continue;
            };
            if stale == Stale::RowAndWords {
                self.word(&record)?;
            }
            if record.state.void {
                self.tx.drop_job_row(job)?;
            } else {
                let row = self.job_row(&record)?;
                let was_over = self.tx.job_row(job)?.is_some_and(|before| is_over_at(&before.state));
                self.tx.put_job_row(job, &row)?;
                if was_over && !is_over_at(&row.state) {
                    self.bring_back(&record)?;
                }
            }
        }
        Ok(())
    }

    /// Lists what an older version of the program stored without.
    pub(super) fn catch_up_lists(&mut self) -> Result<(), StorageError> {
        loop {
            let unlisted = self.tx.unlisted(CATCH_UP)?;
            if unlisted.is_empty() {
                return Ok(());
            }
            for pk in unlisted {
                let record = self.tx.record_at(pk)?.ok_or(StorageError::Damaged("record"))?;
                self.note_listed(&record, None)?;
            }
            self.write_listed()?;
        }
    }

    fn job_row(&self, record: &StoredRecord) -> Result<JobRow, StorageError> {
        let job = Job::from_fields(&record.state.fields).unwrap_or_default();
        let fold = self.job_fold(record)?;
        let cards = self.tx.kind_of_job(record.pk, Card::KIND)?;
        let card = cards.iter().rfind(|card| !card.state.void);
        let said = |field| card.and_then(|card| Some(card.state.fields.get(field)?.as_str()?.to_owned()));
        let row = |rec| Ok::<_, StorageError>(self.tx.record(rec)?.map(|record| record.pk));
        let ms = |time: Option<fieldcard_schema::time::Timestamp>| time.map(|time| time.0);
        let rank = JobState::ALL.iter().position(|state| *state == fold.state).unwrap_or(0);
        Ok(JobRow {
            state: fold.state.code().to_owned(),
            rank: i64::try_from(rank).unwrap_or(0),
            since: ms(fold.since),
            owner: owner(self.config.org, &record.state),
            lead: job.assignee,
            day: ms(job.plan_from.or(job.due).or(job.reported_at)).unwrap_or(i64::MIN),
            due: ms(job.due.or(job.plan_to).or(job.plan_from)).unwrap_or(i64::MAX),
            number: job.number,
            customer: job.customer.map(row).transpose()?.flatten(),
            machine: job.machine.map(row).transpose()?.flatten(),
            card_how: said("how"),
            card_kind: said("card_kind"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_overlapping_pairs_that_do_not_run_into_each_other() {
        assert_eq!(pairs(["王五", "HCE-2"].into_iter()), "王五 五 gap hc ce e2 2 gap ");
        assert_eq!(pairs(["", "·"].into_iter()), "");
    }

    #[test]
    fn a_search_is_a_phrase_a_word_and_holds_no_operator() {
        assert_eq!(phrases("417"), ["\"41 17\""]);
        assert_eq!(phrases(" 王  22C·004 "), ["\"王\"*", "\"22 2c c0 00 04\""]);
        assert_eq!(phrases("\" OR * NEAR("), ["\"or\"", "\"ne ea ar\""]);
        assert!(phrases("·—").is_empty());
    }
}
