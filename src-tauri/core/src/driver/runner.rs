//! Runs a core in a real app: one thread carries the engine's calls out, one at a time, and tells it the
//! answers. No logic: what to send, when to try again and what an answer means is the engine's business.
//!
//! The core is locked only while it thinks, never while a call is under way, so a tap never waits for the
//! network.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::enrol::from_base64;
use fieldcard_schema::wire::error::{ApiError, ErrorCode as WireCode};
use serde::Deserialize;
use serde_json::Value;

use super::http::HttpApi;
use super::system::own_name;
use super::tls::Trust;
use super::unsent_file;
use crate::Core;
use crate::actions::{Done, Request};
use crate::enrolment::{Invitation, TRUST_ROOTS};
use crate::error::{ActionError, ErrorCode};
use crate::store::StoreError;
use crate::sync::{Call, CallId, Effect, Event, perform};
use crate::views::Query;

/// How long to rest after the store refused, in ms.
const STORE_REST_MS: i64 = 5_000;

/// What a person asks of the device itself, outside every record.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type")]
enum DeviceRequest {
    /// Enrol with an address and a code, or with the text of a QR code.
    #[serde(rename = "enrol.begin")]
    Enrol {
        /// Address of the server; empty when the code is a QR text.
        #[serde(default)]
        address: String,
        /// The code.
        code: String,
        /// What the office shall call this device; empty leaves it to the device.
        #[serde(default)]
        label: String,
    },
    /// Take the request back, as long as the office has not confirmed.
    #[serde(rename = "enrol.cancel")]
    CancelEnrolment,
    /// Exchange now.
    #[serde(rename = "sync.now")]
    SyncNow,
    /// Write what is unsent into a file.
    #[serde(rename = "sync.export_unsent")]
    ExportUnsent,
    /// Write what was typed and never recorded into a file.
    #[serde(rename = "sync.export_drafts")]
    ExportDrafts,
}

/// A core with its thread.
#[derive(Clone)]
pub struct Runner {
    way: Way,
    changed: Changed,
}

#[derive(Clone)]
enum Way {
    /// To a core.
    Open { core: Arc<Mutex<Core>>, events: Sender<Event>, files: PathBuf },
    /// To none: it could not be opened, and every screen says why.
    Shut(ActionError),
}

/// Told whenever what screens show may have changed: by a person here, or by the office.
type Changed = Arc<dyn Fn() + Send + Sync>;

impl Runner {
    /// Starts; `changed` is called whenever what screens show may have changed. What the person asks to have as
    /// a file goes into the folder `files`.
    pub fn start(core: Core, files: PathBuf, changed: impl Fn() + Send + Sync + 'static) -> Self {
        let (events, inbox) = channel();
        let core = Arc::new(Mutex::new(core));
        let shared = core.clone();
        let changed: Changed = Arc::new(changed);
        let told = changed.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the shell's side: the thread that waits for the network"
        )]
        std::thread::spawn(move || Loop { core: shared, api: None, changed: told }.run(&inbox));
        let runner = Self { way: Way::Open { core, events, files }, changed };
        runner.tell(Event::Wanted);
        runner
    }

    /// A runner for a store that could not be opened: the screens come up and say why, nothing is touched.
    pub fn refusing(error: &StoreError) -> Self {
        Self { way: Way::Shut(ActionError::store(error)), changed: Arc::new(|| ()) }
    }

    fn core(&self) -> Result<&Mutex<Core>, ActionError> {
        match &self.way {
            Way::Open { core, .. } => Ok(core),
            Way::Shut(why) => Err(why.clone()),
        }
    }

    /// Carries out a request of the screens.
    pub fn execute(&self, request: &Value) -> Result<Done, ActionError> {
        let core = self.core()?;
        let done = match DeviceRequest::deserialize(request) {
            Ok(DeviceRequest::Enrol { address, code, label }) => {
                let label = label.trim();
                let label = if label.is_empty() { own_name() } else { label.to_owned() };
                enrol(core, &address, &code, &label)
            }
            Ok(DeviceRequest::CancelEnrolment) => {
                lock(core).cancel_enrolment()?;
                Ok(Done::default())
            }
            Ok(DeviceRequest::SyncNow) => Ok(Done::default()),
            Ok(DeviceRequest::ExportUnsent) => return self.export_unsent(),
            Ok(DeviceRequest::ExportDrafts) => self.export_drafts(),
            Err(_) => {
                let request = Request::deserialize(request);
                let request = request.map_err(|_| ActionError::field(ErrorCode::InvalidValue, "request"))?;
                lock(core).execute(request)
            }
        };
        if done.is_ok() {
            self.tell(Event::Wanted);
        }
        // The thread may be waiting for the network; the screen must not.
        (self.changed)();
        done
    }

    fn export_unsent(&self) -> Result<Done, ActionError> {
        let Way::Open { core, files, .. } = &self.way else { return Err(ActionError::internal()) };
        let path = unsent_file::save(&mut &**core, files)?;
        Ok(Done { saved_as: Some(path.to_string_lossy().into_owned()), ..Done::default() })
    }

    fn export_drafts(&self) -> Result<Done, ActionError> {
        let Way::Open { core, files, .. } = &self.way else { return Err(ActionError::internal()) };
        let path = unsent_file::save_drafts(&mut lock(core), files)?;
        Ok(Done { saved_as: Some(path.to_string_lossy().into_owned()), ..Done::default() })
    }

    /// Answers a query of the screens.
    pub fn view(&self, query: &Value) -> Result<Value, ActionError> {
        let query = Query::deserialize(query);
        let query = query.map_err(|_| ActionError::field(ErrorCode::InvalidValue, "query"))?;
        lock(self.core()?).view(&query)
    }

    /// Tells the engine something.
    pub fn tell(&self, event: Event) {
        if let Way::Open { events, .. } = &self.way {
            // The thread ends only with the process; then nobody waits for an answer.
            drop(events.send(event));
        }
    }
}

fn enrol(device: &Mutex<Core>, address: &str, code: &str, label: &str) -> Result<Done, ActionError> {
    let unread = || ActionError::field(ErrorCode::InvalidValue, "code");
    let invitation = Invitation::read(address, code).ok_or_else(unread)?;
    // The code proves the key that this very connection saw.
    let seen = look(&invitation)?.tls_key_seen().unwrap_or(Digest::ZERO);
    lock(device).begin_enrolment(&invitation, seen, label)?;
    Ok(Done::default())
}

/// A lock whose last holder panicked is still good: the core opens its stores again by itself.
pub(super) fn lock(core: &Mutex<Core>) -> MutexGuard<'_, Core> {
    core.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A way to the server of an invitation that was gone once.
fn look(invitation: &Invitation) -> Result<HttpApi, ActionError> {
    let ways = Trust::to_enrol(&invitation.url, invitation.org_key);
    // A system without authorities has no such way; an address that is none has no way at all.
    let ways: Vec<HttpApi> =
        ways.iter().filter_map(|trust| HttpApi::new(&invitation.url, trust).ok()).collect();
    if ways.is_empty() {
        return Err(ActionError::field(ErrorCode::InvalidValue, "address"));
    }
    ways.into_iter().find(|api| api.look().is_ok()).ok_or_else(|| ErrorCode::NoNetwork.into())
}

struct Loop {
    core: Arc<Mutex<Core>>,
    /// The way to the server, and what it was made from.
    api: Option<(String, Trust, HttpApi)>,
    changed: Changed,
}

impl Loop {
    fn run(mut self, inbox: &Receiver<Event>) {
        let mut wake: Option<i64> = None;
        loop {
            let wait = Duration::from_millis(
                wake.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(u64::MAX / 2_000_000),
            );
            let event = match inbox.recv_timeout(wait) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => Event::TimerFired,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Some(ms) = self.exchange(event) {
                wake = Some(ms);
            }
        }
    }

    /// Tells one event and makes every call that follows from it. Returns when to wake.
    fn exchange(&mut self, event: Event) -> Option<i64> {
        let mut wake = None;
        let mut next = Some(event);
        while let Some(event) = next.take() {
            let Ok(effects) = lock(&self.core).step(event) else { return Some(STORE_REST_MS) };
            let mut call: Option<(CallId, Call)> = None;
            for effect in effects {
                match effect {
                    Effect::Call(id, wanted) => call = Some((id, wanted)),
                    Effect::WakeAfter(ms) => wake = Some(ms),
                    Effect::Changed(_) | Effect::StateChanged => {}
                }
            }
            (self.changed)();
            next = call.map(|(id, call)| Event::Answered(id, self.make(&call)));
        }
        wake
    }

    fn make(&mut self, call: &Call) -> Result<crate::sync::Answer, ApiError> {
        let (url, trust) = self.way().map_err(|_| ApiError::from(WireCode::Internal))?;
        if self.api.as_ref().is_none_or(|(u, t, _)| *u != url || *t != trust) {
            let api = HttpApi::new(&url, &trust)?;
            self.api = Some((url, trust, api));
        }
        match &mut self.api {
            Some((_, _, api)) => perform(api, call),
            None => Err(WireCode::Unreachable.into()),
        }
    }

    /// Where the server is and whom to trust there.
    fn way(&self) -> Result<(String, Trust), StoreError> {
        let mut core = lock(&self.core);
        let outbox = &core.store()?.outbox;
        let url = outbox.ident("url")?.unwrap_or_default();
        let key = outbox.ident("org_key")?.filter(|key| !key.is_empty());
        let key = key.or(outbox.ident("pinned_org_key")?).and_then(|key| from_base64(&key));
        let trust = Trust::at(&url, key, outbox.ident("trust")?.as_deref() == Some(TRUST_ROOTS));
        Ok((url, trust))
    }
}
