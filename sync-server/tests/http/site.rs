//! A server in a process of its own and a phone that works on it.

use std::path::Path;
use std::process::Command;

use fieldcard_core::driver::http::HttpApi;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::BlobPut;
use fieldcard_schema::wire::error::ErrorCode;
use fieldcard_schema::wire::sync::SyncRequest;
use serde_json::{Value, json};

use super::support::{Phone, Running, codes, command, folder, init, unpinned};

/// A server in a process of its own, with a phone that is logged in.
pub(crate) struct Site {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) server: Running,
    pub(crate) api: HttpApi,
    pub(crate) phone: Phone,
}

pub(crate) fn log_in(dir: &Path, server: &Running, n: u8, clock: &[(&str, &str)]) -> (HttpApi, Phone) {
    let (mut api, seen) = unpinned(&server.url);
    let (typed, _) = codes(&program(dir, &["device", "code", "li"], clock));
    let mut phone = Phone::enrol(&mut api, n, &typed, seen).unwrap();
    command(dir, &["device", "confirm", &phone.digits()]).unwrap();
    let mut api = HttpApi::new(&server.url, &phone.trust()).unwrap();
    phone.log_in(&mut api).unwrap();
    (api, phone)
}

/// Runs a command in a process of its own; what it printed.
fn program(dir: &Path, arguments: &[&str], envs: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_fieldcard-server"))
        .args(["--data", dir.to_str().unwrap()])
        .args(arguments)
        .envs(envs.iter().copied())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

impl Site {
    pub(crate) fn new(envs: &dyn Fn(&Path) -> Vec<(String, String)>) -> Self {
        let dir = folder();
        init(dir.path());
        command(dir.path(), &["user", "add", "li", "--name", "李师傅", "--role", "technician"]).unwrap();
        let envs = envs(dir.path());
        let server = Running::with(dir.path(), &envs);
        let (api, phone) = log_in(dir.path(), &server, 7, &[]);
        Self { dir, server, api, phone }
    }

    pub(crate) fn sync(&mut self, request: &SyncRequest) -> Result<(Outcome, Option<Why>), ErrorCode> {
        let response = self.api.sync(&self.phone.token, request).map_err(|error| error.code)?;
        let last = self.phone.acknowledged(&response).last().copied();
        Ok(last.map(|last| (last.outcome, last.why)).expect("an outcome"))
    }

    /// Every op in the log as `export` tells it.
    pub(crate) fn exported(&self) -> Vec<Value> {
        let text = command(self.dir.path(), &["export"]).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line.get("op").is_some()).collect()
    }

    /// Texts of the notes in the log.
    pub(crate) fn notes(&self) -> Vec<String> {
        let ops = self.exported();
        let notes = ops.iter().filter(|line| line["op"]["kind"] == json!("note"));
        notes.map(|line| line["op"]["set"]["text"].as_str().unwrap().to_owned()).collect()
    }
}

/// Nothing in its environment.
pub(crate) fn plain(_: &Path) -> Vec<(String, String)> {
    Vec::new()
}

pub(crate) fn put(bytes: &[u8]) -> BlobPut {
    let sha256 = Digest::of(bytes);
    let media_type = "image/jpeg".to_owned();
    BlobPut { sha256, size: bytes.len() as u64, media_type, unit: 0, bytes: bytes.to_vec(), digest: sha256 }
}
