//! Every question a screen may ask, with the view that answers it: a new one is a line here and its own file.

use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use super::photo::PhotoSize;
use super::scene::Scene;
use super::{
    data_state, drafts, enrolment, faults, issues, job_page, jobs, machine, missing, part_line, parts, photo,
    proposals, shut_out, sign_off, start, sync_screen, today, visits,
};
use crate::error::{ActionError, ErrorCode};
use crate::shut_out::is_shut_out;

/// What a screen asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Query {
    /// What the app needs before it shows anything.
    Start,
    /// How far the enrolment has come.
    Enrolment,
    /// The pill.
    DataState,
    /// What was typed into a form.
    Drafts {
        /// A record, or the name of a form.
        rec: String,
    },
    /// The home screen.
    Today,
    /// All jobs, or those that match.
    Jobs {
        /// What was typed; words that all have to be there.
        search: String,
        /// Most rows.
        limit: u32,
    },
    /// One job.
    JobPage {
        /// The job.
        #[ts(type = "Id")]
        job: RecordId,
    },
    /// What it lacks.
    Missing {
        /// The job.
        #[ts(type = "Id")]
        job: RecordId,
    },
    /// What of it belongs to the office, and what he proposed for that.
    Propose {
        /// The job.
        #[ts(type = "Id")]
        job: RecordId,
    },
    /// The fault catalogue, for a job's machine.
    Faults {
        /// The job.
        #[ts(type = "Id")]
        job: RecordId,
        /// What was typed.
        search: String,
        /// Most hits.
        limit: u32,
    },
    /// Its times.
    VisitTimes {
        /// The job.
        #[ts(type = "Id")]
        job: RecordId,
    },
    /// One replacement.
    PartLine {
        /// The line.
        #[ts(type = "Id")]
        line: RecordId,
    },
    /// The catalogue, for a job's machine.
    Parts {
        /// The job.
        #[ts(type = "Id")]
        job: RecordId,
        /// What was typed.
        search: String,
        /// Most hits.
        limit: u32,
    },
    /// One machine.
    Machine {
        /// The machine.
        #[ts(type = "Id")]
        machine: RecordId,
    },
    /// One photo.
    Photo {
        /// The photo.
        #[ts(type = "Id")]
        photo: RecordId,
        /// How large.
        size: PhotoSize,
    },
    /// The sign-off of a visit.
    SignOff {
        /// The visit.
        #[ts(type = "Id")]
        visit: RecordId,
    },
    /// The Sync screen.
    SyncScreen,
    /// What a device that was shut out holds beside its queue.
    ShutOut,
    /// What needs the person, one of it.
    Issue {
        /// The issue.
        #[ts(type = "Id")]
        issue: RecordId,
    },
}

/// The view that each query answers with.
#[derive(TS)]
#[expect(dead_code, reason = "only its shape is used: the map from query to view")]
pub(crate) struct Views {
    start: start::StartView,
    enrolment: enrolment::EnrolmentView,
    data_state: data_state::DataStateView,
    drafts: drafts::DraftsView,
    today: today::TodayView,
    jobs: jobs::JobsView,
    job_page: job_page::JobPageView,
    missing: missing::MissingView,
    propose: proposals::ProposeView,
    faults: faults::FaultsView,
    visit_times: visits::VisitTimesView,
    part_line: part_line::PartLineView,
    parts: parts::PartsView,
    machine: machine::MachineView,
    photo: photo::PhotoView,
    sign_off: sign_off::SignOffView,
    sync_screen: sync_screen::SyncScreenView,
    shut_out: shut_out::ShutOutView,
    issue: issues::IssueView,
}

/// Answers a query. A device that was shut out shows no work any more.
pub(crate) fn answer(scene: &Scene<'_>, query: &Query) -> Result<serde_json::Value, ActionError> {
    let is_of_the_device = matches!(
        query,
        Query::Start | Query::Enrolment | Query::DataState | Query::SyncScreen | Query::ShutOut
    );
    if !is_of_the_device && is_shut_out(scene.store) {
        return Err(ErrorCode::Revoked.into());
    }
    match query {
        Query::Start => json(&start::view(scene)?),
        Query::Enrolment => json(&enrolment::view(scene)?),
        Query::DataState => json(&data_state::view(scene)?),
        Query::Drafts { rec } => json(&drafts::view(scene, rec)?),
        Query::Today => json(&today::view(scene)?),
        Query::Jobs { search, limit } => json(&jobs::view(scene, search, *limit)?),
        Query::JobPage { job } => json(&job_page::view(scene, *job)?),
        Query::Missing { job } => json(&missing::view(scene, *job)?),
        Query::Propose { job } => json(&proposals::view(scene, *job)?),
        Query::Faults { job, search, limit } => json(&faults::view(scene, *job, search, *limit)?),
        Query::VisitTimes { job } => json(&visits::view(scene, *job)?),
        Query::PartLine { line } => json(&part_line::view(scene, *line)?),
        Query::Parts { job, search, limit } => json(&parts::view(scene, *job, search, *limit)?),
        Query::Machine { machine } => json(&machine::view(scene, *machine)?),
        Query::Photo { photo, size } => json(&photo::view(scene, *photo, *size)?),
        Query::SignOff { visit } => json(&sign_off::view(scene, *visit)?),
        Query::SyncScreen => json(&sync_screen::view(scene)?),
        Query::ShutOut => json(&shut_out::view(scene)?),
        Query::Issue { issue } => json(&issues::view(scene, *issue)?),
    }
}

fn json<T: serde::Serialize>(view: &T) -> Result<serde_json::Value, ActionError> {
    serde_json::to_value(view).map_err(|_| ActionError::internal())
}
