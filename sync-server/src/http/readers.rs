//! A handful of readers beside the writer: what the console asks is answered by whichever is free.
//!
//! Each call runs where blocking is allowed, with a reader to itself. A reader whose call panicked is
//! dropped; the next call opens another.

use std::sync::{Arc, Mutex, PoisonError};

use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use tokio::sync::Semaphore;

use crate::desk::StartError;
use crate::desk::reader::Reader;

/// Most readers at once: reading is bound by the processor.
const READERS: usize = 4;

type Open = dyn Fn() -> Result<Reader, StartError> + Send + Sync;

struct Pool {
    open: Box<Open>,
    idle: Mutex<Vec<Reader>>,
    free: Semaphore,
}

/// The way to the readers.
#[derive(Clone)]
pub struct Readers(Arc<Pool>);

impl Readers {
    /// Readers that `open` opens when they are first needed.
    pub fn new(open: impl Fn() -> Result<Reader, StartError> + Send + Sync + 'static) -> Self {
        let (idle, free) = (Mutex::default(), Semaphore::new(READERS));
        Self(Arc::new(Pool { open: Box::new(open), idle, free }))
    }

    /// Runs work that only reads.
    pub async fn run<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Reader) -> Result<T, ApiError> + Send + 'static,
    {
        let pool = Arc::clone(&self.0);
        let internal = |_| ApiError::from(ErrorCode::Internal);
        let _permit = self.0.free.acquire().await.map_err(|_| ErrorCode::Internal)?;
        tokio::task::spawn_blocking(move || pool.run(work)).await.map_err(internal)?
    }
}

impl Pool {
    fn run<T>(&self, work: impl FnOnce(&mut Reader) -> Result<T, ApiError>) -> Result<T, ApiError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => (self.open)().map_err(|error| {
                tracing::error!(%error, "the store cannot be read");
                ErrorCode::Internal
            })?,
        };
        let done = work(&mut reader);
        // After an error nobody knows what state its connections are in.
        if !matches!(&done, Err(error) if error.code == ErrorCode::Internal) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        }
        done
    }
}
