//! Makes a fixture: two jobs, one done and held by the office, one done in the field and still queued.
//!
//! The office's server is a real process that is killed in the end; the device's stores are closed as by its app.

use std::collections::BTreeMap;
use std::path::Path;

use fieldcard_core::enrolment::Invitation;
use fieldcard_core::store::Place;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::UserId;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::pictures;
use fieldcard_tests::ports::{TestClock, TestKeystore};
use fieldcard_tests::server::{Desk, Server};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::archive;

/// What a person had put in by the time the version ended.
#[derive(Serialize, Deserialize)]
pub(crate) struct Entered {
    pub(crate) user: UserId,
    pub(crate) org_key: [u8; 32],
    pub(crate) keystore: BTreeMap<String, Vec<u8>>,
    pub(crate) ops: Vec<Digest>,
    pub(crate) blobs: Vec<Digest>,
    pub(crate) draft: String,
}

struct Site {
    server: Server,
    desk: Desk,
    device: Device,
    keystore: TestKeystore,
    user: UserId,
    org_key: [u8; 32],
}

const DRAFT: &str = "试机时左行走偏慢，回头再看";

fn site(folder: &Path, clock: &TestClock) -> Site {
    let mut server = Server::init("衡川重工云岭服务部").unwrap();
    for (login, name, role) in [("li", "李师傅", "technician"), ("chen", "陈主任", "supervisor")] {
        let person = ["user", "add", login, "--name", name, "--role", role, "--password-stdin"];
        server.command_with(&person, "山高水长-demo-4171\n").unwrap();
    }
    server.start().unwrap();
    let qr = server.code("li").unwrap();
    let mut api = server.api(qr.org_key).unwrap();
    api.look().unwrap();
    let keystore = TestKeystore::default();
    let place = Place::folder(&folder.join("phone"));
    let mut device = Device::with_keystore(place, clock, 5, keystore.clone()).unwrap();
    let invitation = Invitation::read("", &qr.to_text()).unwrap();
    device.core.begin_enrolment(&invitation, api.tls_key_seen().unwrap(), "坚果手机").unwrap();
    device.exchange(&mut api).unwrap();
    let owner = device.owner().unwrap().unwrap();
    server.command(&["device", "confirm", &owner.fingerprint]).unwrap();
    let desk = Desk::log_in(&server, qr.org_key, "chen").unwrap();
    Site { server, desk, device, keystore, user: owner.user, org_key: qr.org_key }
}

impl Site {
    fn dispatch(&mut self, report: &str) {
        let job = json!({"type": "repair", "mode": "passive", "report": report, "site": "石砭镇石料厂",
            "reported_at": MORNING, "plan_from": MORNING, "plan_to": MORNING + 3_600_000, "priority": "normal"});
        let job = self.desk.post("/jobs", &job).unwrap()["job"].as_str().unwrap().to_owned();
        let to = json!({"assignee": self.user, "crew": []});
        self.desk.post(&format!("/jobs/{job}/assign"), &to).unwrap();
    }

    fn exchange(&mut self) {
        let mut api = self.server.api(self.org_key).unwrap();
        assert!(self.device.exchange(&mut api).unwrap());
    }

    fn act(&mut self, request: Value) -> Option<String> {
        self.device.act(request).unwrap().rec
    }

    /// A repair with a photo, a part and the customer's signature.
    fn repair(&mut self, job: &str, n: usize) {
        let records = self.device.core.store().unwrap().cache.of_job(job.parse().unwrap()).unwrap();
        let visit = records.iter().find(|seen| seen.state.kind == "visit").unwrap().rec;
        for step in ["depart", "arrive", "work"] {
            self.act(json!({"type": format!("visit.{step}"), "visit": visit}));
        }
        self.act(json!({"type": "reading.set", "job": job, "meter": "hours", "value": "1846.5"}));
        for (field, text) in
            [("phenomenon", "热车后动臂无力"), ("place", "主泵"), ("cause", "卡滞"), ("action", "更换主泵")]
        {
            self.act(json!({"type": "fault.set", "job": job, "field": field, "value": text}));
        }
        let original = pictures::scene(n);
        let begin = json!({"type": "photo.begin", "size": original.len(), "media_type": "image/jpeg"});
        let photo = self.act(begin).unwrap();
        let base64 = pictures::to_base64(&original);
        self.act(json!({"type": "photo.chunk", "photo": photo, "index": 0, "base64": base64}));
        self.act(json!({"type": "photo.finish", "photo": photo, "job": job, "phase": "fault"}));
        self.act(json!({"type": "part_line.add", "job": job, "number": "HC31-02150B", "name": "主泵总成",
            "serialised": true}));
        self.act(
            json!({"type": "job.propose", "job": job, "field": "contact_phone", "value": "12900009999"}),
        );
        self.act(json!({"type": "sign_off.prepare", "visit": visit, "kind": "final", "language": "zh"}));
        self.act(json!({"type": "sign_off.hand_over", "visit": visit}));
        self.act(json!({"type": "sign_off.confirm", "visit": visit, "how": "signed", "words": "好",
            "strokes": pictures::ink(n), "satisfaction": 5,
            "signer": {"name": "许建军", "role": "operator", "authority": "listed"}}));
        self.act(json!({"type": "sign_off.take_back", "visit": visit, "initials": "LSF"}));
    }

    fn jobs(&mut self) -> Vec<String> {
        let cache = &self.device.core.store().unwrap().cache;
        let ids = cache.ids().unwrap();
        let is_job = |rec: &fieldcard_schema::id::RecordId| {
            cache.seen(*rec).unwrap().is_some_and(|seen| seen.state.kind == "job")
        };
        ids.into_iter().filter(is_job).map(|rec| rec.to_string()).collect()
    }

    fn entered(&mut self) -> Entered {
        let outbox = &self.device.core.store().unwrap().outbox;
        Entered {
            user: self.user,
            org_key: self.org_key,
            keystore: self.keystore.values(),
            ops: outbox.all_ops().unwrap().iter().map(|op| Digest::of(&op.body)).collect(),
            blobs: outbox.all_blobs().unwrap().iter().map(|blob| blob.sha256).collect(),
            draft: DRAFT.to_owned(),
        }
    }
}

/// Writes a fixture of this version.
pub(crate) fn make(zip: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(MORNING);
    let mut site = site(folder.path(), &clock);
    site.dispatch("热车后动臂没劲");
    site.dispatch("左行走慢");
    site.exchange();
    let jobs = site.jobs();
    site.repair(&jobs[0], 1);
    site.exchange();
    site.repair(&jobs[1], 2);
    site.act(json!({"type": "draft.save", "rec": jobs[1], "field": "note", "value": DRAFT}));
    let entered = site.entered();
    site.server.kill().unwrap();
    copy(site.server.folder(), &folder.path().join("server"));
    site.device.close().unwrap();
    std::fs::write(folder.path().join("entered.json"), serde_json::to_vec(&entered).unwrap()).unwrap();
    archive::pack(folder.path(), zip);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
