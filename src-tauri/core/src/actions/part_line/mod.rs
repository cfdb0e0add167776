//! Replacements: old part out, new part in, together or one-sided; each part that comes out has its tag.

pub mod add;
pub mod set_main_fault;
pub mod set_payer;
pub mod set_quantity;
pub mod set_serial;
pub mod set_source;
pub mod sides;
pub mod void;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::old_part::OldPart;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::old_part::{self, Disposition, Payer};

use super::plan::{Plan, PlannedOp};
use super::scene::Scene;
use super::{ActionError, tag};
use crate::job_file::JobFile;
use crate::store::Seen;

/// A line with its job.
struct Line {
    file: JobFile,
    seen: Seen,
    fields: PartLine,
}

impl Line {
    fn open(scene: &Scene<'_>, line: RecordId) -> Result<Self, ActionError> {
        let (seen, fields) = scene.read::<PartLine>(line)?;
        Ok(Self { file: scene.job_file(seen.state.job)?, seen, fields })
    }

    /// What came out of it.
    fn old_parts(&self) -> Vec<(&Seen, OldPart)> {
        let mut found = self.file.all::<OldPart>();
        found.retain(|(_, old)| old.part_line == Some(self.seen.rec));
        found
    }
}

/// What becomes of a part when nobody has said more: what the maker wants of it by the catalogue, as far as its
/// payer allows that; else what is usual for who pays.
fn usual_end(scene: &Scene<'_>, line: &PartLine, payer: Payer) -> Result<Disposition, ActionError> {
    let found = scene.store.datasets.parts(line.catalogue.as_slice(), None)?.pop();
    let wanted = found.and_then(|found| Disposition::from_code(&found.part.return_policy?));
    let end = wanted.filter(|wanted| old_part::allows(payer, *wanted, false));
    Ok(end.unwrap_or_else(|| old_part::usual(payer)))
}

/// The record of the part that comes out of `line`, with a tag of its own.
fn tagged(
    scene: &mut Scene<'_>,
    job: RecordId,
    (rec, line): (RecordId, &PartLine),
    plan: &mut Plan,
) -> Result<PlannedOp, ActionError> {
    let tag = tag::next(scene, plan)?;
    // Nobody knows before somebody is to pay.
    let payer = line.payer.as_deref().and_then(Payer::from_code);
    let end = payer.map(|payer| usual_end(scene, line, payer)).transpose()?;
    let old = OldPart {
        part_line: Some(rec),
        tag: Some(tag.text()),
        part: line.out_part.clone(),
        name: line.out_name.clone(),
        serial: line.out_serial.clone(),
        qty: line.out_qty.clone(),
        disposition: end.map(|end| end.code().to_owned()),
        removed_at: Some(scene.now.wall()),
        state: Some("tagged".into()),
        ..OldPart::default()
    };
    Ok(scene.create(Some(job), &old))
}
