//! The console's calls through the router: what a search finds, what a check of a card says, what a list's file
//! holds, who may be shut out. Expectations are written by hand.

mod devices;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use fieldcard_card::{Canonical, Card, seal};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::customer::{Contact, Customer};
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::BlobPut;
use fieldcard_schema::wire::enrol::{EnrolCode, EnrolRequest, to_base64};
use fieldcard_server::accounts::{Account, Role, Roles, Unit, UnitId};
use fieldcard_server::desk::Desk;
use fieldcard_server::desk::people::{NewPerson, add};
use fieldcard_server::hub::office::{Actor, OfficeOp};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{Answer, Local, Phone, folder, init, local};

/// The hand-written card, and the bytes of the two photos that it names.
const GOLDEN: &[u8] = include_bytes!("../../../schema/card/fixtures/card-v1.json");
const PHOTOS: [&[u8]; 2] = [b"fault photo\n", b"old part photo\n"];

/// An office with its administrator logged in.
struct Office {
    _folder: TempDir,
    local: Local,
    cookie: String,
    csrf: String,
    admin: UserId,
}

impl Office {
    async fn open() -> Self {
        let dir = folder();
        let password = init(dir.path());
        let local = local(dir.path());
        let (cookie, me) = log_in(&local, "wang", &password).await;
        let admin = me["user"].as_str().unwrap().parse().unwrap();
        Self { _folder: dir, local, cookie, csrf: me["csrf"].as_str().unwrap().to_owned(), admin }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, &self.cookie);
        self.local.call(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        let request =
            Request::post(path).header(header::COOKIE, &self.cookie).header("x-csrf-token", &self.csrf);
        self.local.call(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn desk<T: Send + 'static>(&self, work: impl FnOnce(&mut Desk) -> T + Send + 'static) -> T {
        self.local.app.run(work).await.unwrap()
    }

    /// Records of the office, each with what hangs on none.
    async fn make<R: Record + Send + 'static>(&self, record: R) -> RecordId {
        let actor = self.actor();
        self.desk(move |desk| {
            let rec = desk.hub.new_record().unwrap();
            let op = OfficeOp::create(R::KIND, rec, None, record.to_fields());
            desk.hub.office(&actor, vec![op]).unwrap();
            rec
        })
        .await
    }

    fn actor(&self) -> Actor {
        actor_of(self.admin)
    }

    /// A person at the company.
    async fn person(&self, login: &str, name: &str, role: Role) -> UserId {
        let (login, name, by) = (login.to_owned(), name.to_owned(), self.admin);
        self.desk(move |desk| {
            let unit = desk.accounts.units().unwrap()[0].id;
            let new =
                NewPerson { login, name, unit, roles: BTreeSet::from([role]), hash: None, one_time: false };
            add(desk, by, new).unwrap()
        })
        .await
    }

    /// Numbers of the jobs that a query lists, in their order.
    async fn numbers(&self, query: &str) -> Vec<String> {
        let answer = self.get(&format!("/office/v1/jobs?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.json());
        let jobs = answer.json()["jobs"].as_array().unwrap().clone();
        jobs.iter().map(|job| job["number"].as_str().unwrap_or("-").to_owned()).collect()
    }
}

fn actor_of(user: UserId) -> Actor {
    Actor { user, roles: Roles::of(&[Role::Supervisor, Role::InformationAdministrator]) }
}

async fn log_in(local: &Local, login: &str, password: &str) -> (String, Value) {
    let body = json!({ "login": login, "password": password }).to_string();
    let answer = local.call(Request::post("/office/v1/login").body(body.into()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    (cookie.split(';').next().unwrap().to_owned(), answer.json())
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of fields")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Three jobs: of an archived machine, of another, and one of nothing but names.
async fn three_jobs(office: &Office) -> [RecordId; 3] {
    let phone = Contact { name: some("赵机手"), phone: some("129 0000 0417"), ..Contact::default() };
    let quarry = Customer { name: some("云岭采石场"), contacts: vec![phone], ..Customer::default() };
    let quarry = office.make(quarry).await;
    let machine =
        Machine { serial: some("HCE215·22C·00417"), model: some("HCE215-9"), ..Machine::default() };
    let big = office.make(Machine { customer: Some(quarry), ..machine }).await;
    let small = office.make(Machine { serial: some("HCE75·19A·00883"), ..Machine::default() }).await;
    let lead = office.person("li", "李工", Role::Technician).await;
    let one = Job {
        number: some("FW20251112-001"),
        customer: Some(quarry),
        machine: Some(big),
        assignee: Some(lead),
        due: Some(Timestamp(3_000)),
        site: some("二号料场"),
        ..Job::default()
    };
    let two = Job {
        number: some("FW20251112-002"),
        machine: Some(small),
        customer_name: some("孙家合作社"),
        plan_from: Some(Timestamp(1_000)),
        ..Job::default()
    };
    let three = Job {
        number: some("FW20251113-001"),
        customer_name: some("=HYPERLINK(\"x\")"),
        machine_serial: some("XX-00417"),
        ..Job::default()
    };
    [office.make(one).await, office.make(two).await, office.make(three).await]
}

#[tokio::test]
async fn a_search_finds_what_people_say_and_nothing_else() {
    let office = Office::open().await;
    let jobs = three_jobs(&office).await;
    for (query, expected) in [
        // The last to come first.
        ("", vec!["FW20251113-001", "FW20251112-002", "FW20251112-001"]),
        ("q=00417", vec!["FW20251113-001", "FW20251112-001"]),
        ("q=22c00417", vec!["FW20251112-001"]),
        ("q=0417", vec!["FW20251113-001", "FW20251112-001"]),
        ("q=%E4%BA%91%E5%B2%AD", vec!["FW20251112-001"]),
        ("q=%E9%87%87%E7%9F%B3%E5%9C%BA%20417", vec!["FW20251112-001"]),
        ("q=%E5%AD%99", vec!["FW20251112-002"]),
        ("q=%E6%96%99%E5%9C%BA", vec!["FW20251112-001"]),
        ("q=20251112-00", vec!["FW20251112-002", "FW20251112-001"]),
        ("q=18", vec![]),
        ("q=%22%20OR%20%2A", vec![]),
        ("state=dispatched,created&sort=due", vec!["FW20251112-002", "FW20251112-001", "FW20251113-001"]),
        ("state=closed", vec![]),
        ("from=2000&to=3001", vec!["FW20251112-001"]),
        ("from=0&to=3000", vec!["FW20251112-002"]),
    ] {
        assert_eq!(office.numbers(query).await, expected, "{query}");
    }
    assert_eq!(office.get("/office/v1/jobs?state=nowhere").await.status, StatusCode::BAD_REQUEST);
    // What is written later is found by its new words, and no longer by the old.
    let (actor, job) = (office.actor(), jobs[1]);
    let set = json!({ "site": "三号矿坑", "customer_name": null }).as_object().unwrap().clone();
    office
        .desk(move |desk| desk.hub.office(&actor, vec![OfficeOp::set("job", job, set, None)]).unwrap())
        .await;
    assert_eq!(office.numbers("q=%E4%B8%89%E5%8F%B7%E7%9F%BF").await, ["FW20251112-002"]);
    assert!(office.numbers("q=%E5%AD%99").await.is_empty());
}

#[tokio::test]
async fn pages_follow_each_other_in_every_order_without_a_gap() {
    let office = Office::open().await;
    for n in 0..120_i64 {
        let due = (n % 7 != 0).then_some(Timestamp(n % 11));
        office.make(Job { number: Some(format!("N{n:03}")), due, ..Job::default() }).await;
    }
    for sort in ["newest", "due", "state"] {
        let (mut seen, mut after, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let answer = office.get(&format!("/office/v1/jobs?sort={sort}{after}")).await.json();
            assert_eq!(answer["total"], 120);
            let jobs = answer["jobs"].as_array().unwrap();
            seen.extend(jobs.iter().map(|job| {
                (job["due"].as_i64().unwrap_or(i64::MAX), job["number"].as_str().unwrap().to_owned())
            }));
            pages += 1;
            match answer["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(pages, 3, "{sort}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 120, "{sort}");
        let in_order = match sort {
            "due" => seen.is_sorted(),
            _ => seen.iter().map(|(_, number)| number).rev().is_sorted(),
        };
        assert!(in_order, "{sort}: {seen:?}");
    }
}

#[tokio::test]
async fn a_file_of_the_list_runs_nothing() {
    let office = Office::open().await;
    three_jobs(&office).await;
    let answer = office.get("/office/v1/jobs.csv?lang=en&q=XX").await;
    assert_eq!(answer.headers[header::CONTENT_DISPOSITION], "attachment; filename=\"jobs.csv\"");
    let text = String::from_utf8(answer.body).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("\u{feff}Number,State,Type,"), "{}", lines[0]);
    let expected = "FW20251113-001,Created,,Normal,\"'=HYPERLINK(\"\"x\"\")\",,XX-00417,,,,,,,,0,0";
    assert_eq!(lines[1], expected);
}

#[tokio::test]
async fn a_new_job_gets_a_number_its_machines_customer_and_what_was_said() {
    let office = Office::open().await;
    three_jobs(&office).await;
    let found = office.get("/office/v1/machines?q=00417").await.json();
    assert_eq!(found["machines"].as_array().unwrap().len(), 1);
    let machine = found["machines"][0]["machine"].as_str().unwrap();
    assert_eq!(found["machines"][0]["customer_name"], "云岭采石场");
    let new = json!({ "type": "repair", "priority": "urgent", "machine": machine, "report": "动臂无力" });
    let made = office.post("/office/v1/jobs", new.clone()).await.json();
    let again = office.post("/office/v1/jobs", new).await.json();
    let (first, second) = (made["number"].as_str().unwrap(), again["number"].as_str().unwrap());
    assert!(
        first.starts_with("FW20") && first.ends_with("-001") && second.ends_with("-002"),
        "{first} {second}"
    );
    let view = office.get(&format!("/office/v1/jobs/{}", made["job"].as_str().unwrap())).await.json();
    assert_eq!(view["customer"]["name"], "云岭采石场");
    assert_eq!(view["machine"]["serial"], "HCE215·22C·00417");
    assert_eq!((&view["job"]["report"], &view["job"]["priority"]), (&json!("动臂无力"), &json!("urgent")));
    for (field, value) in
        [("type", json!("wish")), ("machine", view["job"]["job"].clone()), ("colour", json!("red"))]
    {
        let mut bad = json!({ "report": "x" });
        bad[field] = value;
        assert_eq!(office.post("/office/v1/jobs", bad).await.status, StatusCode::BAD_REQUEST, "{field}");
    }
}

/// A phone of a technician with one job, in use.
async fn phone_with_a_job(office: &Office) -> (Phone, RecordId) {
    let lead = office.person("li", "李工", Role::Technician).await;
    let actor = office.actor();
    office
        .desk(move |desk| {
            let job = desk.hub.create_job(&actor, &Job { assignee: Some(lead), ..Job::default() }).unwrap();
            let code = desk.hub.make_code(lead, true).unwrap();
            let mut phone = Phone::enrol(&mut desk.hub, 7, &code, Digest::ZERO).unwrap();
            desk.hub.confirm_device(phone.id).unwrap();
            phone.log_in(&mut desk.hub).unwrap();
            (phone, job)
        })
        .await
}

async fn store(office: &Office, phone: &Phone, bytes: &[u8]) {
    let (token, bytes, sha256) = (phone.token.clone(), bytes.to_vec(), Digest::of(bytes));
    let size = bytes.len() as u64;
    let put = BlobPut { sha256, size, media_type: "image/jpeg".into(), unit: 0, bytes, digest: sha256 };
    assert!(office.desk(move |desk| desk.hub.blob_put(&token, &put).unwrap().stored).await);
}

/// The golden card as this phone would have made it.
async fn golden(office: &Office, phone: &Phone, job: RecordId) -> Vec<u8> {
    let org = office.desk(|desk| desk.hub.config().org).await;
    let mut card = Card::parse(GOLDEN).unwrap();
    (card.org.id, card.job.id, card.device.id) = (org, job, phone.id);
    // Another office signed it.
    card.checkpoint = None;
    card.to_bytes().unwrap()
}

/// A record of a card, pushed by its phone.
async fn push_card(office: &Office, phone: &mut Phone, job: RecordId, bytes: &[u8], seal: &str) -> RecordId {
    let fields = json!({ "sha256": Digest::of(bytes), "size": bytes.len(), "seal": seal, "card_kind": "final", "how": "signed" });
    let (push, rec) = phone.create_on(Some(job), "card", &fields);
    let token = phone.token.clone();
    office.desk(move |desk| desk.hub.sync(&token, &push).unwrap()).await;
    rec
}

#[tokio::test]
async fn a_card_is_drawn_from_its_bytes_and_its_seal_is_checked() {
    let office = Office::open().await;
    let (mut phone, job) = phone_with_a_job(&office).await;
    let bytes = golden(&office, &phone, job).await;
    let sealed = seal::seal(&phone.key, &bytes).0;
    let card = push_card(&office, &mut phone, job, &bytes, &sealed).await;
    let path = format!("/office/v1/jobs/{job}/cards/{card}");
    let verdict = async || office.get(&path).await.json()["line"]["verdict"].clone();
    assert_eq!(verdict().await, "awaited", "the record is here, its bytes are not");
    assert_eq!(office.get(&format!("{path}/file")).await.status, StatusCode::NOT_FOUND);
    store(&office, &phone, &bytes).await;
    assert_eq!(verdict().await, "missing", "its photos are not here");
    for photo in PHOTOS {
        store(&office, &phone, photo).await;
    }
    let view = office.get(&path).await.json();
    assert_eq!(view["line"]["verdict"], "valid", "{view}");
    let text: Value = serde_json::from_slice(GOLDEN).unwrap();
    assert_eq!(view["document"]["content"][0]["value"], text["content"][0][2]);
    assert_eq!(view["document"]["consent"], text["consent"]["text"]);
    assert!(!view["document"]["ink"]["strokes"][0].as_array().unwrap().is_empty());
    let file = office.get(&format!("{path}/file")).await;
    let file = fieldcard_card::bundle::Bundle::parse(&file.body).unwrap();
    let alone = fieldcard_card::verify::verify(&file, &fieldcard_card::verify::Pins::default(), &|_, _| None);
    assert_eq!(alone.unwrap().verdict, fieldcard_card::verify::Verdict::Valid, "the file proves itself");
}

/// The office gives the phone another key by its code, and confirms it.
async fn give_new_key(office: &Office, phone: &Phone) {
    let made = office.post(&format!("/office/v1/devices/{}/code", phone.id), json!({})).await;
    assert_eq!(made.status, StatusCode::OK);
    let code = EnrolCode::parse(made.json()["typed"].as_str().unwrap()).unwrap();
    let key = ed25519_dalek::SigningKey::from_bytes(&[33; 32]);
    let request = EnrolRequest {
        code: code.name.clone(),
        device: phone.id,
        device_key: to_base64(&key.verifying_key().to_bytes()),
        label: "坚果手机".into(),
        app: "0.1.0".into(),
        nonce: to_base64(&[33; 16]),
        tls_key: Digest::ZERO,
        mac: String::new(),
    }
    .sealed(code.key());
    let id = phone.id;
    office
        .desk(move |desk| {
            desk.hub.enrol(&request).unwrap();
            desk.hub.confirm_device(id).unwrap();
        })
        .await;
}

#[tokio::test]
async fn a_card_that_a_lost_key_sealed_still_holds_and_its_file_proves_itself() {
    let office = Office::open().await;
    let (mut phone, job) = phone_with_a_job(&office).await;
    let bytes = golden(&office, &phone, job).await;
    let sealed = seal::seal(&phone.key, &bytes).0;
    let card = push_card(&office, &mut phone, job, &bytes, &sealed).await;
    for blob in PHOTOS.into_iter().chain([bytes.as_slice()]) {
        store(&office, &phone, blob).await;
    }
    give_new_key(&office, &phone).await;
    let path = format!("/office/v1/jobs/{job}/cards/{card}");
    let view = office.get(&path).await.json();
    assert_eq!(view["line"]["verdict"], "valid", "{view}");
    let file = office.get(&format!("{path}/file")).await;
    let file = fieldcard_card::bundle::Bundle::parse(&file.body).unwrap();
    let alone = fieldcard_card::verify::verify(&file, &fieldcard_card::verify::Pins::default(), &|_, _| None);
    assert_eq!(alone.unwrap().verdict, fieldcard_card::verify::Verdict::Valid, "with the key of its time");
}

#[tokio::test]
async fn a_bent_byte_and_a_foreign_seal_show() {
    let office = Office::open().await;
    let (mut phone, job) = phone_with_a_job(&office).await;
    let bytes = golden(&office, &phone, job).await;
    let honest = seal::seal(&phone.key, &bytes).0;
    let mut bent = bytes.clone();
    let at = bent.windows(2).position(|pair| pair == b"FW").unwrap() + 3;
    bent[at] = if bent[at] == b'9' { b'8' } else { b'9' };
    let stranger = seal::seal(&ed25519_dalek::SigningKey::from_bytes(&[66; 32]), &bytes).0;
    for (bytes, seal) in [(&bent, &honest), (&bytes, &stranger)] {
        let card = push_card(&office, &mut phone, job, bytes, seal).await;
        store(&office, &phone, bytes).await;
        let view = office.get(&format!("/office/v1/jobs/{job}/cards/{card}")).await.json();
        assert_eq!(view["line"]["verdict"], "changed");
        let failed = |one: &&Value| one["outcome"] == "failed";
        let codes: Vec<&Value> =
            view["findings"].as_array().unwrap().iter().filter(failed).map(|one| &one["code"]).collect();
        assert!(codes.contains(&&json!("seal")), "{codes:?}");
    }
}

#[tokio::test]
async fn a_blob_is_answered_as_what_it_is_and_only_through_its_job() {
    let office = Office::open().await;
    let (mut phone, job) = phone_with_a_job(&office).await;
    let picture: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3];
    let page: &[u8] = b"<html><script>alert(1)</script>";
    for bytes in [picture, page] {
        let (push, _) = phone.create_on(Some(job), "photo", &json!({ "sha256": Digest::of(bytes) }));
        let token = phone.token.clone();
        office.desk(move |desk| desk.hub.sync(&token, &push).unwrap()).await;
        store(&office, &phone, bytes).await;
    }
    let path = |job: RecordId, bytes: &[u8]| format!("/office/v1/jobs/{job}/blobs/{}", Digest::of(bytes));
    let answer = office.get(&path(job, picture)).await;
    assert_eq!((answer.status, answer.body.as_slice()), (StatusCode::OK, picture));
    assert_eq!(answer.headers[header::CONTENT_TYPE], "image/jpeg");
    assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert!(answer.headers[header::CACHE_CONTROL].to_str().unwrap().starts_with("private"));
    // It was uploaded as a picture; the bytes say otherwise.
    let answer = office.get(&path(job, page)).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/octet-stream");
    assert!(answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    let actor = office.actor();
    let other = office.desk(move |desk| desk.hub.create_job(&actor, &Job::default()).unwrap()).await;
    assert_eq!(office.get(&path(other, picture)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_given_password_is_good_for_one_thing() {
    let office = Office::open().await;
    let unit = office.get("/office/v1/users").await.json()["units"][0]["unit"].clone();
    let new =
        json!({ "login": "sun", "name": "孙", "unit": unit, "roles": ["statistician"], "console": true });
    let given = office.post("/office/v1/users", new).await.json();
    let given = given["password"].as_str().unwrap();
    let (cookie, me) = log_in(&office.local, "sun", given).await;
    assert_eq!(me["must_change_password"], true);
    let sun = Office {
        _folder: folder(),
        local: office.local,
        cookie,
        csrf: me["csrf"].as_str().unwrap().into(),
        admin: office.admin,
    };
    let refused = sun.get("/office/v1/jobs").await;
    assert_eq!((refused.status, &refused.json()["detail"]), (StatusCode::FORBIDDEN, &json!("password")));
    let change = |old: &str, new: &str| json!({ "old": old, "new": new });
    let wrong = sun.post("/office/v1/password", change("something else", "five red pumps hold")).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    let same = sun.post("/office/v1/password", change(given, given)).await;
    assert_eq!(same.status, StatusCode::BAD_REQUEST);
    let changed = sun.post("/office/v1/password", change(given, "five red pumps hold")).await;
    assert_eq!((changed.status, &changed.json()["must_change_password"]), (StatusCode::OK, &json!(false)));
    assert_eq!(sun.get("/office/v1/jobs").await.status, StatusCode::UNAUTHORIZED, "the old session is over");
    let (cookie, _) = log_in(&sun.local, "sun", "five red pumps hold").await;
    assert_eq!(Office { cookie, ..sun }.get("/office/v1/jobs").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_let_a_device_or_an_account_in_or_out_is_told() {
    let office = Office::open().await;
    let (phone, _) = phone_with_a_job(&office).await;
    let li = phone.user;
    let device = async || office.get("/office/v1/devices").await.json()["devices"][0]["last_act"].clone();
    let person = async || {
        let users = office.get("/office/v1/users").await.json()["users"].clone();
        let line = users.as_array().unwrap().iter().find(|line| line["user"] == json!(li)).unwrap().clone();
        line["last_act"].clone()
    };
    let told = |act: &Value, code: &str, name: &str| {
        assert_eq!((&act["act"], &act["by"]["name"]), (&json!(code), &json!(name)));
        assert!(act["at"].is_i64(), "{act}");
    };
    told(&device().await, "device_confirmed", "");
    let me = office.get("/office/v1/me").await.json()["name"].as_str().unwrap().to_owned();
    assert!(!me.is_empty());
    let did = async |path: String| assert_eq!(office.post(&path, json!({})).await.status, StatusCode::OK);
    did(format!("/office/v1/devices/{}/code", phone.id)).await;
    told(&device().await, "device_new_key", &me);
    did(format!("/office/v1/devices/{}/revoke", phone.id)).await;
    told(&device().await, "device_revoked", &me);
    for (call, code) in
        [("disable", "account_disabled"), ("enable", "account_enabled"), ("password", "password_reset")]
    {
        did(format!("/office/v1/users/{li}/{call}")).await;
        told(&person().await, code, &me);
    }
    // It is an op like any other: in the log, in every backup, and on no phone.
    let before = office.desk(|desk| desk.hub.op_count().unwrap()).await;
    did(format!("/office/v1/users/{li}/disable")).await;
    assert_eq!(office.desk(|desk| desk.hub.op_count().unwrap()).await, before + 1);
    let seen = office.desk(move |desk| desk.hub.scope(li).unwrap()).await;
    assert!(seen.iter().all(|row| row.state.kind != "office_act"), "{seen:?}");
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let office = Office::open().await;
    let unit = office.get("/office/v1/me").await.json()["unit"].clone();
    let path = |verb: &str| format!("/office/v1/users/{}/{verb}", office.admin);
    let less = json!({ "roles": [{ "unit": unit, "role": "manager" }] });
    for (verb, body) in [("disable", json!({})), ("roles", less.clone())] {
        let answer = office.post(&path(verb), body).await;
        let detail = answer.json()["detail"].clone();
        assert_eq!((answer.status, detail), (StatusCode::BAD_REQUEST, json!("last_administrator")), "{verb}");
    }
    let second = json!({ "login": "chen", "name": "陈", "unit": unit, "roles": ["information_administrator"], "console": true });
    assert_eq!(office.post("/office/v1/users", second).await.status, StatusCode::OK);
    assert_eq!(office.post(&path("roles"), less).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_console_or_a_word_about_it_stands_at_the_door() {
    let office = Office::open().await;
    let answer = office.get("/").await;
    assert_eq!(answer.status, StatusCode::OK);
    let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    for path in ["/assets/..%2f..%2fpackage.json", "/assets/.%2e", "/package.json"] {
        assert_eq!(office.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_code_is_drawn_as_what_it_says() {
    let office = Office::open().await;
    let lead = office.person("li", "李工", Role::Technician).await;
    let view = office.post("/office/v1/devices/code", json!({ "user": lead })).await.json();
    let rows = view["modules"].as_array().unwrap();
    assert!(rows.len() >= 21 && rows.iter().all(|row| row.as_str().unwrap().len() == rows.len()));
    // The finder in the corner: a dark ring of seven.
    assert!(rows[0].as_str().unwrap().starts_with("11111110"));
    assert!(rows[1].as_str().unwrap().starts_with("10000010"));
    assert!(view["qr"].as_str().unwrap().contains("office.example"));
}

#[tokio::test]
async fn a_job_that_an_import_made_and_nobody_leads_is_the_company_s() {
    let office = Office::open().await;
    let lead = office.person("li", "李工", Role::Technician).await;
    let job = Job { number: some("FW20251112-004"), ..Job::default() };
    let rec = office
        .desk(move |desk| {
            let importer = Actor { user: UserId(desk.hub.config().org.0), ..actor_of(lead) };
            let rec = desk.hub.new_record().unwrap();
            let made = OfficeOp::create(Job::KIND, rec, None, job.to_fields());
            desk.hub.office(&importer, vec![made]).unwrap();
            rec
        })
        .await;
    assert_eq!(office.numbers("").await, ["FW20251112-004"]);
    assert_eq!(office.get(&format!("/office/v1/jobs/{rec}")).await.status, StatusCode::OK);

    // Who is of a branch only learns nothing of it.
    let admin = office.admin;
    office
        .desk(move |desk| {
            let root = desk.accounts.units().unwrap()[0].id;
            let branch = Unit { id: UnitId(lead.0), parent: Some(root), name: "城关站".into() };
            desk.accounts.put_unit(&branch).unwrap();
            let account = desk.accounts.account(admin).unwrap().unwrap();
            let roles = account.roles.iter().map(|(_, role)| (branch.id, *role)).collect();
            desk.accounts.put_account(&Account { unit: branch.id, roles, ..account }).unwrap();
        })
        .await;
    assert_eq!(office.numbers("").await, [""; 0]);
    assert_eq!(office.get(&format!("/office/v1/jobs/{rec}")).await.status, StatusCode::NOT_FOUND);
}
