//! A device that is killed: it tells what is saved, and after all its lives what it holds.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Child;

use fieldcard_tests::ports::TestChance;
use fieldcard_tests::server::Server;

use super::{Death, Report, victim, wait_killed, within};

/// Lives of one device: reading its whole outbox takes the longer the more it holds.
const LIVES: u64 = 50;

/// What was told, as `op <digest>` and `blob <digest>`.
type Told = BTreeSet<String>;

struct Phone<'a> {
    server: &'a Server,
    data: PathBuf,
    qr: String,
    told: Told,
}

impl<'a> Phone<'a> {
    fn new(server: &'a Server, folder: &Path, n: u64) -> Self {
        let login = format!("li{n}");
        let person = ["user", "add", &login, "--name", "李师傅", "--role", "technician", "--password-stdin"];
        server.command_with(&person, "山高水长-demo-4171\n").unwrap();
        let qr = server.code(&login).unwrap().to_text();
        Self { server, data: folder.join(&login), qr, told: Told::new() }
    }

    fn start(&self, more: &[&str]) -> Child {
        let data = self.data.to_str().unwrap();
        victim(&[&["device", "--data", data, "--qr", &self.qr], more].concat())
    }

    /// Reads what a process tells until it ends; confirms its enrolment if it asks.
    fn listen(&mut self, child: &mut Child) -> Vec<String> {
        let mut said = Vec::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            // A process that dies in the middle of a line has told nothing by it.
            let Ok(line) = line else { break };
            match line.split_once(' ') {
                Some(("digits", digits)) => {
                    self.server.command(&["device", "confirm", digits]).unwrap();
                    let mut stdin = child.stdin.take().unwrap();
                    drop(stdin.write_all(b"confirmed\n"));
                }
                _ => said.push(line),
            }
        }
        said
    }

    /// One life, and the label at which it ended.
    fn live<'d>(&mut self, death: &'d Death) -> Option<&'d str> {
        let (more, after) = match death {
            Death::Label(at) => (vec!["--die", at.as_str()], 4_000),
            Death::After(ms) => (Vec::new(), 60 + *ms),
        };
        let mut child = self.start(&more);
        let pid = rustix::process::Pid::from_child(&child);
        let (said, killed) = within(pid, after, || {
            let said = self.listen(&mut child);
            wait_killed(&mut child);
            said
        });
        let acknowledged = |line: &String| line.starts_with("op ") || line.starts_with("blob ");
        self.told.extend(said.into_iter().filter(acknowledged));
        death.label(killed)
    }

    /// The device drains; how many of the things it ever told it does not hold, or the server does not.
    fn judge(&mut self) -> u64 {
        let mut child = self.start(&["--report"]);
        let said = self.listen(&mut child);
        assert!(child.wait().unwrap().success(), "the report broke off: {:?}", said.last());
        assert!(said.contains(&"waiting 0".to_owned()), "it does not drain: {:?}", said.last());
        let held: Told = said.into_iter().collect();
        let log: Told = self.server.op_digests().unwrap().iter().map(|op| format!("op {op}")).collect();
        let gone = |told: &&String| {
            let there = match told.split_once(' ') {
                Some(("blob", digest)) => self.server.blob(digest.parse().unwrap()).is_some(),
                _ => log.contains(*told),
            };
            !there || !held.contains(*told)
        };
        self.told.iter().filter(gone).count() as u64
    }
}

/// At least `kills` lives of devices.
pub(crate) fn lives(kills: u64) -> Report {
    let mut server = Server::init("衡川重工云岭服务部").unwrap();
    server.start().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut report = Report::default();
    let mut chance = TestChance(1);
    for n in 0.. {
        let mut phone = Phone::new(&server, folder.path(), n);
        // The first life is a quiet one: it enrols.
        phone.live(&Death::After(2_500));
        for _ in 0..LIVES.min(kills - report.kills) {
            report.ended(phone.live(&Death::draw(&mut chance)));
        }
        report.acks += phone.told.len() as u64;
        report.lost += phone.judge();
        if report.kills >= kills {
            break;
        }
    }
    report
}
