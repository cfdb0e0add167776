//! Says when the network came, went or changed, so that nobody waits for the next try of the engine's timer, and
//! whether it costs by what goes over it.
//!
//! Never says whether the office can be reached: only an answer of the office proves that.

/// Calls `heard` with how the network is, now and whenever it changes: whether it is up, and whether it is metered,
/// where the system tells networks apart. To be called on the thread that draws.
#[cfg(target_os = "linux")]
pub(crate) fn watch(heard: impl Fn(bool, Option<bool>) + Clone + 'static) {
    use gio::prelude::{NetworkMonitorExt, ObjectExt};
    let heard = std::rc::Rc::new(heard);
    let monitor = gio::NetworkMonitor::default();
    let tell = move |monitor: &gio::NetworkMonitor, up: bool| {
        // Only these two know; the others say "not metered" of every network.
        let knows = ["NM", "Portal"].iter().any(|end| monitor.type_().name().ends_with(end));
        heard(up, knows.then(|| monitor.is_network_metered()));
    };
    tell(&monitor, monitor.is_network_available());
    monitor.connect_network_changed(tell.clone());
    monitor.connect_network_metered_notify(move |monitor| tell(monitor, monitor.is_network_available()));
}

/// Nothing to hear here: the engine's timer tries by itself, and no network is known to be metered.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch(_heard: impl Fn(bool, Option<bool>) + Clone + 'static) {}
