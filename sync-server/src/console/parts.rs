//! What was replaced: part lines with their old parts.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::old_part::OldPart;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use ts_rs::TS;

use super::scene::{JobFile, said};
use super::value::Money;
use super::work::money;
use crate::storage::records::StoredRecord;

/// One side of a replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PartSide {
    /// Number.
    pub part: String,
    /// Name.
    pub name: String,
    /// Serial number; empty for none.
    pub serial: String,
    /// How many.
    #[ts(type = "Decimal")]
    pub qty: String,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PartLineView {
    /// Its record.
    #[ts(type = "Id")]
    pub part_line: RecordId,
    /// On which visit.
    #[ts(type = "Id | null")]
    pub visit: Option<RecordId>,
    /// Which fault it mends.
    #[ts(type = "Id | null")]
    pub fault: Option<RecordId>,
    /// What went in; null when nothing did.
    pub fitted: Option<PartSide>,
    /// What came out; null when nothing did.
    pub removed: Option<PartSide>,
    /// Unit of both quantities.
    #[ts(type = "Unit | null")]
    pub unit: Option<String>,
    /// Where the new part came from.
    #[ts(type = "PartSource | null")]
    pub source: Option<String>,
    /// Who pays.
    #[ts(type = "Payer | null")]
    pub payer: Option<String>,
    /// The main fault part.
    pub main_part: bool,
    /// Used up by the repair.
    pub auxiliary: bool,
    /// Price of one.
    pub price: Option<Money>,
    /// Why one side is empty.
    #[ts(type = "OneSidedReason | null")]
    pub one_sided: Option<String>,
    /// The old parts that came out of it.
    pub old_parts: Vec<OldPartView>,
    /// Taken back.
    pub void: bool,
}

/// One old part.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct OldPartView {
    /// Its record.
    #[ts(type = "Id")]
    pub old_part: RecordId,
    /// Its tag, without spaces; empty for none.
    pub tag: String,
    /// The lost tag that this one stands for; empty for none.
    pub replaces_tag: String,
    /// Number.
    pub part: String,
    /// Name.
    pub name: String,
    /// Serial number.
    pub serial: String,
    /// How many.
    #[ts(type = "Decimal | null")]
    pub qty: Option<String>,
    /// What becomes of it.
    #[ts(type = "Disposition | null")]
    pub disposition: Option<String>,
    /// By when it has to be where it goes; null where nobody said.
    #[ts(type = "Day | null")]
    pub due_on: Option<String>,
    /// The maker has given up its claim to it.
    pub waiver: bool,
    /// What it looks like.
    pub note: String,
    /// When it came out.
    #[ts(type = "Ms | null")]
    pub removed_at: Option<Timestamp>,
    /// Taken back.
    pub void: bool,
}

fn side(
    part: Option<String>,
    name: Option<String>,
    serial: Option<String>,
    qty: Option<String>,
) -> Option<PartSide> {
    let any = part.is_some() || name.is_some();
    any.then(|| PartSide {
        part: said(part),
        name: said(name),
        serial: said(serial),
        qty: qty.unwrap_or_else(|| "1".into()),
    })
}

/// Part lines with their old parts, and the old parts that stand with no line.
pub fn parts(file: &JobFile) -> (Vec<PartLineView>, Vec<OldPartView>) {
    let mut old: Vec<(Option<RecordId>, OldPartView)> =
        file.all::<OldPart>().into_iter().map(old_part).collect();
    let mut lines = Vec::new();
    for (record, line) in file.all::<PartLine>() {
        let (own, others): (Vec<_>, Vec<_>) = old.into_iter().partition(|(of, _)| *of == Some(record.rec));
        old = others;
        lines.push(part_line(record, line, own.into_iter().map(|(_, view)| view).collect()));
    }
    (lines, old.into_iter().map(|(_, view)| view).collect())
}

fn part_line(record: &StoredRecord, line: PartLine, old_parts: Vec<OldPartView>) -> PartLineView {
    PartLineView {
        part_line: record.rec,
        visit: line.visit,
        fault: line.fault,
        price: money(line.price, line.currency.as_ref()),
        fitted: side(line.in_part, line.in_name, line.in_serial, line.in_qty),
        removed: side(line.out_part, line.out_name, line.out_serial, line.out_qty),
        unit: line.unit,
        source: line.source,
        payer: line.payer,
        main_part: line.main_part,
        auxiliary: line.auxiliary,
        one_sided: line.reason_one_sided,
        old_parts,
        void: record.state.void,
    }
}

fn old_part((record, old): (&StoredRecord, OldPart)) -> (Option<RecordId>, OldPartView) {
    let view = OldPartView {
        old_part: record.rec,
        tag: said(old.tag),
        replaces_tag: said(old.replaces_tag),
        part: said(old.part),
        name: said(old.name),
        serial: said(old.serial),
        qty: old.qty,
        disposition: old.disposition,
        due_on: old.due_on,
        waiver: old.waiver,
        note: said(old.note),
        removed_at: old.removed_at,
        void: record.state.void,
    };
    (old.part_line, view)
}
