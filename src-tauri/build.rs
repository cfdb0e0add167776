//! Prepares the window's build: the two commands and their permissions, and what is shown.
//!
//! Where the screens are not built, a page that says how to build them is embedded instead, so that cargo needs no
//! npm. Never builds the screens itself. Read next: tauri.conf.json.

use std::path::Path;

const SCREENS: &str = "../ui/dist/app";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={SCREENS}");
    if !Path::new(SCREENS).join("index.html").is_file() {
        println!("cargo:rustc-env=TAURI_CONFIG={{\"build\":{{\"frontendDist\":\"unbuilt\"}}}}");
    }
    let commands = tauri_build::AppManifest::new().commands(&["view", "execute"]);
    Ok(tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?)
}
