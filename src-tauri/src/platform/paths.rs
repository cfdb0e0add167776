//! Where this device's files are: the stores, and beside them, never among them, its secrets.
//!
//! A copy of the stores must not bring the secrets along. Never makes a folder: who writes first does.

use std::path::{Path, PathBuf};

use tauri::Runtime;
use tauri::path::PathResolver;

/// Name of this app's folder, as its identifier in `tauri.conf.json`.
const NAME: &str = "org.fieldcard.app";

/// The folders of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths {
    /// Its stores.
    pub(crate) data: PathBuf,
    /// Its secrets, where the system keeps none.
    pub(crate) state: PathBuf,
    /// Where the person finds what he asked to have as a file.
    pub(crate) files: PathBuf,
    /// What the webview keeps for itself; may be lost.
    pub(crate) webview: PathBuf,
}

impl Paths {
    /// Everything in one folder.
    pub(crate) fn inside(home: &Path) -> Self {
        Self {
            data: home.join("data"),
            state: home.join("state"),
            files: home.join("files"),
            webview: home.join("webview"),
        }
    }

    /// Where the system wants them.
    pub(crate) fn of_platform<R: Runtime>(resolver: &PathResolver<R>) -> tauri::Result<Self> {
        // Only some systems know a folder for state; elsewhere settings are what is not copied with documents.
        let state = dirs::state_dir().map(|folder| folder.join(NAME));
        Ok(Self {
            data: resolver.app_data_dir()?.join("store"),
            state: state.map_or_else(|| resolver.app_config_dir(), Ok)?,
            // A system that knows no folder for downloads has one for documents, or none: then beside the stores.
            files: resolver.download_dir().or_else(|_| resolver.app_data_dir())?,
            webview: resolver.app_cache_dir()?.join("webview"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_never_lie_among_the_stores() {
        let paths = Paths::inside(Path::new("demo"));
        assert_eq!(paths.data, Path::new("demo/data"));
        for other in [&paths.state, &paths.webview] {
            assert!(!other.starts_with(&paths.data) && !paths.data.starts_with(other));
        }
    }

    #[test]
    fn the_folders_name_is_the_apps_identifier() {
        let config: serde_json::Value = serde_json::from_str(include_str!("../../tauri.conf.json")).unwrap();
        assert_eq!(config["identifier"], NAME);
    }
}
