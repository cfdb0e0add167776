//! Catalogues reach a device as files: resumed, swapped, and never in the way of anybody's work.

use fieldcard_core::store::Place;
use fieldcard_core::sync::Event;
use fieldcard_schema::dataset::faults::Fault as KnownFault;
use fieldcard_schema::dataset::parts::Part;
use fieldcard_schema::dataset::photo_sets::PhotoNeed;
use fieldcard_schema::dataset::{Header, line_of, pack};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::campaign::Campaign;
use fieldcard_schema::record::dataset::Dataset;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::record::van_stock::VanStock;
use fieldcard_schema::time::Timestamp;
use fieldcard_server::hub::office::OfficeOp;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, person};
use fieldcard_tests::path::{Fault, Path};
use fieldcard_tests::ports::TestClock;
use serde_json::{Value, json};

struct Site {
    office: Office,
    device: Device,
    job: String,
    _folder: tempfile::TempDir,
}

fn site() -> Site {
    let clock = TestClock::at(MORNING);
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new(None, &clock, 100).unwrap();
    let machine = Machine { model: Some("HCE215-9".into()), ..Machine::default() };
    let machine = office.create(&machine).unwrap();
    let job = Job { assignee: Some(person(1)), machine: Some(machine), ..Job::default() };
    let job = office.create_job(&job).unwrap();
    let device = office.phone(Place::folder(folder.path()), &clock).unwrap();
    Site { office, device, job: job.to_string(), _folder: folder }
}

/// `count` parts whose text compresses badly, one of them the pump.
fn file(version: u64, count: u64) -> Vec<u8> {
    let pump = Part {
        number: "HC31-02150B".into(),
        name_zh: "主泵总成".into(),
        initials: vec!["zbzc".into()],
        fits: vec!["HCE215-9".into()],
        serialised: true,
        ..Part::default()
    };
    let other = |n: u64| Part {
        number: format!("HC{n:06}"),
        name_zh: "主泵螺栓".into(),
        specification: Some(Digest::of(&n.to_be_bytes()).to_string()),
        ..Part::default()
    };
    let rows = std::iter::once(pump).chain((1..count).map(other));
    let lines: Vec<Vec<u8>> = rows.map(|row| line_of(&row).unwrap()).collect();
    pack(&Header::new("parts", version, count, Timestamp(MORNING)), &lines).unwrap()
}

impl Site {
    fn publish(&mut self, file: &[u8]) {
        self.office.hub.publish_dataset(&self.office.actor, file).unwrap();
    }

    /// A record that names a file which is not there, or not what it says.
    fn promise(&mut self, name: &str, sha256: Digest, size: u64) {
        let told = Dataset {
            name: Some(name.into()),
            version: Some(9),
            sha256: Some(sha256),
            size: Some(size),
            ..Dataset::default()
        };
        let rec = self.office.hub.new_record().unwrap();
        let op = OfficeOp::create(Dataset::KIND, rec, None, told.to_fields());
        self.office.hub.office(&self.office.actor, vec![op]).unwrap();
    }

    fn exchange(&mut self) {
        assert!(self.device.exchange(&mut self.office).unwrap());
    }

    /// Exchanges twice; the bytes of this digest are nowhere to be had.
    fn exchange_without(&mut self, hidden: Digest) {
        for _ in 0..2 {
            let mut path = Path::new(&mut self.office, Fault::HideBlob(hidden));
            self.device.tell(Event::Wanted).unwrap();
            assert!(self.device.exchange(&mut path).unwrap());
        }
    }

    fn search(&mut self, text: &str) -> Value {
        self.device.view(json!({"type": "parts", "job": self.job, "search": text, "limit": 5})).unwrap()
    }

    fn find_fault(&mut self, text: &str) -> Value {
        self.device.view(json!({"type": "faults", "job": self.job, "search": text, "limit": 5})).unwrap()
    }

    fn numbers(&mut self, text: &str) -> Vec<String> {
        let hits = self.search(text)["hits"].as_array().unwrap().clone();
        hits.iter().map(|hit| hit["number"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn a_published_catalogue_is_found_on_the_device() {
    let mut site = site();
    site.publish(&file(1, 50));
    let stock =
        VanStock { person: Some(person(1)), part: Some("HC31-02150B".into()), qty: 2, ..VanStock::default() };
    site.office.create(&stock).unwrap();
    site.exchange();
    let answer = site.search("主泵");
    let expected = json!({
        "part": "HC31-02150B", "number": "HC31-02150B", "name": "主泵总成", "unit": "", "fits": true,
        "serialised": true, "auxiliary": false, "van_stock": "2", "superseded_by": null,
    });
    assert_eq!((&answer["hits"][0], &answer["total"]), (&expected, &json!(50)));
    assert_eq!(site.numbers(""), ["HC31-02150B"]);
    let visit = site.office.visit_of(site.job.parse().unwrap()).unwrap();
    for step in ["visit.depart", "visit.arrive", "visit.work"] {
        site.device.act(json!({"type": step, "visit": visit})).unwrap();
    }
    let add = json!({"type": "part_line.add", "job": site.job, "number": "HC000007", "name": "主泵螺栓"});
    site.device.act(add).unwrap();
    assert_eq!(site.search("")["recent"][0]["number"], json!("HC000007"));
    assert_eq!(site.numbers("主泵")[..2], ["HC31-02150B", "HC000007"]);
    // A part of the catalogue is added by its number alone.
    let add = json!({"type": "part_line.add", "job": site.job, "part": "HC31-02150B"});
    site.device.act(add).unwrap();
    let page = site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
    let line = &page["parts"][1];
    assert_eq!((&line["name"], &line["serialised"]), (&json!("主泵总成"), &json!(true)));
    assert_eq!((&line["in_catalogue"], &line["unit"]), (&json!(true), &json!("piece")));
}

#[test]
fn a_fetch_cut_off_anywhere_goes_on_after_a_restart() {
    let mut site = site();
    let file = file(1, 15_000);
    assert!(file.len() > 600_000, "several runs: {}", file.len());
    site.publish(&file);
    // One call a life, and the core is killed after it.
    for _ in 0..40 {
        site.device.tell(Event::Wanted).unwrap();
        for _ in 0..4 {
            site.device.exchange_once(&mut site.office).unwrap();
        }
        site.device.restart().unwrap();
    }
    let before = site.device.calls;
    site.exchange();
    assert!(site.device.calls - before < 8, "nothing was fetched twice");
    assert_eq!(site.numbers("zbzc"), ["HC31-02150B"]);
    site.device.restart().unwrap();
    assert_eq!(site.numbers("zbzc"), ["HC31-02150B"]);
}

#[test]
fn a_new_version_takes_the_old_ones_place_and_the_old_one_is_used_until_then() {
    let mut site = site();
    site.publish(&file(1, 50));
    site.exchange();
    site.publish(&file(2, 10));
    assert_eq!(site.search("主泵")["total"], json!(50));
    site.exchange();
    assert_eq!(site.search("主泵")["total"], json!(10));
}

/// Version `version` of a list whose parts `0..changed` cost something else in it.
fn priced(version: u64, changed: u64) -> Vec<u8> {
    let part = |n: u64| Part {
        number: format!("HC{n:06}"),
        name_zh: "主泵螺栓".into(),
        specification: Some(Digest::of(&n.to_be_bytes()).to_string()),
        price: Some(if n < changed { 7 + i64::try_from(version).unwrap() } else { 5 }),
        ..Part::default()
    };
    let lines: Vec<Vec<u8>> = (0..3_000).map(|n| line_of(&part(n)).unwrap()).collect();
    pack(&Header::new("parts", version, 3_000, Timestamp(MORNING)), &lines).unwrap()
}

#[test]
fn a_new_version_costs_what_changed_also_for_who_missed_some() {
    let mut site = site();
    site.publish(&priced(1, 0));
    site.exchange();
    for version in 2..=3 {
        site.publish(&priced(version, 40));
    }
    let current = priced(3, 40);
    let told = site.office.hub.dataset("parts").unwrap().unwrap();
    let bases: Vec<Digest> = told.deltas.iter().map(|delta| delta.base).collect();
    assert_eq!(bases, [Digest::of(&priced(2, 40)), Digest::of(&priced(1, 0))]);
    assert!(told.deltas.iter().all(|delta| delta.size * 20 < current.len() as u64), "{:?}", told.deltas);
    // The whole file is not there to be fetched: only the delta leads to it.
    let whole = told.sha256.unwrap();
    site.exchange_without(whole);
    let datasets = &site.device.core.store().unwrap().datasets;
    assert_eq!(datasets.version("parts"), Some(whole));
    assert_eq!(datasets.part("HC000039").unwrap().unwrap().price, Some(10));
    assert_eq!(datasets.part("HC000040").unwrap().unwrap().price, Some(5));
}

#[test]
fn a_delta_that_cannot_be_had_is_made_up_for_by_the_whole_file() {
    let mut site = site();
    site.publish(&priced(1, 0));
    site.exchange();
    site.publish(&priced(2, 40));
    let told = site.office.hub.dataset("parts").unwrap().unwrap();
    site.exchange_without(told.deltas[0].sha256);
    let datasets = &site.device.core.store().unwrap().datasets;
    assert_eq!((datasets.version("parts"), told.deltas.len()), (told.sha256, 1));
}

#[test]
fn a_bad_file_stands_in_nobodys_way() {
    let mut site = site();
    site.promise("faults", Digest::of(b"nowhere"), 100);
    let rubbish = file(1, 3);
    site.publish(&rubbish);
    // A record may name a file of another dataset: right digest, wrong content.
    site.promise("labour", Digest::of(&rubbish), rubbish.len() as u64);
    site.exchange();
    site.exchange();
    assert_eq!(site.numbers("zbzc"), ["HC31-02150B"]);
    site.device.act(json!({"type": "note.add", "job": site.job, "text": "到"})).unwrap();
    site.exchange();
    let ops = site.device.core.store().unwrap().outbox.all_ops().unwrap();
    assert!(ops.iter().all(|op| op.outcome.is_some()));
    let before = site.device.calls;
    site.exchange();
    assert!(site.device.calls - before < 5, "what is hopeless is not fetched again and again");
}

#[test]
fn a_revoked_device_fetches_nothing() {
    let mut site = site();
    let owner = site.device.owner().unwrap().unwrap();
    site.office.hub.revoke_device(owner.device).unwrap();
    site.publish(&file(1, 50));
    let _ = site.device.exchange(&mut site.office);
    assert!(site.numbers("zbzc").is_empty());
}

/// How many photos of each phase the job's page asks for.
fn asked(site: &mut Site) -> Vec<(String, u64)> {
    let page = site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
    let sets = page["photos"].as_array().unwrap().iter();
    let asked =
        sets.map(|set| (set["phase"].as_str().unwrap().to_owned(), set["required"].as_u64().unwrap()));
    asked.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn a_brands_own_photo_set_is_asked_for_and_the_generic_one_where_it_has_none() {
    let mut site = site();
    let job: fieldcard_schema::id::RecordId = site.job.parse().unwrap();
    let set = |value: Value| serde_json::from_value(value).unwrap();
    site.office.set("job", job, set(json!({"type": "repair", "brand": "HC"}))).unwrap();
    site.exchange();
    let generic = asked(&mut site);
    assert!(generic.contains(&("meter".to_owned(), 1)), "{generic:?}");

    let need = |brand: &str, job_type: &str, phase: &str, required| PhotoNeed {
        brand: brand.into(),
        job_type: job_type.into(),
        phase: phase.into(),
        required,
        ..PhotoNeed::default()
    };
    let rows = [
        need("HC", "repair", "nameplate", 1),
        PhotoNeed {
            zh: "故障点特写".into(),
            en: "Close-up of the fault".into(),
            ..need("HC", "repair", "fault", 3)
        },
        need("HC", "inspection", "document", 1),
        need("LY", "repair", "meter", 9),
    ];
    let lines: Vec<Vec<u8>> = rows.iter().map(|row| line_of(row).unwrap()).collect();
    site.publish(&pack(&Header::new("photo_sets", 1, 4, Timestamp(MORNING)), &lines).unwrap());
    site.exchange();
    let own = vec![("nameplate".to_owned(), 1), ("fault".to_owned(), 3)];
    assert_eq!(asked(&mut site), own);
    let hint = |site: &mut Site| {
        let page = site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
        let sets = page["photos"].as_array().unwrap().clone();
        sets.into_iter().find(|set| set["phase"] == "fault").unwrap()["hint"].clone()
    };
    assert_eq!(hint(&mut site), json!("故障点特写"));
    site.device.act(json!({"type": "settings.set", "language": "en"})).unwrap();
    assert_eq!(hint(&mut site), json!("Close-up of the fault"));
    let missing = site.device.view(json!({"type": "missing", "job": site.job})).unwrap();
    let photos: Vec<&Value> =
        missing["rows"].as_array().unwrap().iter().filter(|row| row["code"] == json!("photo")).collect();
    let phases: Vec<&str> = photos.iter().filter_map(|row| row["facts"]["phase"].as_str()).collect();
    assert_eq!(phases, ["nameplate", "fault"], "{missing}");

    site.office.set("job", job, set(json!({"brand": "SZ"}))).unwrap();
    site.exchange();
    assert_eq!(asked(&mut site), generic);
}

#[test]
fn an_open_campaign_on_the_serial_is_told_until_it_has_been_carried_out() {
    let mut site = site();
    let job: fieldcard_schema::id::RecordId = site.job.parse().unwrap();
    let page = |site: &mut Site| site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
    let text = |text: &str| Some(text.to_owned());
    let campaign = Campaign {
        number: text("HD2026-03"),
        name_zh: text("回转马达进油管改走向"),
        name_en: text("Swing motor supply hose re-routing"),
        model: text("HCE215-9"),
        serial_from: text("HCE215·22A·00001"),
        serial_to: text("HCE215·23B·99999"),
        starts_on: text("2026-08-01"),
        ends_on: text("2027-01-31"),
        ..Campaign::default()
    };
    site.office.create(&campaign).unwrap();
    site.office.create(&Campaign { number: text("another"), model: text("HCL956"), ..campaign }).unwrap();
    let machine = site.office.hub.record(job).unwrap().unwrap().state.fields["machine"].clone();
    let machine = machine.as_str().unwrap().parse().unwrap();
    let serial = serde_json::from_value(json!({"serial": "HCE215·22C·00417"})).unwrap();
    site.office.set("machine", machine, serial).unwrap();
    site.exchange();
    let open = json!([{"number": "HD2026-03", "name": "回转马达进油管改走向"}]);
    assert_eq!(page(&mut site)["campaigns"], open);
    let archive = site.device.view(json!({"type": "machine", "machine": machine})).unwrap();
    assert_eq!(archive["campaigns"], open);

    // A colleague's job carries it out.
    let other = Job { machine: Some(machine), campaign: text("HD2026-03"), ..Job::default() };
    let other = site.office.create_job(&other).unwrap();
    let actor = site.office.actor;
    for step in ["triaged", "solved_by_phone"] {
        let step = fieldcard_schema::rules::code::Code::from_code(step).unwrap();
        site.office.hub.step_job(&actor, other, step, None).unwrap();
    }
    site.exchange();
    assert_eq!(page(&mut site)["campaigns"], json!([]));
    assert_eq!(page(&mut site)["history_total"], json!(1));
}

/// Two faults that show alike.
fn faults() -> Vec<u8> {
    let fault = |code: &str, cause: &str, spn: Option<i64>| KnownFault {
        code: code.into(),
        phenomenon: "热车后动臂无力".into(),
        place: "主泵".into(),
        cause: cause.into(),
        action: format!("处理{cause}"),
        spn,
        fmi: spn.map(|_| 0),
        ..KnownFault::default()
    };
    let rows = [fault("GZ31-001", "调节器卡滞", None), fault("GZ31-002", "柱塞磨损", Some(3251))];
    let lines: Vec<Vec<u8>> = rows.iter().map(|row| line_of(row).unwrap()).collect();
    pack(&Header::new("faults", 1, 2, Timestamp(MORNING)), &lines).unwrap()
}

#[test]
fn a_fault_of_the_catalogue_fills_what_nobody_wrote_and_another_takes_its_place() {
    let mut site = site();
    assert_eq!(site.find_fault("动臂")["here"], json!(false));
    site.publish(&faults());
    site.exchange();
    assert_eq!(site.find_fault("动臂 磨损")["hits"][0]["code"], json!("GZ31-002"));
    assert_eq!(site.find_fault("动臂")["total"], json!(2));
    let take = |code: &str, job: &str| json!({"type": "fault.take", "job": job, "code": code});
    let job = site.job.clone();
    assert!(site.device.act(take("GZ99-000", &job)).is_err());
    site.device.act(json!({"type": "fault.set", "job": job, "field": "place", "value": "三联泵"})).unwrap();
    site.device.act(take("GZ31-001", &job)).unwrap();
    let texts = |site: &mut Site| {
        let page = site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
        ["phenomenon", "place", "cause", "action", "codes"]
            .map(|field| page["fault"][field]["value"].as_str().unwrap().to_owned())
    };
    assert_eq!(texts(&mut site), ["热车后动臂无力", "三联泵", "调节器卡滞", "处理调节器卡滞", ""]);
    site.device.act(take("GZ31-002", &job)).unwrap();
    assert_eq!(texts(&mut site), ["热车后动臂无力", "三联泵", "柱塞磨损", "处理柱塞磨损", "SPN 3251 FMI 0"]);
}

#[test]
fn what_the_catalogue_wants_back_is_filled_in_as_far_as_the_payer_allows() {
    let mut site = site();
    let part = |number: &str, policy: Option<&str>| Part {
        number: number.into(),
        name_zh: "涡轮增压器".into(),
        return_policy: policy.map(str::to_owned),
        ..Part::default()
    };
    let rows = [part("T1", Some("return_urgent")), part("T2", None), part("T3", Some("next_year"))];
    let lines: Vec<Vec<u8>> = rows.iter().map(|row| line_of(row).unwrap()).collect();
    site.publish(&pack(&Header::new("parts", 1, 3, Timestamp(MORNING)), &lines).unwrap());
    site.exchange();
    let mut ends = Vec::new();
    for number in ["T1", "T2", "T3"] {
        let add = json!({"type": "part_line.add", "job": site.job, "part": number});
        let line = site.device.act(add).unwrap().rec.unwrap();
        let end = |site: &mut Site| {
            let view = site.device.view(json!({"type": "part_line", "line": line})).unwrap();
            view["line"]["old"]["disposition"].clone()
        };
        for payer in ["maker", "customer", "supplier"] {
            site.device.act(json!({"type": "part_line.set_payer", "line": line, "payer": payer})).unwrap();
            ends.push(end(&mut site));
        }
    }
    let maker = |first: &str| [json!(first), json!("customer_keeps")];
    let urgent = [maker("return_urgent").as_slice(), &[json!("return_urgent")]].concat();
    let usual = [maker("return_routine").as_slice(), &[json!("supplier_collects")]].concat();
    assert_eq!(ends, [urgent, usual.clone(), usual].concat());
    // A line takes its payer from the one before it, and its own policy with that.
    let add = json!({"type": "part_line.add", "job": site.job, "part": "T1"});
    let line = site.device.act(add).unwrap().rec.unwrap();
    let view = site.device.view(json!({"type": "part_line", "line": line})).unwrap();
    assert_eq!(view["line"]["old"]["disposition"], json!("return_urgent"));
}
