//! What meters show. One reading a meter and visit, amended; a replaced meter is an event of its own.

pub mod replace_meter;
pub mod set;
pub mod void;

use fieldcard_schema::decimal::Decimal;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::reading::Reading;

use super::scene::Scene;
use super::{ActionError, ErrorCode};
use crate::job_file::JobFile;
use crate::store::Seen;

/// The visit, machine and meter that a reading belongs to.
struct Subject {
    file: JobFile,
    meter: String,
}

impl Subject {
    fn of(scene: &Scene<'_>, job: RecordId, meter: String) -> Result<Self, ActionError> {
        scene.check_word("meters", &meter, "meter")?;
        Ok(Self { file: scene.job_file(Some(job))?, meter })
    }

    fn visit(&self) -> Option<RecordId> {
        self.file.work_visit().map(|visit| visit.visit)
    }

    fn blank(&self) -> Reading {
        Reading {
            machine: self.file.fields.machine,
            visit: self.visit(),
            meter: Some(self.meter.clone()),
            ..Reading::default()
        }
    }

    /// The reading of this visit, if there is one.
    fn standing(&self) -> Option<Seen> {
        let readings = self.file.all::<Reading>();
        let own = |reading: &Reading| {
            reading.visit == self.visit()
                && reading.meter.as_deref() == Some(&self.meter)
                && !reading.replaced
        };
        readings.into_iter().find(|(_, reading)| own(reading)).map(|(seen, _)| seen.clone())
    }

    /// Name of its draft on the job.
    fn draft(&self) -> String {
        format!("meter.{}", self.meter)
    }
}

/// A meter's value in its one spelling; never below zero.
fn value(typed: &str, field: &str) -> Result<String, ActionError> {
    match typed.trim().parse::<Decimal>() {
        Ok(value) if value >= Decimal::ZERO => Ok(value.to_string()),
        _ => Err(ActionError::field(ErrorCode::InvalidValue, field)),
    }
}
