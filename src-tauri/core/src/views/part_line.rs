//! Replacements as the screens show them: old out, new in, what becomes of the old one, their photos.

use fieldcard_schema::decimal::Decimal;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::old_part::OldPart as OldPartRecord;
use fieldcard_schema::record::part_line::PartLine as LineRecord;
use fieldcard_schema::record::photo::Photo;
use fieldcard_schema::record::van_stock::VanStock;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::completeness::Requirement;
use fieldcard_schema::rules::old_part::{Disposition, Payer, allows};
use fieldcard_schema::rules::photo_set::PhotoNeed;
use serde::Serialize;
use ts_rs::TS;

use super::drafts::Drafts;
use super::item_state::ItemStates;
use super::photo::{PhotoSet, hint, set};
use super::scene::Scene;
use super::value::{DataState, TextField};
use crate::error::{ActionError, ErrorCode};
use crate::job_file::{JobFile, as_record};
use crate::store::Seen;

/// The part that went in.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct FittedPart {
    #[ts(type = "PartSource | null")]
    source: Option<String>,
    serial: TextField,
    /// What is left of it in his van once this line is counted; may be below zero.
    #[ts(type = "Decimal | null")]
    van_left: Option<String>,
}

/// The part that came out.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct OldPart {
    #[serde(rename = "old_part")]
    #[ts(type = "Id")]
    rec: RecordId,
    /// Without spaces; screens group it by four.
    tag: String,
    /// The lost tag that it stands for.
    replaces_tag: Option<String>,
    serial: TextField,
    note: TextField,
    #[ts(type = "Disposition | null")]
    disposition: Option<String>,
    /// By when it has to be where it goes; null where the office has not said.
    #[ts(type = "Day | null")]
    due_on: Option<String>,
    /// Empty where policy decides; the choices where the customer paid.
    #[ts(type = "Disposition[]")]
    choices: Vec<&'static str>,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[expect(clippy::struct_excessive_bools, reason = "four facts of a line that know nothing of each other")]
pub(crate) struct PartLine {
    #[ts(type = "Id")]
    line: RecordId,
    /// Empty when nobody knows it.
    number: String,
    name: String,
    /// A code of the units, or the catalogue's own word.
    unit: String,
    in_catalogue: bool,
    #[ts(type = "Decimal")]
    quantity: String,
    serialised: bool,
    /// Used up by the repair: nothing comes out.
    auxiliary: bool,
    main_fault: bool,
    #[ts(type = "Payer | null")]
    payer: Option<String>,
    /// Why one side is empty.
    #[ts(type = "OneSidedReason | null")]
    one_sided: Option<String>,
    fitted: Option<FittedPart>,
    old: Option<OldPart>,
    photos: Vec<PhotoSet>,
    data: DataState,
}

/// One replacement on a screen of its own.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct PartLineView {
    #[ts(type = "Id")]
    job: RecordId,
    number: String,
    line: PartLine,
    can_edit: bool,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, line: RecordId) -> Result<PartLineView, ActionError> {
    let seen = scene.store.cache.seen(line)?.filter(|seen| !seen.state.void).ok_or(ErrorCode::NotFound)?;
    let job = seen.state.job.ok_or(ErrorCode::NotFound)?;
    let file = scene.file(job)?;
    let states = ItemStates::read(scene)?;
    let found = rows(scene, &states, &file)?.into_iter().find(|row| row.line == line);
    Ok(PartLineView {
        job,
        number: file.fields.number.clone().unwrap_or_default(),
        line: found.ok_or(ErrorCode::NotFound)?,
        can_edit: file.can_edit(),
    })
}

/// The lines of a job as they were added.
pub(super) fn rows(
    scene: &Scene<'_>,
    states: &ItemStates,
    file: &JobFile,
) -> Result<Vec<PartLine>, ActionError> {
    let lacking = file.missing().into_iter().filter(|missing| missing.code == Requirement::Photo);
    let look = Look {
        scene,
        states,
        photos: file.all(),
        olds: file.all(),
        van: van(scene)?,
        wanted: &file.photo_set,
        lacking: lacking.map(|missing| missing.field).collect(),
    };
    file.all::<LineRecord>().into_iter().map(|(seen, line)| look.row(seen, line)).collect()
}

fn van(scene: &Scene<'_>) -> Result<Vec<VanStock>, ActionError> {
    let me = scene.me()?;
    let stock = scene.store.cache.of_kind("van_stock")?;
    let stock = stock.iter().filter_map(as_record::<VanStock>);
    Ok(stock.filter(|stock| stock.person == Some(me)).collect())
}

/// What the rows of one job are made from.
struct Look<'a> {
    scene: &'a Scene<'a>,
    states: &'a ItemStates,
    photos: Vec<(&'a Seen, Photo)>,
    olds: Vec<(&'a Seen, OldPartRecord)>,
    van: Vec<VanStock>,
    /// What the brand wants.
    wanted: &'a [PhotoNeed],
    /// Phases of which the job as a whole has too few.
    lacking: Vec<String>,
}

impl Look<'_> {
    fn row(&self, seen: &Seen, line: LineRecord) -> Result<PartLine, ActionError> {
        let drafts = Drafts::of(self.scene, seen.rec)?;
        let fitted = line.in_name.is_some() || line.in_part.is_some();
        let old = self.olds.iter().find(|(_, old)| old.part_line == Some(seen.rec));
        let old_rec = old.map(|(old, _)| old.rec);
        let new = |of| of == Some(seen.rec);
        let came_out = |of: Option<RecordId>| of.is_some() && of == old_rec;
        let mut photos = Vec::new();
        if fitted {
            photos.push(self.set("new_part", &new));
        }
        if old.is_some() {
            photos.push(self.set("old_part", &came_out));
        }
        let data = old_rec.map_or(DataState::Held, |old| self.states.of(old)).max(self.states.of(seen.rec));
        Ok(PartLine {
            line: seen.rec,
            fitted: fitted.then(|| FittedPart {
                source: line.source.clone(),
                serial: drafts.field("serial", line.in_serial.clone()),
                van_left: self.van_left(&line),
            }),
            old: old.map(|(old, fields)| self.old(old, fields, &line)).transpose()?,
            photos,
            data,
            number: line.in_part.or(line.out_part).unwrap_or_default(),
            name: line.in_name.or(line.out_name).unwrap_or_default(),
            unit: line.unit.unwrap_or_else(|| "piece".into()),
            in_catalogue: line.catalogue.is_some(),
            quantity: line.in_qty.or(line.out_qty).unwrap_or_default(),
            serialised: line.serialised,
            auxiliary: line.auxiliary,
            main_fault: line.main_part,
            payer: line.payer,
            one_sided: line.reason_one_sided,
        })
    }

    fn old(&self, seen: &Seen, old: &OldPartRecord, line: &LineRecord) -> Result<OldPart, ActionError> {
        let drafts = Drafts::of(self.scene, seen.rec)?;
        let his = line.payer.as_deref() == Some(Payer::Customer.code());
        let choices = Disposition::ALL.iter().filter(|end| his && allows(Payer::Customer, **end, old.waiver));
        Ok(OldPart {
            rec: seen.rec,
            tag: old.tag.clone().unwrap_or_default(),
            replaces_tag: old.replaces_tag.clone(),
            serial: drafts.field("old_serial", old.serial.clone()),
            note: drafts.field("old_note", old.note.clone()),
            disposition: old.disposition.clone(),
            due_on: old.due_on.clone(),
            choices: choices.map(|end| end.code()).collect(),
        })
    }

    fn van_left(&self, line: &LineRecord) -> Option<String> {
        let part = line.in_part.as_ref()?;
        let stock = self.van.iter().find(|stock| stock.part.as_ref() == Some(part))?;
        let stock: Decimal = stock.qty.to_string().parse().ok()?;
        let taken = line.in_qty.as_deref().filter(|_| line.source.as_deref() == Some("van"));
        let taken = taken.and_then(|qty| qty.parse().ok()).unwrap_or(Decimal::ZERO);
        stock.minus(taken).map(|left| left.to_string())
    }

    /// Photos of a line; asked for while the job as a whole has too few of the phase.
    fn set(&self, phase: &str, shows: &dyn Fn(Option<RecordId>) -> bool) -> PhotoSet {
        let set = set(self.scene, self.states, &self.photos, phase, shows);
        let lacking = self.lacking.iter().any(|lacking| lacking == phase) && set.photos.is_empty();
        let hint = hint(self.scene, self.wanted, phase);
        PhotoSet { required: u32::from(lacking), hint, ..set }
    }
}
