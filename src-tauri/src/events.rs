//! What the screens are told without asking: that something changed. They fetch their views again.
//!
//! The payload is a list of tags, as `ui/src/lib/api/backend.ts` reads it; `*` means all.

use tauri::{AppHandle, Emitter};

/// Name of the event.
const CHANGED: &str = "changed";

/// Tells the screens of `app` at every call.
pub(crate) fn teller(app: AppHandle) -> impl Fn() + Send + Sync {
    // A window that is closing has nothing stale.
    move || drop(app.emit(CHANGED, ["*"]))
}
