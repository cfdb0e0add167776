//! `fieldcard`: verifies and shows a service card, with no server and no store.
//!
//! Arguments in, one exit code out; `input` reads files, `words` says reports, `page` draws cards. Nothing
//! here judges: that is `fieldcard_card::verify`.

mod input;
mod page;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use fieldcard_card::bundle::Bundle;
use fieldcard_card::verify::{Pins, Report, verify};
use fieldcard_card::{Canonical, Card, KeyId, b64};
use fieldcard_schema::digest::Digest;

/// Verifies and shows sealed service cards, offline.
#[derive(Parser)]
#[command(name = "fieldcard", version, after_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
Examples:
  fieldcard verify FW20251112-003.fieldcard
  fieldcard verify card.fieldcard --card bd2a0992…   (the hash in the QR code on the paper)
  fieldcard verify card.fieldcard --json
  fieldcard show card.fieldcard

Attachments that do not travel inside the file are looked for beside it, each named by its SHA-256.

Exit codes:
  0  valid      every check held
  1  changed    at least one check failed
  2  missing    nothing failed, but something that the card names is not there
  3  no answer  the file cannot be read, is no service card, or was written by a later version";

#[derive(Subcommand)]
enum Command {
    /// Checks seal, office's statements, chain and attachments, and says between when the card was made
    Verify(VerifyArgs),
    /// Prints the card as it was signed
    Show {
        /// A *.fieldcard file
        file: PathBuf,
    },
}

#[derive(Args)]
struct VerifyArgs {
    /// A *.fieldcard file
    file: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// The card must have this hash (64 hex digits, from its QR code)
    #[arg(long, value_name = "HASH")]
    card: Option<Digest>,
    /// The card must be sealed by the key with this fingerprint
    #[arg(long, value_name = "FINGERPRINT")]
    device_key: Option<KeyId>,
    /// The office must be the one whose key has this fingerprint, and vouch for the device
    #[arg(long, value_name = "FINGERPRINT")]
    org_key: Option<KeyId>,
}

/// The fourth exit code: no answer.
const NO_ANSWER: u8 = 3;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => {
            // clap's own code for a wrong usage is 2, which here means "missing".
            let code = if usage.use_stderr() { NO_ANSWER } else { 0 };
            return if usage.print().is_ok() { code.into() } else { NO_ANSWER.into() };
        }
    };
    let answer = match cli.command {
        Command::Verify(args) => verify_file(&args),
        Command::Show { file } => show_file(&file),
    };
    match answer {
        Ok((text, code)) => {
            print(&text);
            code.into()
        }
        Err(why) => {
            eprintln!("fieldcard: {why}");
            NO_ANSWER.into()
        }
    }
}

/// Writes to standard output; a reader that has gone away is no error.
fn print(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn verify_file(args: &VerifyArgs) -> Result<(String, u8), String> {
    let pins = Pins { card: args.card, device: args.device_key, org: args.org_key };
    let (bundle, report) = judged(&args.file, &pins)?;
    let code = report.verdict.exit_code();
    let text = if args.json {
        serde_json::to_string_pretty(&report).map_err(|e| e.to_string())? + "\n"
    } else {
        words::report(&report, card_of(&bundle).as_ref())
    };
    Ok((text, code))
}

fn show_file(file: &Path) -> Result<(String, u8), String> {
    let (bundle, report) = judged(file, &Pins::default())?;
    let card = card_of(&bundle).ok_or_else(|| {
        format!("{}: the card in it cannot be read; `fieldcard verify` says why", file.display())
    })?;
    Ok((page::draw(&card, &report), report.verdict.exit_code()))
}

fn judged(file: &Path, pins: &Pins) -> Result<(Bundle, Report), String> {
    let bundle = input::bundle(file)?;
    let folder = input::folder_of(file);
    let report = verify(&bundle, pins, &|sha256, size| input::beside(&folder, sha256, size))
        .map_err(|why| format!("{}: the card was {why}; use a newer fieldcard", file.display()))?;
    Ok((bundle, report))
}

fn card_of(bundle: &Bundle) -> Option<Card> {
    Card::parse(&b64::decode(&bundle.card.bytes)?).ok()
}
