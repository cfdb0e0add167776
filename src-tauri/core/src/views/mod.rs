//! Read models: what each screen shows, as codes and facts. Labels and sentences belong to the screens.
//!
//! One screen a file. A view reads the stores and the engine's state, and changes nothing.

pub mod data_state;
pub mod jobs;
pub mod parts;
pub mod today;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::time::{ClockReading, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::ActionError;
use crate::ports::Ports;
use crate::store::Store;

/// What a view is made from.
pub struct Scene<'a> {
    /// The stores.
    pub store: &'a Store,
    /// The clock.
    pub ports: &'a Ports,
    /// What the engine is about.
    pub exchange: Exchange,
}

/// What the exchange with the office is about right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// A call that carries work is in flight.
    pub sending: bool,
    /// The last call reached the office, as far as we know.
    pub online: bool,
}

impl Scene<'_> {
    /// The clocks now.
    pub fn now(&self) -> ClockReading {
        self.ports.clock.read()
    }

    /// A moment with the zone it is shown in.
    pub fn time(&self, at: Timestamp) -> Time {
        Time { ms: at.0, zone: self.ports.clock.zone() }
    }

    /// When the office was last heard of.
    pub fn last_exchange(&self) -> Result<Option<Time>, ActionError> {
        let text = self.store.cache.state("last_exchange")?;
        Ok(text.and_then(|ms| ms.parse().ok()).map(|ms| self.time(Timestamp(ms))))
    }
}

/// UTC milliseconds and the zone in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Time {
    /// UTC milliseconds.
    pub ms: i64,
    /// IANA name or offset.
    pub zone: String,
}

/// What a screen asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Query {
    /// The pill.
    DataState,
    /// The home screen.
    Today,
    /// All jobs, or those that match.
    Jobs {
        /// What was typed; words that all have to be there.
        search: String,
        /// Most rows.
        limit: u32,
    },
    /// The catalogue, for a job's machine.
    Parts {
        /// The job.
        job: RecordId,
        /// What was typed.
        search: String,
        /// Most hits.
        limit: u32,
    },
    /// One job's row.
    Job {
        /// The job.
        job: RecordId,
    },
}

/// Answers a query.
pub(crate) fn answer(scene: &Scene<'_>, query: &Query) -> Result<serde_json::Value, ActionError> {
    let json = |view: serde_json::Result<serde_json::Value>| view.map_err(|_| ActionError::internal());
    match query {
        Query::DataState => json(serde_json::to_value(data_state::view(scene)?)),
        Query::Today => json(serde_json::to_value(today::view(scene)?)),
        Query::Jobs { search, limit } => json(serde_json::to_value(jobs::view(scene, search, *limit)?)),
        Query::Parts { job, search, limit } => {
            json(serde_json::to_value(parts::view(scene, *job, search, *limit)?))
        }
        Query::Job { job } => json(serde_json::to_value(jobs::one(scene, *job)?)),
    }
}
