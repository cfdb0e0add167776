//! What each command does. Shapes of the command line are in [`crate::config`].
//!
//! Commands write to a [`Terminal`], so that tests read what a person would. Those on people and devices
//! work beside a running server: every write is one transaction on the same store.

mod backup;
mod device;
mod doctor;
mod export;
mod import;
mod import_unsent;
mod import_words;
mod init;
mod restore;
mod serve;
mod user;

use std::io::{BufRead, Write};

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::UserId;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use crate::config::{Command, CommandLine};
use crate::desk::{Desk, StartError};
use crate::folder::{DataFolder, FolderError};
use crate::storage::StorageError;
use crate::tls::KeyError;

/// Where a command writes and what it reads.
pub struct Terminal<'t> {
    /// Standard output.
    pub output: &'t mut dyn Write,
    /// Standard input.
    pub input: &'t mut dyn BufRead,
}

impl Terminal<'_> {
    /// Writes one line.
    fn line(&mut self, text: &str) -> Result<(), CliError> {
        Ok(writeln!(self.output, "{text}")?)
    }

    /// Reads one line, without its end.
    fn read_line(&mut self) -> Result<String, CliError> {
        let mut text = String::new();
        self.input.read_line(&mut text)?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// Why a command failed. Each is one sentence.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The store, the keys or the folder.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Something to be said.
    #[error("{0}")]
    Said(String),
    /// The hub refused.
    #[error("{}", sentence(.0))]
    Refused(#[from] ApiError),
    /// Reading or writing the terminal or a file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl From<FolderError> for CliError {
    fn from(error: FolderError) -> Self {
        Self::Start(error.into())
    }
}

impl From<KeyError> for CliError {
    fn from(error: KeyError) -> Self {
        Self::Start(error.into())
    }
}

impl From<StorageError> for CliError {
    fn from(error: StorageError) -> Self {
        Self::Start(error.into())
    }
}

fn said(text: impl Into<String>) -> CliError {
    CliError::Said(text.into())
}

fn sentence(error: &ApiError) -> String {
    let about = error.detail.as_deref().unwrap_or("value");
    match error.code {
        ErrorCode::DiskFull => "the disk is full; nothing was changed".to_owned(),
        ErrorCode::Busy => "the store is busy; try again".to_owned(),
        ErrorCode::InvalidValue => format!("this {about} cannot be taken"),
        ErrorCode::Revoked => "this device was revoked".to_owned(),
        ErrorCode::NotFound => "there is no such record".to_owned(),
        code => format!("the store refused: {code:?}"),
    }
}

/// Runs one command.
pub fn run(command_line: &CommandLine, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let folder = DataFolder::at(&command_line.data);
    match &command_line.command {
        Command::Init(options) => init::init(&folder, options, terminal),
        Command::Serve(options) => serve::serve(&folder, options, terminal),
        Command::User(command) => user::user(&folder, command, terminal),
        Command::Device(command) => device::device(&folder, command, terminal),
        Command::Export => export::export(&folder, terminal),
        Command::Import(options) if options.unsent => import_unsent::import(&folder, options, terminal),
        Command::Import(options) => import::import(&folder, options, terminal),
        Command::Backup(options) => backup::backup(&folder, options, terminal),
        Command::Restore(options) => restore::restore(&folder, options, terminal),
        Command::Doctor(options) => doctor::doctor(&folder, options, terminal),
    }
}

/// The store, for commands on people and devices.
fn desk(folder: &DataFolder) -> Result<Desk, CliError> {
    Ok(Desk::open(folder, Digest::ZERO)?)
}

/// Whom the ops of the command line name as their author: the org itself.
fn operator(desk: &Desk) -> UserId {
    UserId(desk.hub.config().org.0)
}

/// A moment as people read it, in UTC.
fn moment(at: Timestamp) -> String {
    let time = chrono::DateTime::from_timestamp_millis(at.0);
    time.map_or_else(|| "?".to_owned(), |time| time.format("%Y-%m-%d %H:%MZ").to_string())
}
