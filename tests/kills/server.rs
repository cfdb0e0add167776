//! A server that is killed under two devices; what their outboxes say was acknowledged is in its log afterwards.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Child;

use fieldcard_core::driver::http::HttpApi;
use fieldcard_core::enrolment::Invitation;
use fieldcard_core::store::Place;
use fieldcard_schema::digest::Digest;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::pictures;
use fieldcard_tests::ports::{TestChance, TestClock};
use fieldcard_tests::server::Server;
use serde_json::json;

use super::{Death, Report, victim, wait_killed, within};

/// Kills after which the devices are new ones and the log is compared.
const LIVES: u64 = 50;

struct Phone {
    device: Device,
    api: HttpApi,
    job: String,
    acked: BTreeSet<Digest>,
    stored: BTreeSet<Digest>,
}

impl Phone {
    fn new(server: &Server, clock: &TestClock, n: u64) -> Self {
        let login = format!("li{n}");
        let person = ["user", "add", &login, "--name", "李师傅", "--role", "technician", "--password-stdin"];
        server.command_with(&person, "山高水长-demo-4171\n").unwrap();
        let qr = server.code(&login).unwrap();
        let mut api = server.api(qr.org_key).unwrap();
        api.look().unwrap();
        let mut device = Device::new(Place::memory(), clock, n).unwrap();
        let invitation = Invitation::read("", &qr.to_text()).unwrap();
        device.core.begin_enrolment(&invitation, api.tls_key_seen().unwrap(), &login).unwrap();
        device.exchange(&mut api).unwrap();
        let owner = device.owner().unwrap().unwrap();
        server.command(&["device", "confirm", &owner.fingerprint]).unwrap();
        device.exchange(&mut api).unwrap();
        let walk_up = json!({"type": "job.create", "customer": "石料厂", "place": "石砭镇", "phone": "12900001111",
            "serial": "00417", "model": "HCE215-9", "job_type": "inspection", "report": "回转异响"});
        let job = device.act(walk_up).unwrap().rec.unwrap();
        Self { device, api, job, acked: BTreeSet::new(), stored: BTreeSet::new() }
    }

    /// Some work, and an exchange; afterwards what the device now knows to be held.
    fn turn(&mut self, n: u64) {
        self.device
            .act(json!({"type": "note.add", "job": self.job, "text": format!("压力正常 {n}")}))
            .unwrap();
        if n.is_multiple_of(6) {
            let original = pictures::small(usize::try_from(n).unwrap());
            let begin = json!({"type": "photo.begin", "size": original.len(), "media_type": "image/jpeg"});
            let photo = self.device.act(begin).unwrap().rec.unwrap();
            let base64 = pictures::to_base64(&original);
            let chunk = json!({"type": "photo.chunk", "photo": photo, "index": 0, "base64": base64});
            self.device.act(chunk).unwrap();
            let finish = json!({"type": "photo.finish", "photo": photo, "job": self.job, "phase": "fault"});
            self.device.act(finish).unwrap();
        }
        self.device.exchange(&mut self.api).unwrap();
        let outbox = &self.device.core.store().unwrap().outbox;
        let ops = outbox.all_ops().unwrap();
        self.acked.extend(ops.iter().filter(|op| op.outcome.is_some()).map(|op| Digest::of(&op.body)));
        let blobs = outbox.all_blobs().unwrap();
        self.stored.extend(blobs.iter().filter(|blob| blob.stored).map(|blob| blob.sha256));
    }

    fn lost(&self, server: &Server, log: &[Digest]) -> u64 {
        let ops = self.acked.iter().filter(|op| log.binary_search(op).is_err()).count();
        let whole = |blob: &Digest| server.blob(*blob).is_some_and(|bytes| Digest::of(&bytes) == *blob);
        let blobs = self.stored.iter().filter(|blob| !whole(blob)).count();
        (ops + blobs) as u64
    }

    fn drained(&mut self) -> bool {
        for _ in 0..3 {
            self.device.exchange(&mut self.api).unwrap();
        }
        self.device.core.store().unwrap().outbox.outstanding().unwrap().is_none()
    }
}

fn start(folder: &Path, listen: &str, die: Option<&str>) -> Child {
    let data = folder.to_str().unwrap();
    let serve = ["--log", "error", "--data", data, "serve", "--no-nightly-backup", "--listen", listen];
    let die: Vec<&str> = die.map_or(Vec::new(), |at| vec!["--die", at]);
    let mut child = victim(&[&["server"], die.as_slice(), &["--"], &serve].concat());
    // It may die before it listens: then the line stays empty, and so do the exchanges.
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child
}

/// One life of the server, and the label at which it ended.
fn live<'d>(
    server: &Server,
    listen: &str,
    phones: &mut [Phone],
    death: &'d Death,
    n: &mut u64,
) -> Option<&'d str> {
    let (label, after) = match death {
        Death::Label(at) => (Some(at.as_str()), 1_500),
        Death::After(ms) => (None, *ms),
    };
    let mut child = start(server.folder(), listen, label);
    let pid = rustix::process::Pid::from_child(&child);
    let ((), killed) = within(pid, after, || {
        while child.try_wait().unwrap().is_none() {
            *n += 1;
            for phone in &mut *phones {
                phone.turn(*n);
            }
        }
    });
    wait_killed(&mut child);
    death.label(killed)
}

/// At least `kills` lives of one server.
pub(crate) fn lives(kills: u64) -> Report {
    let mut server = Server::init("衡川重工云岭服务部").unwrap();
    let listen = server.url().trim_start_matches("https://").to_owned();
    let clock = TestClock::at(MORNING);
    let mut report = Report::default();
    let mut chance = TestChance(2);
    let mut n = 0;
    while report.kills < kills {
        server.start().unwrap();
        let mut phones: Vec<Phone> =
            (0..2).map(|at| Phone::new(&server, &clock, report.kills * 2 + at)).collect();
        server.kill().unwrap();
        for _ in 0..LIVES.min(kills - report.kills) {
            report.ended(live(&server, &listen, &mut phones, &Death::draw(&mut chance), &mut n));
        }
        // Before anybody comes back: a device would send again what was lost.
        let log = server.op_digests().unwrap();
        for phone in &phones {
            report.acks += (phone.acked.len() + phone.stored.len()) as u64;
            report.lost += phone.lost(&server, &log);
        }
        server.start().unwrap();
        assert!(phones.iter_mut().all(Phone::drained), "a device does not drain");
        server.kill().unwrap();
    }
    report
}
