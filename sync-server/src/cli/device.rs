//! `device`: codes, confirmation, revocation and the list, from the command line.

use fast_qr::QRBuilder;
use fieldcard_schema::id::DeviceId;
use fieldcard_schema::wire::enrol::CODE_MINUTES;

use super::user::account;
use super::{CliError, Terminal, desk, moment, said};
use crate::app::Settings;
use crate::config::Device;
use crate::console::devices::DeviceStanding;
use crate::desk::{Desk, setting};
use crate::folder::DataFolder;
use crate::http::office::devices::{codes, texts};
use crate::hub::DeviceState;
use crate::hub::DeviceView;

/// Runs one of them.
pub(super) fn device(
    folder: &DataFolder,
    command: &Device,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    let mut desk = desk(folder)?;
    match command {
        Device::Code { login } => code(&mut desk, login, terminal),
        Device::NewKey { device } => new_key(&mut desk, device, terminal),
        Device::Confirm { digits } => confirm(&mut desk, digits, terminal),
        Device::Revoke { device } => {
            desk.hub.revoke_device(id_of(device)?)?;
            terminal.line("revoked: it reads nothing from now on; what it still sends is kept aside")
        }
        Device::List => list(&mut desk, terminal),
    }
}

fn code(desk: &mut Desk, login: &str, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let account = account(desk, login)?;
    if account.disabled {
        return Err(said(format!("{login} is disabled")));
    }
    let settings = settings(desk)?;
    let shown = codes(desk, &settings, account.user)?;
    show(shown, &settings, terminal)
}

fn new_key(desk: &mut Desk, device: &str, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let settings = settings(desk)?;
    let made = desk.hub.make_key_codes(id_of(device)?)?;
    show(texts(made, &settings), &settings, terminal)
}

fn id_of(device: &str) -> Result<DeviceId, CliError> {
    device.parse().map_err(|_| said(format!("{device} is no device id: see `device list`")))
}

fn settings(desk: &Desk) -> Result<Settings, CliError> {
    let url = desk.accounts.setting(setting::URL)?.unwrap_or_default();
    let org_key = desk.hub.config().org_key;
    Ok(Settings { secure_cookie: true, behind_proxy: false, url, org_key })
}

fn show(
    (typed, qr): (String, String),
    settings: &Settings,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    terminal.line(&format!("to type   {}   {typed}", settings.url))?;
    terminal.line(&format!("to scan   {qr}"))?;
    let drawn = QRBuilder::new(qr).build().map_err(|_| said("the address is too long for a QR code"))?;
    terminal.line(&drawn.to_str())?;
    terminal
        .line(&format!("either holds {CODE_MINUTES} minutes and once; then `device confirm` its six digits"))
}

fn confirm(desk: &mut Desk, digits: &str, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let waiting =
        |view: &DeviceView| view.state == DeviceState::Unconfirmed && view.fingerprint == digits.trim();
    let found: Vec<DeviceView> = desk.hub.devices()?.into_iter().filter(waiting).collect();
    match found.as_slice() {
        [one] => {
            desk.hub.confirm_device(one.id)?;
            terminal.line(&format!("{} is in use: {}", one.id, one.label))
        }
        [] => Err(said("no device with these digits is waiting: they must be those on its screen")),
        _ => Err(said("two devices with these digits are waiting: enrol one of them again")),
    }
}

fn list(desk: &mut Desk, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let people = desk.accounts.accounts()?;
    for view in desk.hub.devices()? {
        let login = people.iter().find(|account| account.user == view.user).map_or("?", |one| &one.login);
        let seen = view.seen_at.map_or_else(|| "never".to_owned(), moment);
        let held = view.held.map_or_else(String::new, |held| {
            let oldest = moment(fieldcard_schema::time::Timestamp(held.oldest));
            format!("  holds {} ops, {} blobs since {oldest}", held.ops, held.blobs)
        });
        let state = DeviceStanding::of(view.state).code();
        terminal.line(&format!("{}  {login}  {state}  {}  seen {seen}{held}", view.id, view.label))?;
    }
    Ok(())
}
