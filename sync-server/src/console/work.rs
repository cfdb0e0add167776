//! The work of a job: faults, readings, photos, notes, charges. What was replaced: [`super::parts`].

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::charge::Charge;
use fieldcard_schema::record::fault::{Dtc, Fault};
use fieldcard_schema::record::note::Note;
use fieldcard_schema::record::photo::Photo;
use fieldcard_schema::record::reading::Reading;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;
use serde::Serialize;
use ts_rs::TS;

use super::scene::{JobFile, Scene, said};
use super::value::{BlobRef, Money, PersonRef};
use crate::storage::records::StoredRecord;

/// One fault.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FaultView {
    /// Its record.
    #[ts(type = "Id")]
    pub fault: RecordId,
    /// The main one.
    pub main: bool,
    /// What was to be seen or heard.
    pub phenomenon: String,
    /// Where in the machine.
    pub place: String,
    /// Why.
    pub cause: String,
    /// What was done about it.
    pub action: String,
    /// Codes of the controller: `SPN 3251 FMI 0`, or as the display shows it.
    pub codes: Vec<String>,
    /// Taken back.
    pub void: bool,
}

/// One meter reading.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReadingView {
    /// Its record.
    #[ts(type = "Id")]
    pub reading: RecordId,
    /// On which visit.
    #[ts(type = "Id | null")]
    pub visit: Option<RecordId>,
    /// Which meter.
    #[ts(type = "MeterKind | null")]
    pub meter: Option<String>,
    /// What it showed; null when it could not be read.
    #[ts(type = "Decimal | null")]
    pub value: Option<String>,
    /// The meter was replaced: `value` is the new one's first.
    pub replaced: bool,
    /// The last value of the old one.
    #[ts(type = "Decimal | null")]
    pub old_value: Option<String>,
    /// The photo that shows it.
    #[ts(type = "Id | null")]
    pub photo: Option<RecordId>,
    /// Why there is no value.
    #[ts(type = "NoMeterReason | null")]
    pub reason: Option<String>,
    /// Who read it.
    pub by: PersonRef,
    /// Taken back.
    pub void: bool,
}

/// One photo.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PhotoView {
    /// Its record.
    #[ts(type = "Id")]
    pub photo: RecordId,
    /// When in the work.
    #[ts(type = "PhotoPhase | null")]
    pub phase: Option<String>,
    /// The picture; null when the record names none.
    pub blob: Option<BlobRef>,
    /// Pixels.
    pub width: Option<i64>,
    /// Pixels.
    pub height: Option<i64>,
    /// The record that it shows.
    #[ts(type = "Id | null")]
    pub of: Option<RecordId>,
    /// On which visit.
    #[ts(type = "Id | null")]
    pub visit: Option<RecordId>,
    /// When, by the device's clock.
    #[ts(type = "Ms | null")]
    pub taken_at: Option<Timestamp>,
    /// What there is to see.
    pub note: String,
    /// Who took it.
    pub by: PersonRef,
    /// Taken back.
    pub void: bool,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct NoteView {
    /// Its record.
    #[ts(type = "Id")]
    pub note: RecordId,
    /// The words.
    pub text: String,
    /// Who wrote them.
    pub by: PersonRef,
    /// When, by that person's clock.
    #[ts(type = "Ms | null")]
    pub at: Option<Timestamp>,
    /// Taken back.
    pub void: bool,
}

/// One line of cost.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ChargeView {
    /// Its record.
    #[ts(type = "Id")]
    pub charge: RecordId,
    /// What kind.
    #[ts(type = "ChargeCode | null")]
    pub code: Option<String>,
    /// What it is for.
    pub label: String,
    /// How many.
    #[ts(type = "Decimal | null")]
    pub qty: Option<String>,
    /// Price of one.
    pub unit_price: Option<Money>,
    /// What it comes to.
    pub amount: Option<Money>,
    /// Who pays.
    #[ts(type = "Payer | null")]
    pub payer: Option<String>,
    /// Who agreed before the work; null when nobody did.
    pub agreed_by: Option<String>,
    /// When.
    #[ts(type = "Ms | null")]
    pub agreed_at: Option<Timestamp>,
    /// Taken back.
    pub void: bool,
}

/// Faults, the main one first.
pub fn faults(file: &JobFile) -> Vec<FaultView> {
    let view = |(record, fault): (&StoredRecord, Fault)| FaultView {
        fault: record.rec,
        main: fault.main,
        phenomenon: said(fault.phenomenon),
        place: said(fault.place),
        cause: said(fault.cause),
        action: said(fault.action),
        codes: fault.codes.iter().map(code_of).collect(),
        void: record.state.void,
    };
    let mut faults: Vec<FaultView> = file.all::<Fault>().into_iter().map(view).collect();
    faults.sort_by_key(|fault| (fault.void, !fault.main));
    faults
}

fn code_of(code: &Dtc) -> String {
    match (code.spn, code.fmi, &code.text) {
        (Some(spn), Some(fmi), _) => format!("SPN {spn} FMI {fmi}"),
        (Some(spn), None, _) => format!("SPN {spn}"),
        (None, _, text) => said(text.clone()),
    }
}

/// An amount, where there is one.
pub fn money(minor: Option<i64>, currency: Option<&String>) -> Option<Money> {
    Some(Money { minor: minor?, currency: currency.map_or("CNY", String::as_str).to_owned() })
}

/// Meter readings, as they came.
pub fn readings(scene: &Scene<'_>, file: &JobFile) -> Vec<ReadingView> {
    let view = |(record, reading): (&StoredRecord, Reading)| ReadingView {
        reading: record.rec,
        visit: reading.visit,
        meter: reading.meter,
        value: reading.value,
        replaced: reading.replaced,
        old_value: reading.old_value,
        photo: reading.photo,
        reason: reading.reason,
        by: scene.person(record.state.author),
        void: record.state.void,
    };
    file.all::<Reading>().into_iter().map(view).collect()
}

/// Photos, as they came.
pub fn photos(scene: &Scene<'_>, file: &JobFile) -> Result<Vec<PhotoView>, ApiError> {
    let view = |(record, photo): (&StoredRecord, Photo)| {
        let size = photo.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
        Ok(PhotoView {
            photo: record.rec,
            phase: photo.phase,
            blob: photo.sha256.map(|sha256| scene.blob(sha256, size)).transpose()?,
            width: photo.width,
            height: photo.height,
            of: photo.of,
            visit: photo.visit,
            taken_at: photo.taken_at,
            note: said(photo.note),
            by: scene.person(record.state.author),
            void: record.state.void,
        })
    };
    file.all::<Photo>().into_iter().map(view).collect()
}

/// Notes, as they came.
pub fn notes(scene: &Scene<'_>, file: &JobFile) -> Result<Vec<NoteView>, ApiError> {
    let view = |(record, note): (&StoredRecord, Note)| {
        Ok(NoteView {
            note: record.rec,
            text: said(note.text),
            by: scene.person(record.state.author),
            at: scene.made(record)?.1,
            void: record.state.void,
        })
    };
    file.all::<Note>().into_iter().map(view).collect()
}

/// Costs, as they came.
pub fn charges(file: &JobFile) -> Vec<ChargeView> {
    let view = |(record, charge): (&StoredRecord, Charge)| ChargeView {
        charge: record.rec,
        code: charge.code,
        label: said(charge.label),
        qty: charge.qty,
        unit_price: money(charge.unit_price, charge.currency.as_ref()),
        amount: money(charge.amount, charge.currency.as_ref()),
        payer: charge.payer,
        agreed_by: charge.agreed_by.filter(|_| charge.agreed),
        agreed_at: charge.agreed_at,
        void: record.state.void,
    };
    file.all::<Charge>().into_iter().map(view).collect()
}
