//! The last word of each device: when it called and what it then held. In memory until a batch writes it along.
//!
//! Shared, so that who reads the store beside the hub hears the same. Never the truth about work: only an
//! outcome is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use fieldcard_schema::id::DeviceId;

use crate::storage::devices::Seen;

/// The last words that no batch has written yet.
#[derive(Debug, Clone, Default)]
pub struct LastWords(Arc<Mutex<BTreeMap<DeviceId, Seen>>>);

impl LastWords {
    /// All of them.
    pub fn all(&self) -> BTreeMap<DeviceId, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A device called.
    pub(super) fn note(&self, device: DeviceId, seen: Seen) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(device, seen);
    }

    /// They are written.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
