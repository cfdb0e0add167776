//! What the meters of a machine show: now on this visit, and last time.

use fieldcard_schema::decimal::Decimal;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::reading::Reading;
use fieldcard_schema::rules::meter::{Segment, effective};
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use ts_rs::TS;

use super::drafts::Drafts;
use super::item_state::ItemStates;
use super::machine::{entry_at, history_of};
use super::scene::{Scene, made_at};
use super::value::{DataState, TextField, Time};
use crate::error::ActionError;
use crate::job_file::{JobFile, as_record};
use crate::store::Seen;

/// What a meter showed at some time.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct LastValue {
    #[ts(type = "Decimal")]
    value: String,
    at: Time,
}

/// A meter that was replaced on this visit.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct ReplacedMeter {
    #[ts(type = "Id")]
    reading: RecordId,
    /// Last value of the meter that came out.
    #[ts(type = "Decimal | null")]
    old_value: Option<String>,
    /// First value of the one that went in.
    #[ts(type = "Decimal")]
    new_value: String,
    #[ts(type = "MeterReplacementReason | null")]
    reason: Option<String>,
    data: DataState,
}

/// One meter of a job's machine.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct ReadingRow {
    #[ts(type = "MeterKind")]
    meter: String,
    /// The machine's main meter: this job needs it, or a reason.
    required: bool,
    field: TextField,
    #[ts(type = "NoMeterReason | null")]
    missing_reason: Option<String>,
    last: Option<LastValue>,
    /// Lower than the last known value.
    below_last: bool,
    /// What was counted in all, where a replacement is known: the sum of the segments.
    #[ts(type = "Decimal | null")]
    effective: Option<String>,
    replaced: Option<ReplacedMeter>,
    data: DataState,
}

/// One value of the past.
pub(super) struct Known {
    pub(super) meter: String,
    pub(super) value: String,
    pub(super) at: Timestamp,
    reading: Option<RecordId>,
    segment: Segment,
}

/// The meters of a machine, the main one first.
pub(super) fn meters_of(machine: Option<&fieldcard_schema::record::machine::Machine>) -> Vec<String> {
    let known = machine.map(|machine| machine.meters.clone()).filter(|meters| !meters.is_empty());
    known.unwrap_or_else(|| vec!["hours".to_owned()])
}

/// Everything known of a machine's meters, the oldest first.
pub(super) fn known_of(scene: &Scene<'_>, machine: RecordId) -> Result<Vec<Known>, ActionError> {
    let offset = scene.ports.clock.offset_minutes();
    let mut known = Vec::new();
    for seen in scene.store.cache.readings_of(machine)?.iter().filter(|seen| !seen.state.void) {
        let reading = as_record::<Reading>(seen).filter(|reading| reading.machine == Some(machine));
        known.extend(reading.and_then(|reading| read(seen.rec, reading)));
    }
    let record = scene.store.cache.seen(machine)?;
    let main = meters_of(record.and_then(|seen| as_record(&seen)).as_ref()).swap_remove(0);
    for entry in history_of(scene, machine)?.entries {
        // The readings of a job that is here have been told above.
        if entry.job.map(|job| scene.store.cache.seen(job)).transpose()?.flatten().is_some() {
            continue;
        }
        let at = entry_at(&entry, offset);
        if let Some((value, at)) = entry.meter.zip(at)
            && let Some(number) = number(&value)
        {
            known.push(Known {
                meter: main.clone(),
                value,
                at,
                reading: None,
                segment: Segment::Read(number),
            });
        }
    }
    known.sort_by_key(|known| known.at);
    Ok(known)
}

/// One reading as something known; none without a value.
fn read(rec: RecordId, reading: Reading) -> Option<Known> {
    let (meter, value) = reading.meter.zip(reading.value)?;
    let counted = number(&value)?;
    let old = reading.old_value.as_deref().and_then(number);
    let segment = if reading.replaced { Segment::Replaced(old, counted) } else { Segment::Read(counted) };
    let at = reading.at.or(made_at(rec)).unwrap_or_default();
    Some(Known { meter, value, at, reading: Some(rec), segment })
}

/// What a meter has counted in all, where it is known to have been replaced.
pub(super) fn effective_of(known: &[Known], meter: &str) -> Option<String> {
    let segments: Vec<Segment> =
        known.iter().filter(|known| known.meter == meter).map(|known| known.segment).collect();
    let replaced = segments.iter().any(|segment| matches!(segment, Segment::Replaced(..)));
    replaced.then(|| effective(&segments)).flatten().map(|sum| sum.to_string())
}

/// The rows of a job: its machine's meters, and any other that was read on it.
pub(super) fn rows(
    scene: &Scene<'_>,
    states: &ItemStates,
    file: &JobFile,
    drafts: &Drafts,
) -> Result<Vec<ReadingRow>, ActionError> {
    let visit = file.work_visit().map(|visit| visit.visit);
    let mut own: Vec<(&Seen, Reading)> = file.all::<Reading>();
    own.retain(|(_, reading)| reading.visit == visit);
    let known = match file.fields.machine {
        Some(machine) => known_of(scene, machine)?,
        None => Vec::new(),
    };
    let mut meters = meters_of(file.machine.as_ref());
    for meter in own.iter().filter_map(|(_, reading)| reading.meter.clone()) {
        if !meters.contains(&meter) {
            meters.push(meter);
        }
    }
    let row = |(at, meter): (usize, &String)| {
        let of_meter = |replaced: bool| {
            own.iter().find(|(_, r)| r.meter.as_ref() == Some(meter) && r.replaced == replaced)
        };
        let (standing, replaced) = (of_meter(false), of_meter(true));
        // What was known before this one was read.
        let before = |one: &&Known| {
            let earlier =
                standing.is_none_or(|(seen, _)| one.reading.is_none_or(|reading| reading < seen.rec));
            one.meter == *meter && earlier
        };
        let last = known.iter().rfind(before);
        let value = standing.and_then(|(_, reading)| reading.value.clone());
        let below = |last: &Known| Some(number(value.as_deref()?)? < number(&last.value)?);
        ReadingRow {
            meter: meter.clone(),
            required: at == 0,
            below_last: last.and_then(below).unwrap_or(false),
            field: drafts.field(&format!("meter.{meter}"), value),
            effective: effective_of(&known, meter),
            missing_reason: standing.and_then(|(_, reading)| reading.reason.clone()),
            last: last.map(|last| LastValue { value: last.value.clone(), at: scene.time(last.at) }),
            replaced: replaced.map(|(seen, reading)| ReplacedMeter {
                reading: seen.rec,
                old_value: reading.old_value.clone(),
                new_value: reading.value.clone().unwrap_or_default(),
                reason: reading.replaced_because.clone(),
                data: states.of(seen.rec),
            }),
            data: standing.map_or(DataState::Held, |(seen, _)| states.of(seen.rec)),
        }
    };
    Ok(meters.iter().enumerate().map(row).collect())
}

fn number(text: &str) -> Option<Decimal> {
    text.parse().ok()
}
