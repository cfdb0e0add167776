//! The campaigns that are open on a machine: a technician sees them first, also where no job is about one.

use fieldcard_schema::record::campaign::Campaign;
use serde::Serialize;
use ts_rs::TS;

use super::scene::Scene;
use crate::day;
use crate::error::ActionError;
use crate::job_file::as_record;
use crate::store::job_list::MachineLine;

/// A campaign that is open on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct OpenCampaign {
    /// Its number.
    pub(super) number: String,
    /// Its name in the language of the screens.
    name: String,
}

/// What is open on `machine` today and has not been carried out; `done` says of a number that it has.
pub(super) fn open_on(
    scene: &Scene<'_>,
    machine: Option<&MachineLine>,
    done: &dyn Fn(&str) -> bool,
) -> Result<Vec<OpenCampaign>, ActionError> {
    let Some(machine) = machine else { return Ok(Vec::new()) };
    let today = day::of(scene.now().wall(), scene.ports.clock.offset_minutes());
    let english = scene.store.outbox.ident("language") == Some("en");
    let found = scene.store.cache.of_kind("campaign")?;
    let open = found.iter().filter(|seen| !seen.state.void).filter_map(as_record::<Campaign>);
    let open = open.filter(|campaign| campaign.covers(&machine.model, &machine.serial, &today));
    let told = open.filter_map(|campaign| {
        let (zh, en) = (campaign.name_zh.unwrap_or_default(), campaign.name_en.unwrap_or_default());
        let name = if english && !en.is_empty() { en } else { zh };
        Some(OpenCampaign { number: campaign.number?, name })
    });
    Ok(told.filter(|campaign| !done(&campaign.number)).collect())
}
