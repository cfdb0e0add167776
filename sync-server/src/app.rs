//! What handlers hold: the way to the desk's thread, the hasher, the log-in limits, the settings.
//!
//! Data folder → [`crate::desk::Desk`] on the writer's thread → [`App`] → router. Nothing here opens a
//! socket, so that tests call the router as it is.

use std::sync::{Arc, Mutex};

use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;

use crate::accounts::doors::DoorLimits;
use crate::accounts::hasher::Hasher;
use crate::accounts::limits::LoginLimits;
use crate::desk::Desk;
use crate::desk::reader::Reader;
use crate::http::readers::Readers;
use crate::http::tokens::Tokens;
use crate::http::writer::Writer;
use crate::ports::{Clock, SystemClock};

/// What handlers need to know about how the server was started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Cookies carry `Secure`: everywhere but on plain loopback.
    pub secure_cookie: bool,
    /// The peer is a proxy that tells the caller's address in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The address that devices call.
    pub url: String,
    /// The org's public key, for QR codes.
    pub org_key: [u8; 32],
}

/// What handlers hold.
#[derive(Clone)]
pub struct App {
    /// The way to the desk.
    pub writer: Writer,
    /// The way to those who only read.
    pub readers: Readers,
    /// The way to argon2.
    pub hasher: Hasher,
    /// Failed log-ins.
    pub limits: Arc<Mutex<LoginLimits>>,
    /// Calls that anybody may make.
    pub doors: Arc<Mutex<DoorLimits>>,
    /// Tokens of devices that held a short while ago.
    pub tokens: Arc<Tokens>,
    /// How the server was started.
    pub settings: Arc<Settings>,
    started: std::time::Instant,
}

impl App {
    /// What handlers hold of a server.
    #[expect(clippy::disallowed_methods, reason = "the shell measures how long calls take")]
    pub fn new(writer: Writer, readers: Readers, hasher: Hasher, settings: Settings) -> Self {
        Self {
            writer,
            readers,
            hasher,
            limits: Arc::default(),
            doors: Arc::default(),
            tokens: Arc::default(),
            settings: Arc::new(settings),
            started: std::time::Instant::now(),
        }
    }

    /// Runs work on the desk.
    pub async fn run<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Desk) -> T + Send + 'static,
    {
        self.writer.run(work).await
    }

    /// Runs work that only reads, beside whatever is written meanwhile.
    pub async fn read<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader) -> Result<T, ApiError> + Send + 'static,
    {
        self.readers.run(work).await
    }

    /// Milliseconds since the server started.
    pub fn ticks(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The wall clock, for limits.
    pub fn now(&self) -> Timestamp {
        SystemClock.now()
    }
}
