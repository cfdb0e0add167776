//! A process that is killed: the server as it is shipped, or a device that works and never stops.
//!
//! `victim server …` takes the server's own command line. `victim device …` tells each thing that is saved on
//! standard output, once the core has said so. With `--die LABEL:N` it kills itself at that call of the disk.

#![expect(clippy::print_stdout, reason = "who started it reads there what was acknowledged")]

use std::io::{BufReader, Write, stdin, stdout};
use std::path::PathBuf;

use clap::Parser;
use fieldcard_core::Core;
use fieldcard_core::actions::Request;
use fieldcard_core::driver::http::HttpApi;
use fieldcard_core::driver::system::{self, FileKeystore};
use fieldcard_core::driver::tls::Trust;
use fieldcard_core::enrolment::{self, Invitation};
use fieldcard_core::store::Place;
use fieldcard_core::sync::{Effect, Event, perform};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::enrol::EnrolQr;
use fieldcard_server::cli::{self, Terminal};
use fieldcard_server::config::CommandLine;
use fieldcard_tests::AnyError;
use fieldcard_tests::{dying_vfs, pictures};
use serde_json::{Value, json};

#[derive(Parser)]
enum Victim {
    /// The server.
    Server {
        /// Where to die, as LABEL:N.
        #[arg(long)]
        die: Option<String>,
        /// Its own command line.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// A device.
    Device {
        /// Where to die, as LABEL:N.
        #[arg(long)]
        die: Option<String>,
        /// Folder of its stores; the keystore's lies beside it.
        #[arg(long)]
        data: PathBuf,
        /// The QR text of the enrolment.
        #[arg(long)]
        qr: String,
        /// Only tells what is held, once it has drained.
        #[arg(long)]
        report: bool,
    },
}

fn arm(die: Option<&str>) {
    if let Some((label, n)) = die.and_then(|at| at.split_once(':')) {
        dying_vfs::die_at(label, n.parse().unwrap_or(1));
    }
}

fn main() -> Result<(), AnyError> {
    match Victim::parse() {
        Victim::Server { die, rest } => {
            arm(die.as_deref());
            let line = CommandLine::try_parse_from(std::iter::once("server".to_owned()).chain(rest))?;
            let (mut output, mut input) = (stdout(), BufReader::new(stdin()));
            Ok(cli::run(&line, &mut Terminal { output: &mut output, input: &mut input })?)
        }
        Victim::Device { die, data, qr, report } => {
            arm(die.as_deref());
            let mut phone = Phone::open(&data, &qr)?;
            if report { phone.report() } else { phone.work() }
        }
    }
}

struct Phone {
    core: Core,
    api: HttpApi,
    pending: Vec<Effect>,
    told: usize,
    made: u64,
}

/// Flushed at once: what is told was acknowledged before.
fn tell(word: &str, what: &str) -> Result<(), AnyError> {
    println!("{word} {what}");
    Ok(stdout().flush()?)
}

impl Phone {
    fn open(data: &std::path::Path, qr: &str) -> Result<Self, AnyError> {
        let ports = system::ports(Box::new(FileKeystore::open(&data.with_extension("state"))?));
        let core = Core::open(Place::folder(data), ports)?;
        let invitation = EnrolQr::parse(qr).ok_or("the QR text cannot be read")?;
        let api = HttpApi::new(&invitation.url, &Trust::OrgKey(invitation.org_key))?;
        let mut phone = Self { core, api, pending: Vec::new(), told: 0, made: 0 };
        if enrolment::owner(phone.core.store()?).is_none() {
            phone.enrol(qr)?;
        }
        phone.told = phone.core.store()?.outbox.all_ops()?.len();
        tell("open", &phone.told.to_string())?;
        Ok(phone)
    }

    fn enrol(&mut self, qr: &str) -> Result<(), AnyError> {
        self.api.look()?;
        let seen = self.api.tls_key_seen().ok_or("no TLS key was seen")?;
        let invitation = Invitation::read("", qr).ok_or("the code cannot be read")?;
        self.core.begin_enrolment(&invitation, seen, "victim")?;
        self.exchange()?;
        let owner = enrolment::owner(self.core.store()?).ok_or("the enrolment got no answer")?;
        tell("digits", &owner.fingerprint)?;
        let mut line = String::new();
        stdin().read_line(&mut line)?;
        self.exchange()
    }

    /// Everything that is due now, whatever comes of it.
    fn exchange(&mut self) -> Result<(), AnyError> {
        let mut event = Some(Event::Wanted);
        while let Some(next) = event.take() {
            let effects = self.core.step(next)?;
            self.pending.extend(effects);
            let call = self.pending.iter().position(|effect| matches!(effect, Effect::Call(..)));
            if let Some(Effect::Call(id, call)) = call.map(|at| self.pending.remove(at)) {
                event = Some(Event::Answered(id, perform(&mut self.api, &call)));
            } else {
                let timer =
                    |effect: &Effect| if let Effect::WakeAfter(ms) = effect { Some(*ms) } else { None };
                let wait = self.pending.iter().rev().find_map(timer);
                self.pending.clear();
                event = wait.is_some_and(|ms| ms <= 10).then_some(Event::TimerFired);
            }
        }
        Ok(())
    }

    fn act(&mut self, request: Value) -> Result<Option<String>, AnyError> {
        let done = self.core.execute(serde_json::from_value::<Request>(request)?)?;
        let ops = self.core.store()?.outbox.all_ops()?;
        for op in &ops[self.told..] {
            tell("op", &Digest::of(&op.body).to_string())?;
        }
        self.told = ops.len();
        Ok(done.rec)
    }

    /// Notes and photos for ever, and an exchange now and then.
    fn work(&mut self) -> Result<(), AnyError> {
        let report = "热车后动臂没劲";
        let walk_up = json!({"type": "job.create", "customer": "石料厂", "place": "石砭镇", "phone": "12900001111",
            "serial": "00417", "model": "HCE215-9", "job_type": "inspection", "report": report});
        let job = self.act(walk_up)?.ok_or("no job")?;
        loop {
            self.made += 1;
            self.act(json!({"type": "note.add", "job": job, "text": format!("压力正常 {}", self.made)}))?;
            if self.made % 5 == 2 {
                self.photo(&job)?;
            }
            if self.made.is_multiple_of(3) {
                self.exchange()?;
            }
        }
    }

    fn photo(&mut self, job: &str) -> Result<(), AnyError> {
        let original = pictures::small(self.told);
        let begin = json!({"type": "photo.begin", "size": original.len(), "media_type": "image/jpeg"});
        let photo = self.act(begin)?.ok_or("no photo")?;
        let base64 = pictures::to_base64(&original);
        self.act(json!({"type": "photo.chunk", "photo": photo, "index": 0, "base64": base64}))?;
        self.act(json!({"type": "photo.finish", "photo": photo, "job": job, "phase": "fault"}))?;
        if let Some(blob) = self.core.store()?.outbox.all_blobs()?.last() {
            tell("blob", &blob.sha256.to_string())?;
        }
        Ok(())
    }

    /// Drains, and tells what is held, from the bytes.
    fn report(&mut self) -> Result<(), AnyError> {
        for _ in 0..3 {
            self.exchange()?;
        }
        let outbox = &self.core.store()?.outbox;
        for op in outbox.all_ops()? {
            tell("op", &Digest::of(&op.body).to_string())?;
        }
        for blob in outbox.all_blobs()? {
            let bytes = outbox.blob_bytes(blob.sha256, 0, blob.size)?.unwrap_or_default();
            tell("blob", &Digest::of(&bytes).to_string())?;
        }
        tell("waiting", &outbox.outstanding()?.map_or(0, |left| left.ops + left.blobs).to_string())
    }
}
