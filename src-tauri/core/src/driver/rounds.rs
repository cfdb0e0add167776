//! The thread that carries the engine's effects out: one call at a time, each on a thread of its own, timers, and
//! the deadline of the call. No logic: what to send, when to try again and what an answer means is the engine's.
//!
//! It ends with the last [`super::runner::Runner`], never before: a step that panics is caught, the core opens its
//! stores again, and the engine begins anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use fieldcard_schema::wire::enrol::from_base64;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::http::HttpApi;
use super::progress::{self, Progress};
use super::runner::{Changed, lock};
use super::tls::Trust;
use super::trace::Trace;
use crate::Core;
use crate::enrolment::TRUST_ROOTS;
use crate::store::StoreError;
use crate::sync::{Answer, Call, CallId, Effect, Event, perform};

/// How long to rest after the store refused, or something broke.
const REST: Duration = Duration::from_secs(5);

/// The longest that the thread sleeps.
const LONG: Duration = Duration::from_hours(1);

/// What comes to the thread.
pub(super) enum Told {
    /// Something happened.
    Event(Event),
    /// A call ended: by the number of its flight, since calls of an engine that began anew have the same ids.
    Landed(u64, Result<Answer, ApiError>),
}

/// The call under way.
struct Flight {
    number: u64,
    id: CallId,
    /// How long it may stand still.
    deadline: Duration,
    progress: Progress,
}

/// All that the thread has.
pub(super) struct Rounds {
    pub(super) core: Arc<Mutex<Core>>,
    pub(super) changed: Changed,
    pub(super) trace: Arc<Mutex<Trace>>,
    /// Where calls land; gone when nobody has the runner any longer.
    pub(super) landing: Weak<Sender<Told>>,
    /// The way to the server, and what it was made from.
    pub(super) api: Option<(String, Trust, HttpApi)>,
    wake: Option<Instant>,
    flight: Option<Flight>,
    flights: u64,
}

impl Rounds {
    pub(super) fn new(
        core: Arc<Mutex<Core>>,
        changed: Changed,
        trace: Arc<Mutex<Trace>>,
        landing: Weak<Sender<Told>>,
    ) -> Self {
        Self { core, changed, trace, landing, api: None, wake: None, flight: None, flights: 0 }
    }

    pub(super) fn run(mut self, inbox: &Receiver<Told>) {
        loop {
            let told = match inbox.recv_timeout(self.patience()) {
                Ok(told) => Some(told),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if catch_unwind(AssertUnwindSafe(|| self.take(told))).is_err() {
                self.rest("it panicked");
            }
        }
    }

    fn patience(&self) -> Duration {
        let wake = self.wake.map(|at| at.saturating_duration_since(progress::now()));
        let overdue =
            self.flight.as_ref().map(|flight| flight.deadline.saturating_sub(flight.progress.still_for()));
        wake.into_iter().chain(overdue).min().unwrap_or(LONG)
    }

    fn take(&mut self, told: Option<Told>) {
        let event = match told {
            Some(Told::Event(event)) => Some(event),
            Some(Told::Landed(number, answer)) => {
                let flight = self.flight.take_if(|flight| flight.number == number);
                flight.map(|flight| Event::Answered(flight.id, answer))
            }
            None => self.due(),
        };
        if let Some(event) = event {
            self.step(event);
        }
    }

    /// What the clock says has happened.
    fn due(&mut self) -> Option<Event> {
        let overdue = self.flight.take_if(|flight| flight.progress.still_for() >= flight.deadline);
        if let Some(flight) = overdue {
            // Its connection stands still too: the next call makes another one.
            self.api = None;
            return Some(Event::Overdue(flight.id));
        }
        self.wake.take_if(|at| *at <= progress::now()).map(|_| Event::TimerFired)
    }

    fn step(&mut self, event: Event) {
        self.note(|trace| trace.told(&event));
        let Ok(effects) = lock(&self.core).step(event) else { return self.rest("the store refused") };
        for effect in effects {
            self.note(|trace| trace.wanted(&effect));
            match effect {
                Effect::Call(id, call) => self.make(id, call),
                Effect::Deadline(id, ms) => {
                    let ms = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
                    let flight = self.flight.as_mut().filter(|flight| flight.id == id);
                    if let Some(flight) = flight {
                        flight.deadline = ms;
                    }
                }
                Effect::WakeAfter(ms) => {
                    let ms = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
                    self.wake = Some(progress::now() + ms);
                }
                Effect::Changed(_) | Effect::StateChanged => {}
            }
        }
        (self.changed)();
    }

    /// The engine has begun anew, or will: what it waited for is waited for no longer.
    fn rest(&mut self, why: &'static str) {
        self.note(|trace| trace.say(why));
        self.flight = None;
        self.wake = Some(progress::now() + REST);
    }

    fn note(&self, write: impl FnOnce(&mut Trace)) {
        write(&mut self.trace.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    /// Makes the call on a thread of its own; its answer lands here.
    fn make(&mut self, id: CallId, call: Call) {
        self.flights += 1;
        let (number, landing, progress) = (self.flights, self.landing.clone(), Progress::default());
        let api = self.way().map(|api| api.watched_by(progress.clone()));
        self.flight = Some(Flight { number, id, deadline: LONG, progress });
        let land = move |answer| {
            if let Some(landing) = landing.upgrade() {
                // The thread is there as long as its inbox; else nobody waits for this.
                drop(landing.send(Told::Landed(number, answer)));
            }
        };
        let land_here = land.clone();
        let work = move || {
            let made = catch_unwind(AssertUnwindSafe(|| api.and_then(|mut api| perform(&mut api, &call))));
            land(made.unwrap_or_else(|_| Err(ErrorCode::Internal.into())));
        };
        if std::thread::Builder::new().name("call".to_owned()).spawn(work).is_err() {
            land_here(Err(ErrorCode::Internal.into()));
        }
    }

    fn way(&mut self) -> Result<HttpApi, ApiError> {
        let (url, trust) = self.server().map_err(|_| ApiError::from(ErrorCode::Internal))?;
        match &self.api {
            Some((u, t, api)) if *u == url && *t == trust => Ok(api.clone()),
            _ => {
                let api = HttpApi::new(&url, &trust)?;
                self.api = Some((url, trust, api.clone()));
                Ok(api)
            }
        }
    }

    /// Where the server is and whom to trust there.
    fn server(&self) -> Result<(String, Trust), StoreError> {
        let mut core = lock(&self.core);
        let outbox = &core.store()?.outbox;
        let url = outbox.ident("url").unwrap_or_default().to_owned();
        let key = outbox.ident("org_key").filter(|key| !key.is_empty());
        let key = key.or(outbox.ident("pinned_org_key")).and_then(from_base64);
        let trust = Trust::at(&url, key, outbox.ident("trust") == Some(TRUST_ROOTS));
        Ok((url, trust))
    }
}
