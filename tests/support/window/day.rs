//! One repair from enrolment to receipt in the real window, with the server gone from morning to evening and the
//! app killed twice: with unconfirmed ink on the pad, and between the seal and the first push.
//!
//! What is typed, drawn and photographed is remembered as it was *entered*; at the end it is compared, by SHA-256,
//! with what the server holds. Nothing here reads the device's stores.

use std::path::{Path, PathBuf};

use fieldcard_card::{Canonical, PublicKey};
use fieldcard_core::driver::system::FileKeystore;
use fieldcard_core::ports::Keystore;
use fieldcard_schema::digest::Digest;
use serde_json::{Value, json};

use super::driver::{Display, until};
use super::ink;
use super::page::Page;
use crate::AnyError;
use crate::evidence::{Entered, Held};
use crate::pictures;
use crate::server::{Desk, Server};
use crate::verify;

const SUPERVISOR: &str = "chenguodong";
const TECHNICIAN: &str = "qinyongsheng";
/// Of 秦永胜.
const INITIALS: &str = "QYS";
/// A machine with a history: the customer says "the 215 with tail 417".
const LIKE: &str = "FW20261112-003";
/// How a technician finds 主泵总成.
const PUMP_INITIALS: &str = "zbzc";
const SIGNER: &str = "许建军";
const WORDS: &str = "修得快，机器有劲了";

/// What a day came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Things that were entered: texts, numbers, choices, photos, ink.
    pub entered: usize,
    /// Those of them that the server does not hold.
    pub lost: Vec<String>,
    /// The receipt as the screen shows it.
    pub receipt: String,
    /// The sealed card, made up from what the server holds.
    pub card: PathBuf,
    /// What `fieldcard verify` says of it.
    pub verify: String,
    /// Pictures that were taken.
    pub pictures: usize,
}

/// Where a day happens.
pub struct Scene<'a> {
    /// Folder of the demo data.
    pub demo: &'a Path,
    /// Folder of the device.
    pub home: &'a Path,
    /// Folder for pictures, the card, and what the programs say.
    pub out: &'a Path,
    /// Where the window appears.
    pub display: &'a Display,
}

struct Day<'a> {
    scene: &'a Scene<'a>,
    server: Server,
    page: Option<Page>,
    taken: usize,
    job: String,
    entered: Entered,
}

/// Runs a day. Also answers the server, still running.
pub fn run(scene: &Scene<'_>) -> Result<(Report, Server), AnyError> {
    let mut server = Server::init("衡川重工云岭服务部")?;
    server.command(&["import", scene.demo.to_str().ok_or("the path of the demo data is not text")?])?;
    server.start()?;
    let job = dispatch(&server)?;
    let mut day = Day { scene, server, page: None, taken: 0, job, entered: Entered::default() };
    let done = day.work();
    if done.is_err() {
        // What the person saw last says more than the error; there may be no window to picture.
        drop(day.picture("failure"));
    }
    let (digest, receipt) = done?;
    day.report(digest, receipt)
}

/// The supervisor writes today's job down and gives it to the technician.
fn dispatch(server: &Server) -> Result<String, AnyError> {
    let desk = Desk::log_in(server, server.code(TECHNICIAN)?.org_key, SUPERVISOR)?;
    let found = desk.get(&format!("/jobs?q={LIKE}"))?;
    let like = &found["jobs"][0];
    let serial = like["serial"].as_str().ok_or("the demo data has lost its best story")?;
    let machines = desk.get(&format!("/machines?q={serial}"))?;
    let users = desk.get("/users")?;
    let user =
        users["users"].as_array().and_then(|users| users.iter().find(|user| user["login"] == TECHNICIAN));
    let user = &user.ok_or("the technician is not in the demo data")?["user"];
    let now = now_ms()?;
    let job = json!({
        "type": "repair", "mode": "passive", "machine": machines["machines"][0]["machine"], "site": like["site"],
        "contact_name": SIGNER, "contact_phone": "12900005546",
        "report": "热车后动臂没劲，整车越干越慢", "reported_at": now, "plan_from": now + 3_600_000,
        "plan_to": now + 10_800_000, "priority": "urgent",
    });
    let job = desk.post("/jobs", &job)?["job"].as_str().ok_or("no job")?.to_owned();
    desk.post(&format!("/jobs/{job}/assign"), &json!({"assignee": user, "crew": []}))?;
    Ok(job)
}

#[expect(clippy::disallowed_methods, reason = "the app runs on the real clock; today's job is for today")]
fn now_ms() -> Result<i64, AnyError> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_millis())?)
}

impl Day<'_> {
    /// From enrolment to receipt. Answers the digest of the sealed card and the receipt as shown.
    fn work(&mut self) -> Result<(Digest, String), AnyError> {
        self.enrol()?;
        self.server.kill()?;
        self.travel()?;
        self.repair()?;
        self.replace_pump()?;
        let visit = self.sign()?;
        let digest = self.die_and_confirm(&visit)?;
        Ok((digest, self.evening()?))
    }

    /// Today's job in a list.
    fn card(&self) -> String {
        format!("a[href$='/job/{}']", self.job)
    }

    fn page(&mut self) -> Result<&mut Page, AnyError> {
        if self.page.is_none() {
            self.page = Some(Page::open(self.scene, self.taken)?);
        }
        self.page.as_mut().ok_or_else(|| "no window".into())
    }

    fn kill(&mut self) -> Result<(), AnyError> {
        let Some(page) = self.page.take() else { return Ok(()) };
        self.taken = page.taken();
        page.kill()
    }

    fn picture(&mut self, name: &str) -> Result<(), AnyError> {
        self.page()?.picture(name)
    }

    /// Types a text into the field of that id and remembers it.
    fn type_in(&mut self, id: &str, kind: &str, field: &str, text: &str) -> Result<(), AnyError> {
        self.page()?.fill(id, text)?;
        self.entered.field(&self.job, kind, field, &text.into());
        Ok(())
    }

    /// A photo of the office's code, six digits, the first pull: today's job, and the catalogue with it.
    fn enrol(&mut self) -> Result<(), AnyError> {
        let pump = json!({"type": "parts", "job": self.job, "search": PUMP_INITIALS, "limit": 1});
        let code = pictures::qr(&self.server.code(TECHNICIAN)?.to_text()).ok_or("the code fits no QR")?;
        let file = self.scene.out.join("camera-code.jpg");
        std::fs::write(&file, code)?;
        let page = self.page()?;
        page.picture("enrol")?;
        page.attach("#qr_photo", &file)?;
        let digits: String = page.text(".digits")?.chars().filter(char::is_ascii_digit).collect();
        page.picture("six-digits")?;
        self.server.command(&["device", "confirm", &digits])?;
        let page = self.page()?;
        page.wait_text("今日")?;
        page.wait_text("铜鼓岭乡石料厂")?;
        page.ask_until("the catalogue", &pump, |view| view["hits"][0]["part"].as_str().map(drop))?;
        page.picture("today")
    }

    /// No network from here on.
    fn travel(&mut self) -> Result<(), AnyError> {
        let card = self.card();
        let page = self.page()?;
        page.tap_at(&card)?;
        for (step, then) in
            [("接单", "已接单"), ("出发", "已出发"), ("到达", "到达现场"), ("开始维修", "维修中")]
        {
            page.tap(step)?;
            // The toast comes first; the buttons change with the chip.
            page.wait_chip(then)?;
        }
        page.picture("at-work")?;
        for step in ["accepted", "departed", "arrived", "working"] {
            self.entered.field(&self.job, "step", "step", &step.into());
        }
        Ok(())
    }

    fn repair(&mut self) -> Result<(), AnyError> {
        self.type_in("meter.hours", "reading", "value", "1846.5")?;
        for (field, text) in
            [("phenomenon", "热车后动臂无力"), ("place", "主泵"), ("cause", "主泵调节器卡滞")]
        {
            self.type_in(&format!("fault.{field}"), "fault", field, text)?;
        }
        self.type_in("fault.action", "job", "action", "更换主泵总成，清洗油箱，试机正常")?;
        let note = "系统压力 31.4 MPa；下次带 14 号内六角";
        self.type_in("note", "note", "text", note)?;
        let page = self.page()?;
        page.tap("添加备注")?;
        page.wait_for("#notes .note")?;
        page.picture("fault-and-note")
    }

    fn replace_pump(&mut self) -> Result<(), AnyError> {
        let (new, old, state) = ("K3V26110417", "K3V22090417", "配流盘划伤，壳体有金属屑");
        let page = self.page()?;
        page.tap("添加换件")?;
        page.fill("part_search", PUMP_INITIALS)?;
        page.wait_text("HC31-02150B")?;
        page.picture("part-search")?;
        page.tap_at("main li button")?;
        page.choose("payer", "maker")?;
        page.choose("source", "van")?;
        self.type_in("serial", "part_line", "in_serial", new)?;
        self.photograph("new_part", 1)?;
        self.type_in("old_serial", "old_part", "serial", old)?;
        self.type_in("old_note", "old_part", "note", state)?;
        self.photograph("old_part", 2)?;
        for (field, code) in [("payer", "maker"), ("source", "van")] {
            self.entered.field(&self.job, "part_line", field, &code.into());
        }
        self.picture("part-line")?;
        self.page()?.tap("回到服务单")?;
        self.photograph("fault", 3)
    }

    /// A picture as a camera leaves it, through the file field of its phase.
    fn photograph(&mut self, phase: &str, n: usize) -> Result<(), AnyError> {
        let original = pictures::scene(n);
        let file = self.scene.out.join(format!("camera-{phase}.jpg"));
        std::fs::write(&file, &original)?;
        let page = self.page()?;
        page.attach(&format!("[id='photos.{phase}']"), &file)?;
        page.wait_for(&format!(".strip:has([id='photos.{phase}']) img"))?;
        self.entered.photo(&self.job, phase, original);
        Ok(())
    }

    /// Up to ink on the pad that nobody has confirmed. Answers the visit.
    fn sign(&mut self) -> Result<String, AnyError> {
        let page = self.page()?;
        page.tap("完工检查")?;
        page.tap("去签字")?;
        page.tap("生成服务卡")?;
        page.wait_text("内容已冻结")?;
        page.picture("card-frozen")?;
        page.tap("把手机交给用户")?;
        page.fill("words", WORDS)?;
        page.tap_at("[id='satisfaction.5']")?;
        page.picture("customers-card")?;
        page.tap("去签字")?;
        page.fill("name", SIGNER)?;
        page.draw(".ink", &signature())?;
        page.picture("signed-not-confirmed")?;
        let start = page.ask(&json!({"type": "start"}))?;
        let visit = start["handed_over"].as_str().ok_or("no visit is handed over")?;
        Ok(visit.to_owned())
    }

    /// Both kills. Answers the digest of the card that was sealed between them.
    fn die_and_confirm(&mut self, visit: &str) -> Result<Digest, AnyError> {
        let drafts = |page: &Page| page.ask(&json!({"type": "drafts", "rec": visit}));
        let page = self.page()?;
        let drawn = page.inked(".ink canvas")?;
        // What is on the glass is on the disk when the pen is up; only then is it fair to pull the plug.
        let before = until("the ink in the store", || {
            let fields = drafts(page)?;
            Ok(fields["fields"]["ink"].as_str().filter(|ink| !ink.is_empty()).map(str::to_owned))
        })?;
        if drawn == 0 {
            return Err("the pen left no trace on the pad".into());
        }
        self.kill()?;
        let page = self.page()?;
        page.wait_for(".ink canvas")?;
        page.picture("ink-after-the-kill")?;
        let after = drafts(page)?;
        if after["fields"]["ink"] != before.as_str() || page.inked(".ink canvas")? == 0 {
            return Err("the ink did not outlive the kill".into());
        }
        page.tap("确认")?;
        page.wait_text("封存后改动任何一个字都会被发现")?;
        page.picture("sealed")?;
        let sealed = page.ask(&json!({"type": "sign_off", "visit": visit}))?;
        let digest = sealed["sealed"]["digest"].as_str().ok_or("the sealed card has no digest")?.parse()?;
        self.kill()?;
        // The pad's size, then the strokes: the card says them apart.
        let strokes = before.split_once('.').map_or(before.as_str(), |(_, strokes)| strokes);
        let said = [
            ("strokes", json!(strokes)),
            ("words", json!(WORDS)),
            ("satisfaction", json!(5)),
            ("name", json!(SIGNER)),
        ];
        for (member, value) in &said {
            self.entered.on_card(&self.job, member, value);
        }
        Ok(digest)
    }

    /// The server comes back; the receipt as the screen shows it.
    fn evening(&mut self) -> Result<String, AnyError> {
        // It opens where it was killed: in the customer's hands, until the technician's initials.
        let page = self.page()?;
        page.tap("把手机交还服务人员")?;
        page.fill("initials", INITIALS)?;
        page.tap("打开应用")?;
        page.wait_text("今日")?;
        page.picture("evening-offline")?;
        self.server.start()?;
        let query = json!({"type": "job_page", "job": self.job});
        let card = self.card();
        let page = self.page()?;
        page.tap("同步")?;
        page.tap("现在同步")?;
        let code = |view: &Value| view["receipt"]["code"].as_str().map(str::to_owned);
        let receipt = page.ask_until("the receipt", &query, code)?;
        page.wait_text("公司已收到全部内容")?;
        page.picture("all-held")?;
        page.tap("服务单")?;
        page.tap_at(&card)?;
        page.wait_text(&format!("接收回执 {receipt}"))?;
        page.picture("receipt")?;
        Ok(receipt)
    }

    /// Sealing the final card submitted the job: so the office says.
    fn expect_submitted(&self) -> Result<(), AnyError> {
        let desk = Desk::log_in(&self.server, self.server.code(TECHNICIAN)?.org_key, SUPERVISOR)?;
        let (state, steps) = desk.job(&self.job)?;
        if state == "submitted" && steps.iter().any(|step| step == "work_done") {
            return Ok(());
        }
        Err(format!("the job is {state} after {steps:?}").into())
    }

    fn report(mut self, digest: Digest, receipt: String) -> Result<(Report, Server), AnyError> {
        self.expect_submitted()?;
        let held = Held::read(&self.server)?;
        let record = held.card(digest).ok_or("the office has no record of the card")?;
        let bytes = self.server.blob(digest).ok_or("the office lacks the bytes of the card")?;
        let ink = fieldcard_card::Card::parse(&bytes)?.ink.ok_or("the card has no ink")?;
        let key = FileKeystore::open(&self.scene.home.join("state"))?.get("device_key")?;
        let seed: [u8; 32] = key.and_then(|key| key.try_into().ok()).ok_or("no device key")?;
        let key = PublicKey(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key());
        let card = verify::lay_out(&self.server, record, key, self.scene.out)?;
        let verify = verify::word(&card)?.to_owned();
        let mut lost = self.entered.lost(&held)?;
        lost.extend(ink::differences(&signature(), &ink)?);
        let entered = self.entered.count();
        let pictures = self.page()?.taken();
        // The window is closed as a person closes it; what it does then is its own business.
        self.page = None;
        Ok((Report { entered, lost, receipt, card, verify, pictures }, self.server))
    }
}

/// A name as a hand writes it: three loops and a line, in parts of the pad.
pub(super) fn signature() -> Vec<Vec<(f64, f64)>> {
    let wave = |k: i32| {
        let k = f64::from(k);
        (0.15 + k * 0.012, 0.55 - 0.22 * (k / 3.2).sin())
    };
    let line = |k: i32| (0.2 + f64::from(k) * 0.03, 0.78 - f64::from(k) * 0.004);
    vec![(0..44).map(wave).collect(), (0..16).map(line).collect()]
}
