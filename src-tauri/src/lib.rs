//! The window: a Tauri shell around the device's core. It opens the core with the ports of a real machine and
//! passes views, requests and changes between it and the screens.
//!
//! No rule, no SQL, no HTTP lives here. Map: [`commands`] what the screens may call · [`events`] what they are
//! told · [`platform`] folders, secrets and network of the machine.

mod commands;
mod events;
mod platform;

use std::path::PathBuf;

use fieldcard_core::Core;
use fieldcard_core::driver::runner::Runner;
use fieldcard_core::driver::system;
use fieldcard_core::error::{ActionError, ErrorCode};
use fieldcard_core::store::Place;
use fieldcard_core::sync::Event;
use tauri::webview::{PermissionKind, PermissionResponse};
use tauri::{App, AppHandle, Manager, WebviewUrl, WebviewWindowBuilder};

use crate::platform::paths::Paths;
use crate::platform::{network, secrets};

/// Size of a fresh window, in logical pixels: fits the smallest laptop.
const SIZE: (f64, f64) = (1000.0, 720.0);
/// The smallest that every screen is made for.
const SMALLEST: (f64, f64) = (360.0, 600.0);

/// How the program is called.
#[derive(Debug, Default, clap::Parser)]
#[command(name = "fieldcard-app", version, about = "Fieldcard: the technician's app")]
pub struct Options {
    /// One folder for everything of this device, instead of where the system wants it: for demos and tests
    #[arg(long, env = "FIELDCARD_HOME", value_name = "FOLDER")]
    pub home: Option<PathBuf>,
}

/// The device behind the screens, or why it cannot be opened; then every command answers that.
#[derive(Clone)]
struct Device(Result<Runner, ActionError>);

/// Opens the device and the window; returns when the window was closed.
#[expect(clippy::disallowed_types, reason = "inside Tauri's macro; nothing of it is iterated")]
pub fn run(options: Options) -> Result<(), tauri::Error> {
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![commands::view, commands::execute])
        .setup(move |app| Ok(set_up(app, &options)?))
        .run(tauri::generate_context!())
}

fn set_up(app: &App, options: &Options) -> tauri::Result<()> {
    let paths = match &options.home {
        Some(home) => Paths::inside(home),
        None => Paths::of_platform(app.path())?,
    };
    let device = Device(open(app.handle(), &paths, options.home.is_some()));
    if let Ok(runner) = device.0.clone() {
        network::watch(move |up, metered| runner.tell(Event::Network { up, metered }));
    }
    app.manage(device);
    let window = WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
        .title("Fieldcard")
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SMALLEST.0, SMALLEST.1)
        .data_directory(paths.webview)
        // A link out of the app never replaces the app; a call or a way is the system's to answer.
        .on_navigation(|url| {
            if platform::is_for_the_system(url) {
                // Where nothing on this machine takes calls, the number stands beside the button.
                drop(open::that_detached(url.as_str()));
            }
            platform::is_own_page(url)
        })
        // The camera, when the person taps "scan"; no page of this app asks for anything else.
        .on_permission_request(|_, kind| match kind {
            PermissionKind::Camera => PermissionResponse::Allow,
            _ => PermissionResponse::Deny,
        })
        .build()?;
    platform::prepare(&window)
}

fn open(app: &AppHandle, paths: &Paths, own_folder: bool) -> Result<Runner, ActionError> {
    let keystore = secrets::open(&paths.state, own_folder).map_err(|_| ErrorCode::KeychainClosed)?;
    let core = Core::open(Place::folder(&paths.data), system::ports(keystore))?;
    Ok(Runner::start(core, paths.files.clone(), events::teller(app.clone())))
}
