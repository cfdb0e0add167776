//! What leaves by itself, each night: work that is over leaves the phones, and the feed forgets what left long ago.
//!
//! ```text
//! a job that is over for 30 days ... leaves its people, with all that hangs on it; late work on it still counts
//! it goes on after all ............. comes back to them
//! left or struck out for 180 days .. the feed forgets it, and the audience's floor rises there
//! ```
//!
//! A device that stands below a floor may hold what left: its page tells it to compare ([`super::pull`]).

use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;

use super::Hub;
use super::audiences::{Right, people_of};
use super::ledger::Ledger;
use crate::storage::records::StoredRecord;
use crate::storage::{Pk, StorageError};

/// How long a job that is over stays with its people, in ms.
const SCOPE_MS: i64 = 30 * Timestamp::DAY;

/// How long the feed tells what left, in ms.
const CLOSURE_MS: i64 = 180 * Timestamp::DAY;

/// Jobs of one turn: others wait for the writer's thread meanwhile.
const TURN: usize = 100;

/// Where nothing is left for a job's people to do.
const OVER: [JobState; 6] = [
    JobState::SolvedByPhone,
    JobState::Approved,
    JobState::Closed,
    JobState::Cancelled,
    JobState::NotRepaired,
    JobState::Merged,
];

/// Whether a job in the state with this code is over for its people.
pub(super) fn is_over_at(code: &str) -> bool {
    OVER.iter().any(|state| state.code() == code)
}

impl Hub {
    /// One turn of the sweep. `true`: there is more to do, another turn may follow at once.
    pub fn sweep(&mut self) -> Result<bool, ApiError> {
        self.write(|ledger| {
            let over = OVER.map(JobState::code);
            let jobs = ledger.tx.jobs_over(&over, ledger.now.plus(-SCOPE_MS).0, TURN)?;
            jobs.iter().try_for_each(|job| ledger.send_away(*job))?;
            if jobs.len() == TURN {
                return Ok(true);
            }
            ledger.forget_closures()?;
            Ok(false)
        })
    }
}

impl Ledger<'_> {
    fn send_away(&mut self, job: Pk) -> Result<(), StorageError> {
        let record = self.tx.record_at(job)?.ok_or(StorageError::Damaged("job_line"))?;
        let holdings = self.tx.holdings(job)?;
        for one in holdings.iter().filter(|one| one.until.is_none()) {
            self.leave(&record, one.audience)?;
        }
        // What its author was told of it for his own sake goes with it.
        for hanging in self.tx.records_of_job(job)? {
            for one in self.tx.holdings(hanging.pk)?.iter().filter(|one| one.until.is_none()) {
                self.release(hanging.pk, one.audience, one.via)?;
            }
        }
        Ok(())
    }

    /// A job that was over goes on: whoever is on it gets it back, if the sweep had taken it away.
    pub(super) fn bring_back(&mut self, job: &StoredRecord) -> Result<(), StorageError> {
        let mut people = people_of(&job.state.fields);
        if people.is_empty() && self.right(job.state.author, job.pk)? > Right::Never {
            people.insert(job.state.author);
        }
        for user in people {
            let audience = self.audience_of(user)?;
            let holdings = self.tx.holdings(job.pk)?;
            if !holdings.iter().any(|one| one.audience == audience && one.until.is_none()) {
                self.enter(job, audience)?;
            }
        }
        Ok(())
    }

    fn forget_closures(&mut self) -> Result<(), StorageError> {
        if let Some(pos) = self.tx.head_at(self.now.plus(-CLOSURE_MS))? {
            self.tx.forget_closures(pos)?;
        }
        let head = self.org_head()?.head;
        self.tx.note_head(self.now, head)
    }
}
