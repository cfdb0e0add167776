//! The program: reads its command line and opens the window. Everything else is in `lib.rs`.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

use clap::Parser;

fn main() -> Result<(), tauri::Error> {
    fieldcard_app::run(fieldcard_app::Options::parse())
}
