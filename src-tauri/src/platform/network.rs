//! Says when the network may have come back, so that nobody waits for the next try of the engine's timer.
//!
//! Never says whether the office can be reached: only an answer of the office proves that.

/// Calls `came` whenever a network appears. To be called on the thread that draws.
#[cfg(target_os = "linux")]
pub(crate) fn watch(came: impl Fn() + 'static) {
    use gio::prelude::NetworkMonitorExt;
    gio::NetworkMonitor::default().connect_network_changed(move |_, available| {
        if available {
            came();
        }
    });
}

/// Nothing to hear here: the engine's timer tries by itself.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch(_came: impl Fn() + 'static) {}
