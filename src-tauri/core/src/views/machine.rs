//! A machine with its archive: what it is, what its meters showed, what was done to it before.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::record::machine_history::{HistoryEntry, MachineHistory};
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use ts_rs::TS;

use super::campaigns::{OpenCampaign, open_on};
use super::readings::{effective_of, known_of, meters_of};
use super::scene::Scene;
use super::value::{MeterValue, Place, Time};
use crate::day;
use crate::error::{ActionError, ErrorCode};
use crate::job_file::as_record;
use crate::store::job_list::MachineLine;

/// One earlier card in short.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct HistoryRow {
    at: Time,
    number: String,
    technician: String,
    meter: Option<MeterValue>,
    fault: String,
    parts: Vec<String>,
    #[ts(type = "JobType | null")]
    job_type: Option<String>,
}

/// What a meter showed last.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct MeterRow {
    #[ts(type = "MeterKind")]
    meter: String,
    #[ts(type = "Decimal")]
    value: String,
    at: Time,
    /// What it counted in all, where it is known to have been replaced.
    #[ts(type = "Decimal | null")]
    effective: Option<String>,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct MachineView {
    machine: MachineLine,
    engine: Option<String>,
    frame: Option<String>,
    customer: String,
    place: Place,
    #[ts(type = "Day | null")]
    delivered: Option<String>,
    meters: Vec<MeterRow>,
    /// Open on it, and not carried out.
    campaigns: Vec<OpenCampaign>,
    history: Vec<HistoryRow>,
}

/// What the office derived of a machine's past, the newest first.
pub(super) fn history_of(scene: &Scene<'_>, machine: RecordId) -> Result<MachineHistory, ActionError> {
    let found = scene.store.cache.histories_of(machine)?;
    let history = found.iter().filter(|seen| !seen.state.void).find_map(as_record::<MachineHistory>);
    Ok(history.unwrap_or_default())
}

/// When the work of an entry was signed off.
pub(super) fn entry_at(entry: &HistoryEntry, offset_minutes: i32) -> Option<Timestamp> {
    entry.at.or_else(|| day::begins(entry.date.as_deref()?, offset_minutes))
}

/// Entries as rows.
pub(super) fn history_rows(
    scene: &Scene<'_>,
    entries: Vec<HistoryEntry>,
    machine: Option<&Machine>,
) -> Vec<HistoryRow> {
    let offset = scene.ports.clock.offset_minutes();
    let main = meters_of(machine).swap_remove(0);
    let row = |entry: HistoryEntry| HistoryRow {
        at: scene.time(entry_at(&entry, offset).unwrap_or_default()),
        number: entry.job_number.unwrap_or_default(),
        technician: entry.technician.unwrap_or_default(),
        meter: entry.meter.map(|value| MeterValue { meter: main.clone(), value }),
        fault: entry.fault.unwrap_or_default(),
        parts: entry.parts,
        job_type: entry.job_type,
    };
    entries.into_iter().map(row).collect()
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, rec: RecordId) -> Result<MachineView, ActionError> {
    let seen = scene.store.cache.seen(rec)?.filter(|seen| !seen.state.void).ok_or(ErrorCode::NotFound)?;
    let machine = as_record::<Machine>(&seen).ok_or(ErrorCode::NotFound)?;
    let known = known_of(scene, rec)?;
    let history = history_of(scene, rec)?;
    let line = MachineLine {
        machine: Some(rec),
        model: machine.model.clone().unwrap_or_default(),
        serial: machine.serial.clone().unwrap_or_default(),
        nickname: machine.nickname.clone(),
    };
    let last = |meter: String| {
        let last = known.iter().rfind(|known| known.meter == meter)?;
        let effective = effective_of(&known, &meter);
        Some(MeterRow { meter, value: last.value.clone(), at: scene.time(last.at), effective })
    };
    Ok(MachineView {
        meters: meters_of(Some(&machine)).into_iter().filter_map(last).collect(),
        campaigns: open_on(scene, Some(&line), &|number| history.has_done(number))?,
        history: history_rows(scene, history.entries, Some(&machine)),
        customer: scene.customer(machine.customer)?.and_then(|customer| customer.name).unwrap_or_default(),
        machine: line,
        engine: machine.engine_no,
        frame: machine.frame_no,
        place: Place { name: machine.site.unwrap_or_default() },
        delivered: machine.delivered_on,
    })
}
