//! The Sync screen: what waits and how much of it, what needs the person, when the office was last heard of.

use std::collections::BTreeMap;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::PROTO;
use fieldcard_schema::wire::error::ErrorCode as WireError;
use serde::Serialize;
use ts_rs::TS;

use super::data_state::{self, DataStateView};
use super::issues::{self, Issue};
use super::people::Person;
use super::scene::Scene;
use super::value::{DataState, Time};
use crate::enrolment::{self, COPIED_AT, Enrolment};
use crate::error::ActionError;
use crate::store::RESTORED_AT;
use crate::store::outbox::PHOTOS_ON_WIFI_ONLY;

/// Cards are sent first.
const CARD_RANK: u8 = 0;

/// What waits of one job.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct QueueRow {
    #[ts(type = "Id | null")]
    job: Option<RecordId>,
    number: Option<String>,
    customer: Option<String>,
    entries: u64,
    cards: u64,
    photos: u64,
    bytes: u64,
    state: DataState,
}

/// What the stores take.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct Storage {
    /// Both files.
    used_bytes: u64,
    /// Photos among that, and sealed cards.
    photo_bytes: u64,
    /// So little room is left that nothing of the office is fetched: it is kept for what is done here.
    short: bool,
    /// Photos and cards whose bytes went because room was short or the office has no new backup; it stores them.
    removed: u64,
}

/// The screen.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct SyncScreenView {
    pill: DataStateView,
    /// Why the last call was refused or failed; none while there is only no network.
    #[ts(type = "string | null")]
    last_error: Option<WireError>,
    next_try: Option<Time>,
    /// What has happened to device or server that he should know, the gravest first.
    notices: Vec<SyncNotice>,
    /// The job whose oldest item waits longest comes first.
    queue: Vec<QueueRow>,
    issues: Vec<Issue>,
    /// What was taken as it came and he should know: nobody has to do anything.
    told: Vec<Issue>,
    /// The system has lost this device's key: what waits goes when the office has given it another.
    key_lost: bool,
    /// None where the system does not tell networks apart, so that nothing could obey it.
    photos_on_wifi_only: Option<bool>,
    storage: Storage,
    office: String,
    address: String,
    /// What to compare with the office: the first digits of its key's digest.
    server_key: String,
    /// Ahead of the server's clock when it was last heard of.
    clock_ahead_ms: Option<i64>,
    app_version: String,
    protocol: String,
    person: Person,
    /// Prefix of the tags that this device makes: what tells devices apart.
    device: String,
}

/// What has happened to device or server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoticeCode {
    /// The server was restored, and what it lost is being sent again.
    SendingAgain,
    /// The server was restored, and has everything again.
    Recovered,
    /// This store is a copy, or was put back: what comes from it goes on under a new name.
    Copied,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct SyncNotice {
    code: NoticeCode,
    at: Option<Time>,
}

/// How long what is over is still told, in ms.
const TOLD_MS: i64 = 3 * 24 * 3_600_000;

fn notices(scene: &Scene<'_>) -> Result<Vec<SyncNotice>, ActionError> {
    let (restoring, cache) = match &scene.store.next_cache {
        Some(next) => (true, next),
        None => (false, &scene.store.cache),
    };
    let time = |ms: Option<String>| ms.and_then(|ms| ms.parse().ok()).map(Timestamp);
    let restored = time(cache.state(RESTORED_AT)?);
    let again = restoring || scene.store.outbox.outstanding()?.is_some();
    let restored_code = if again { NoticeCode::SendingAgain } else { NoticeCode::Recovered };
    let fresh = |at: &Timestamp| scene.now().0 - at.0 < TOLD_MS;
    let past = [(restored, restored_code), (time(scene.setting(COPIED_AT)), NoticeCode::Copied)];
    let past = past
        .into_iter()
        .filter_map(|(at, code)| at.filter(fresh).map(|at| SyncNotice { code, at: Some(scene.time(at)) }));
    Ok(past.collect())
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>) -> Result<SyncScreenView, ActionError> {
    let owner = scene.owner()?;
    let (photo_bytes, outbox_bytes) = scene.store.outbox.sizes()?;
    let removed = scene.store.outbox.dropped_uncovered();
    let clock = scene.store.cache.state("clock_ahead")?;
    Ok(SyncScreenView {
        pill: data_state::view(scene)?,
        last_error: scene.exchange.last_error.filter(|code| *code != WireError::Unreachable),
        next_try: scene.exchange.next_try.map(|at| scene.time(at)),
        notices: notices(scene)?,
        queue: queue(scene)?,
        issues: issues::all(scene, true)?,
        told: issues::all(scene, false)?,
        key_lost: enrolment::state(scene.store)? != Enrolment::Active,
        storage: Storage {
            used_bytes: outbox_bytes + scene.store.cache.size()?,
            photo_bytes,
            short: scene.store.is_short_for_pull(),
            removed,
        },
        photos_on_wifi_only: scene
            .exchange
            .metered
            .map(|_| scene.setting(PHOTOS_ON_WIFI_ONLY).as_deref() == Some("true")),
        address: scene.setting("url").unwrap_or_default(),
        server_key: grouped(&Digest::of(owner.org_key.as_bytes()).to_string()),
        clock_ahead_ms: clock.and_then(|ms| ms.parse().ok()),
        app_version: crate::APP_VERSION.to_owned(),
        protocol: PROTO.to_string(),
        person: Person::named(&owner.user_name),
        office: owner.org_name,
        device: owner.tag_prefix,
    })
}

/// The first 16 digits in groups of four.
fn grouped(hex: &str) -> String {
    let groups: Vec<&str> = (0..16).step_by(4).filter_map(|at| hex.get(at..at + 4)).collect();
    groups.join(" ").to_uppercase()
}

#[derive(Default)]
struct Waiting {
    place: usize,
    entries: u64,
    cards: u64,
    photos: u64,
    bytes: u64,
    under_way: bool,
}

fn queue(scene: &Scene<'_>) -> Result<Vec<QueueRow>, ActionError> {
    let mut jobs: BTreeMap<Option<RecordId>, Waiting> = BTreeMap::new();
    let mut of = |job: Option<RecordId>, add: &dyn Fn(&mut Waiting)| {
        let place = jobs.len();
        add(jobs.entry(job).or_insert_with(|| Waiting { place, ..Waiting::default() }));
    };
    for op in scene.store.outbox.waiting_ops()? {
        let under_way = scene.exchange.ops.is_some_and(|(incarnation, from, count)| {
            incarnation == op.incarnation && (from..from + count).contains(&op.seq)
        });
        of(op.job, &|waiting| {
            waiting.entries += 1;
            waiting.bytes += op.bytes;
            waiting.under_way |= under_way;
        });
    }
    for blob in scene.store.outbox.waiting_blobs()? {
        let under_way = scene.exchange.blob == Some(blob.sha256);
        // A picture that stands on two jobs is awaited by both.
        let jobs: Vec<Option<RecordId>> = blob.jobs.iter().map(|job| Some(*job)).collect();
        for job in if jobs.is_empty() { vec![None] } else { jobs } {
            of(job, &|waiting| {
                waiting.cards += u64::from(blob.rank == CARD_RANK);
                waiting.photos += u64::from(blob.rank != CARD_RANK);
                waiting.bytes += blob.size;
                waiting.under_way |= under_way;
            });
        }
    }
    let mut jobs: Vec<_> = jobs.into_iter().collect();
    jobs.sort_by_key(|(_, waiting)| waiting.place);
    jobs.into_iter().map(|(job, waiting)| row(scene, job, &waiting)).collect()
}

fn row(scene: &Scene<'_>, job: Option<RecordId>, waiting: &Waiting) -> Result<QueueRow, ActionError> {
    let line = match job {
        Some(job) => scene.store.cache.job_line(job)?,
        None => None,
    };
    Ok(QueueRow {
        job,
        number: line.as_ref().and_then(|line| line.fields.number.clone()),
        customer: line.and_then(|line| line.customer_name),
        entries: waiting.entries,
        cards: waiting.cards,
        photos: waiting.photos,
        bytes: waiting.bytes,
        state: if waiting.under_way { DataState::Sending } else { DataState::Waiting },
    })
}
