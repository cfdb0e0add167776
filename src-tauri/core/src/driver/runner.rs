//! Runs a core in a real app: passes what screens ask and want to it, and lets [`super::rounds`] carry out what the
//! engine asks for.
//!
//! The core is locked only while it thinks, never while a call is under way, so a tap never waits for the
//! network.

use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fieldcard_schema::digest::Digest;
use serde::Deserialize;
use serde_json::Value;

use super::http::HttpApi;
use super::rounds::{Rounds, Told};
use super::system::own_name;
use super::tls::Trust;
use super::trace::Trace;
use super::{diagnostics_file, unsent_file};
use crate::Core;
use crate::actions::{Done, Request};
use crate::enrolment::Invitation;
use crate::error::{ActionError, ErrorCode};
use crate::store::StoreError;
use crate::sync::Event;
use crate::views::Query;

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
    /// Write how this device fares into a file, without anything personal.
    #[serde(rename = "sync.export_diagnostics")]
    ExportDiagnostics,
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
    Open { core: Arc<Mutex<Core>>, told: Arc<Sender<Told>>, trace: Arc<Mutex<Trace>>, files: PathBuf },
    /// To none: it could not be opened, and every screen says why.
    Shut(ActionError),
}

/// Told whenever what screens show may have changed: by a person here, or by the office.
pub(super) type Changed = Arc<dyn Fn() + Send + Sync>;

impl Runner {
    /// Starts; `changed` is called whenever what screens show may have changed. What the person asks to have as
    /// a file goes into the folder `files`.
    pub fn start(core: Core, files: PathBuf, changed: impl Fn() + Send + Sync + 'static) -> Self {
        let (told, inbox) = channel();
        let (core, told) = (Arc::new(Mutex::new(core)), Arc::new(told));
        let trace = Arc::new(Mutex::new(Trace::begin()));
        let changed: Changed = Arc::new(changed);
        let rounds = Rounds::new(core.clone(), changed.clone(), trace.clone(), Arc::downgrade(&told));
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the shell's side: the thread that waits for the network"
        )]
        std::thread::spawn(move || rounds.run(&inbox));
        let runner = Self { way: Way::Open { core, told, trace, files }, changed };
        runner.tell(Event::Saved);
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
        let mut event = Event::Saved;
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
            Ok(DeviceRequest::SyncNow) => {
                event = Event::Wanted;
                Ok(Done::default())
            }
            Ok(DeviceRequest::ExportUnsent) => return self.export_unsent(),
            Ok(DeviceRequest::ExportDrafts) => self.export_drafts(),
            Ok(DeviceRequest::ExportDiagnostics) => return self.export_diagnostics(),
            Err(_) => {
                let request = Request::deserialize(request);
                let request = request.map_err(|_| ActionError::field(ErrorCode::InvalidValue, "request"))?;
                lock(core).execute(request)
            }
        };
        if done.is_ok() {
            self.tell(event);
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

    fn export_diagnostics(&self) -> Result<Done, ActionError> {
        let Way::Open { core, trace, files, .. } = &self.way else { return Err(ActionError::internal()) };
        let report = lock(core).diagnostics()?;
        let lines = trace.lock().unwrap_or_else(PoisonError::into_inner).lines();
        let path = diagnostics_file::save(report, lines, files)?;
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
        if let Way::Open { told, trace, .. } = &self.way
            && told.send(Told::Event(event)).is_err()
        {
            // Cannot be: the thread has its inbox for as long as this runner is there. A report would show it.
            trace.lock().unwrap_or_else(PoisonError::into_inner).say("nobody hears events any longer");
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

/// A lock whose last holder panicked is still good: the core opens its stores again, and its engine begins anew.
pub(super) fn lock(core: &Mutex<Core>) -> MutexGuard<'_, Core> {
    core.lock().unwrap_or_else(|poisoned| {
        let mut guard = poisoned.into_inner();
        guard.close();
        core.clear_poison();
        guard
    })
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
