//! Every route × every actor × own, foreign and other-org ids, against a table written by hand.
//!
//! `schema/tables/routes.csv` says which status each actor gets. A route without a row, a row without a
//! route, or a route for which this file knows no request, fails: nothing is reachable that nobody judged.
//! *Own* belongs to the actor's station and to the technician whose device calls; *foreign* to another
//! station of the same org; *other_org* exists in another org's store only.

mod checks;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Request, header};
use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::BlobPut;
use fieldcard_schema::wire::check::CheckRequest;
use fieldcard_schema::wire::enrol::{EnrolRequest, to_base64};
use fieldcard_schema::wire::frame;
use fieldcard_schema::wire::token::{NonceRequest, TokenRequest};
use fieldcard_server::accounts::session::{Cookie, Session};
use fieldcard_server::accounts::{Role, Roles, Unit, UnitId, password};
use fieldcard_server::desk::Desk;
use fieldcard_server::desk::people::{NewPerson, add};
use fieldcard_server::http::routes;
use fieldcard_server::hub::office::{Actor, OfficeOp};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::support::{Local, Phone, folder, init, local};

const TABLE: &str = include_str!("../../../schema/tables/routes.csv");

/// One row of the table, and the line it stands on.
struct Row {
    line: usize,
    method: String,
    path: String,
    target: String,
    expected: BTreeMap<String, u16>,
}

fn table() -> Vec<Row> {
    let mut lines = TABLE.lines();
    let actors: Vec<&str> = lines.next().unwrap().split(',').skip(3).collect();
    let row = |(at, line): (usize, &str)| {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), actors.len() + 3, "{line}");
        let expected = actors.iter().zip(&cells[3..]);
        Row {
            line: at + 2,
            method: cells[0].into(),
            path: cells[1].into(),
            target: cells[2].into(),
            expected: expected.map(|(actor, cell)| ((*actor).to_owned(), cell.parse().unwrap())).collect(),
        }
    };
    lines.enumerate().map(row).collect()
}

const TARGETS: [&str; 3] = ["own", "foreign", "other_org"];
const OFFICE: [Role; 5] = [
    Role::Supervisor,
    Role::Manager,
    Role::InformationAdministrator,
    Role::Statistician,
    Role::CallBackAgent,
];

/// One of two stations with its technician.
#[derive(Clone, Copy)]
struct Station {
    unit: UnitId,
    technician: UserId,
}

/// Headers that prove who calls.
type Proof = Vec<(&'static str, String)>;

/// What a request is about.
struct Thing {
    made: u32,
    card: Option<RecordId>,
    exception: Option<RecordId>,
    user: UserId,
    unit: UnitId,
    job: Option<RecordId>,
    device: Option<DeviceId>,
    digits: String,
    bytes: Vec<u8>,
    /// The audience of its person.
    audience: u32,
}

impl Thing {
    fn sha256(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    fn put(&self) -> BlobPut {
        let (sha256, size) = (self.sha256(), self.bytes.len() as u64);
        BlobPut {
            sha256,
            size,
            media_type: "image/jpeg".into(),
            unit: 0,
            bytes: self.bytes.clone(),
            digest: sha256,
        }
    }

    /// The path with this thing in the place of its name.
    fn path(&self, pattern: &str) -> String {
        let text = |id: Option<String>| id.unwrap_or_default();
        pattern
            .replace("{sha256}", &self.sha256().to_string())
            .replace("{job}", &text(self.job.map(|id| id.to_string())))
            .replace("{device}", &text(self.device.map(|id| id.to_string())))
            .replace("{user}", &self.user.to_string())
            .replace("{card}", &text(self.card.map(|id| id.to_string())))
            .replace("{exception}", &text(self.exception.map(|id| id.to_string())))
            .replace("{file}", "none.js")
    }
}

/// An org with two stations, everybody who may call, and their devices.
struct World {
    _folder: TempDir,
    local: Local,
    stations: [Station; 2],
    office: BTreeMap<&'static str, UserId>,
    phones: BTreeMap<&'static str, Phone>,
    password: String,
    made: u32,
    devices: u8,
}

/// What people of the office type at the door.
const OLD: &str = "four grey pumps leak";

fn person(desk: &mut Desk, login: &str, unit: UnitId, role: Role) -> UserId {
    let roles = BTreeSet::from([role]);
    let hash = (role != Role::Technician).then(|| password::hash(OLD, &[7; 16]).unwrap());
    let new = NewPerson { login: login.into(), name: login.into(), unit, roles, hash, one_time: false };
    let by = UserId(desk.hub.config().org.0);
    add(desk, by, new).unwrap()
}

fn enrolled(desk: &mut Desk, n: u8, user: UserId) -> Phone {
    let code = desk.hub.make_code(user, true).unwrap();
    Phone::enrol(&mut desk.hub, n, &code, Digest::ZERO).unwrap()
}

fn active(desk: &mut Desk, n: u8, user: UserId) -> Phone {
    let mut phone = enrolled(desk, n, user);
    desk.hub.confirm_device(phone.id).unwrap();
    phone.log_in(&mut desk.hub).unwrap();
    phone
}

/// Stations, people and phones of one org. `devices` keeps the ids of two orgs apart.
fn populate(
    desk: &mut Desk,
    devices: u8,
) -> ([Station; 2], BTreeMap<&'static str, UserId>, BTreeMap<&'static str, Phone>) {
    let company = desk.accounts.units().unwrap()[0].id;
    let stations = ["east", "west"].map(|name| {
        let unit = UnitId(Uuid::from_bytes([name.as_bytes()[0] ^ devices; 16]));
        let row = Unit { id: unit, parent: Some(company), name: name.into() };
        desk.accounts.put_unit(&row).unwrap();
        Station { unit, technician: person(desk, &format!("{name}.tech"), unit, Role::Technician) }
    });
    let (east, li) = (stations[0].unit, stations[0].technician);
    let office = OFFICE.map(|role| (role.code(), person(desk, role.code(), east, role)));
    let colleague = person(desk, "colleague", east, Role::Technician);
    let mut phones = BTreeMap::from([
        ("device", active(desk, devices + 1, li)),
        ("other_device", active(desk, devices + 2, colleague)),
        ("revoked", active(desk, devices + 3, li)),
        ("foreign", active(desk, devices + 4, stations[1].technician)),
    ]);
    desk.hub.revoke_device(phones["revoked"].id).unwrap();
    // Its token is of the time before it was given a key anew.
    let before = active(desk, devices + 5, li);
    let (code, _) = desk.hub.make_key_codes(before.id).unwrap();
    let again = Phone::enrol(&mut desk.hub, devices + 5, &code, Digest::ZERO).unwrap();
    phones.insert("unconfirmed", Phone { token: before.token, ..again });
    (stations, BTreeMap::from(office), phones)
}

impl World {
    async fn new(devices: u8) -> Self {
        let folder = folder();
        let password = init(folder.path());
        let local = local(folder.path());
        let (stations, office, phones) = local.app.run(move |desk| populate(desk, devices)).await.unwrap();
        Self { _folder: folder, local, stations, office, phones, password, made: 0, devices: devices + 10 }
    }

    /// A new thing of the kind that `path` names.
    async fn thing(&mut self, path: &str, foreign: bool) -> Thing {
        self.made += 1;
        let station = self.stations[usize::from(foreign)];
        let bytes = format!("photo {} of {}", self.made, station.technician).into_bytes();
        let (made, user, unit) = (self.made, station.technician, station.unit);
        let mut thing = Thing {
            made,
            card: None,
            exception: None,
            user,
            unit,
            job: None,
            device: None,
            digits: String::new(),
            bytes,
            audience: 0,
        };
        let phone = if foreign { "foreign" } else { "device" };
        let evidence = path.contains("{job}") && (path.contains("{sha256}") || path.contains("{card}"));
        if path.contains("{sha256}") && !evidence {
            self.store_blob(phone, &thing).await;
        }
        if path.contains("{device}") {
            self.devices += 1;
        }
        let (asks, checks) = (path.contains("{exception}"), path == "/v1/check");
        let (path, n) = (path.to_owned(), self.devices);
        let made = self.local.app.run(move |desk| {
            if path.contains("{job}") || checks {
                let job = Job { assignee: Some(user), ..Job::default() };
                let roles = Roles::of(&[Role::Supervisor]);
                thing.job = Some(desk.hub.create_job(&Actor { user, roles }, &job).unwrap());
            } else if path.contains("{device}") {
                let phone = enrolled(desk, n, user);
                thing.digits = phone.digits();
                thing.device = Some(phone.id);
            } else if path.contains("{user}") {
                thing.user = person(desk, &format!("person{}", thing.made), unit, Role::Technician);
            }
            thing
        });
        let mut thing = made.await.unwrap();
        if asks {
            self.raise_exception(phone, &mut thing).await;
        }
        if checks {
            thing.audience = self.audience_of(phone).await;
        }
        if evidence {
            self.store_card(phone, &mut thing).await;
        }
        thing
    }

    /// A card of the thing's job: a record by the phone `name`, and its bytes.
    async fn store_card(&mut self, name: &'static str, thing: &mut Thing) {
        let phone = self.phones.get_mut(name).unwrap();
        let fields = json!({ "sha256": thing.sha256(), "seal": "x", "card_kind": "interim" });
        let (push, card) = phone.create_on(thing.job, "card", &fields);
        thing.card = Some(card);
        let (token, put) = (phone.token.clone(), thing.put());
        let stored = self.local.app.run(move |desk| {
            desk.hub.sync(&token, &push).unwrap();
            desk.hub.blob_put(&token, &put).unwrap().stored
        });
        assert!(stored.await.unwrap());
    }

    /// What the phone `name` must not make: it is parked and waits for the office.
    async fn raise_exception(&mut self, name: &'static str, thing: &mut Thing) {
        let phone = self.phones.get_mut(name).unwrap();
        let push = phone.create("receipt", &json!({}));
        let token = phone.token.clone();
        let raised = self.local.app.run(move |desk| {
            desk.hub.sync(&token, &push).unwrap();
            desk.hub.exceptions().unwrap().into_iter().map(|view| view.rec).max()
        });
        thing.exception = raised.await.unwrap();
    }

    /// The own audience of a phone's person: the first that a pull tells of.
    async fn audience_of(&self, name: &'static str) -> u32 {
        let phone = &self.phones[name];
        let (token, pull) = (phone.token.clone(), phone.pull());
        let pulled = self.local.app.run(move |desk| desk.hub.sync(&token, &pull).unwrap().pages[0].aud);
        pulled.await.unwrap()
    }

    /// A blob of the phone `name`, stored and named by a note of its person.
    async fn store_blob(&mut self, name: &'static str, thing: &Thing) {
        let phone = self.phones.get_mut(name).unwrap();
        let note = phone.create("note", &json!({ "text": "x", "sha256": thing.sha256() }));
        let (token, put) = (phone.token.clone(), thing.put());
        let stored = self.local.app.run(move |desk| {
            desk.hub.sync(&token, &note).unwrap();
            desk.hub.blob_put(&token, &put).unwrap();
            desk.hub.blob_complete(&token, put.sha256).unwrap().stored
        });
        assert!(stored.await.unwrap());
    }

    /// The body that lets an allowed caller succeed.
    async fn body(&mut self, method: &str, path: &str, actor: &str, thing: &Thing) -> Vec<u8> {
        let json = |value: Value| value.to_string().into_bytes();
        match (method, path) {
            ("POST", "/v1/enrol") => self.enrolment().await,
            ("POST", "/v1/nonce") => line(&NonceRequest { device: self.phones["device"].id }),
            ("POST", "/v1/token") => self.token_request(actor).await,
            ("POST", "/v1/sync") => {
                let phone = self.phones.get(actor).unwrap_or(&self.phones["device"]);
                phone.pull().encode().unwrap()
            }
            ("POST", "/v1/check") => {
                let fetch = thing.job.into_iter().collect();
                line(&CheckRequest { aud: thing.audience, ask: vec![], fetch, budget: None })
            }
            ("PUT", "/v1/blobs/{sha256}") => thing.bytes.clone(),
            ("GET", _)
            | (
                "POST",
                "/v1/blobs/{sha256}/complete"
                | "/office/v1/logout"
                | "/office/v1/devices/{device}/code"
                | "/office/v1/devices/{device}/revoke"
                | "/office/v1/users/{user}/disable"
                | "/office/v1/users/{user}/enable"
                | "/office/v1/users/{user}/password",
            ) => Vec::new(),
            ("POST", "/office/v1/login") => json(json!({ "login": "wang", "password": self.password })),
            ("POST", "/office/v1/jobs") => json(json!({ "assignee": thing.user, "report": "漏油" })),
            ("POST", "/office/v1/jobs/{job}/assign") => {
                json(json!({ "assignee": self.phones["other_device"].user }))
            }
            ("POST", "/office/v1/exceptions/{exception}/decide") => json(json!({})),
            ("POST", "/office/v1/jobs/{job}/cancel") => json(json!({ "note": "用户取消" })),
            ("POST", "/office/v1/devices/code") => json(json!({ "user": thing.user })),
            ("POST", "/office/v1/devices/{device}/confirm") => json(json!({ "digits": thing.digits })),
            ("POST", "/office/v1/password") => json(json!({ "old": OLD, "new": "five red pumps hold" })),
            ("POST", "/office/v1/users/{user}/roles") => {
                json(json!({ "roles": [{ "unit": thing.unit, "role": "supervisor" }] }))
            }
            ("POST", "/office/v1/users") => {
                self.made += 1;
                let login = format!("new{}", self.made);
                json(json!({ "login": login, "name": login, "unit": thing.unit, "roles": ["technician"] }))
            }
            other => panic!("no request is known for {other:?}: write one here"),
        }
    }

    async fn enrolment(&mut self) -> Vec<u8> {
        self.devices += 1;
        let (n, user) = (self.devices, self.stations[0].technician);
        let code = self.local.app.run(move |desk| desk.hub.make_code(user, true).unwrap()).await.unwrap();
        line(
            &EnrolRequest {
                code: code.name.clone(),
                device: DeviceId(Uuid::from_bytes([n; 16])),
                device_key: to_base64(&SigningKey::from_bytes(&[n; 32]).verifying_key().to_bytes()),
                label: "x".into(),
                app: "x".into(),
                nonce: to_base64(&[n; 16]),
                tls_key: Digest::ZERO,
                mac: String::new(),
            }
            .sealed(code.key()),
        )
    }

    async fn token_request(&self, actor: &str) -> Vec<u8> {
        let stranger = SigningKey::from_bytes(&[99; 32]);
        let (device, key) = match self.phones.get(actor) {
            Some(phone) => (phone.id, phone.key.clone()),
            None => (DeviceId(Uuid::from_bytes([249; 16])), stranger),
        };
        let nonce = self.local.app.run(move |desk| desk.hub.nonce(&NonceRequest { device })).await;
        line(&TokenRequest::sign(&key, device, nonce.unwrap().unwrap()))
    }

    /// What proves who calls: a token, a cookie with its CSRF token, or nothing.
    async fn credentials(&mut self, actor: &str) -> Proof {
        if let Some(phone) = self.phones.get(actor) {
            return vec![("authorization", format!("Bearer {}", phone.token))];
        }
        let Some(user) = self.office.get(actor).copied() else { return Vec::new() };
        self.made += 1;
        let cookie = Cookie::new(Digest::of(&self.made.to_be_bytes()).0);
        let hash = cookie.hash();
        let stored = self.local.app.run(move |desk| {
            let now = desk.clock.now();
            desk.accounts.put_session(&Session { hash, user, made_at: now, used_at: now })
        });
        stored.await.unwrap().unwrap();
        let pair = cookie.set_cookie(true).split(';').next().unwrap().to_owned();
        vec![(header::COOKIE.as_str(), pair), ("x-csrf-token", cookie.csrf())]
    }

    async fn call(&mut self, row: &Row, actor: &str, thing: &Thing) -> u16 {
        let credentials = self.credentials(actor).await;
        self.call_as(row, actor, thing, credentials).await
    }

    async fn call_as(&mut self, row: &Row, actor: &str, thing: &Thing, proof: Proof) -> u16 {
        let body = self.body(&row.method, &row.path, actor, thing).await;
        let mut uri = thing.path(&row.path);
        if row.method == "PUT" {
            uri = format!("{uri}?size={}&unit=0&digest={}", thing.bytes.len(), thing.sha256());
        }
        let mut request = Request::builder().method(row.method.as_str()).uri(uri);
        request = request.header(header::CONTENT_TYPE, "image/jpeg");
        for (name, value) in proof {
            request = request.header(name, value);
        }
        self.local.call(request.body(Body::from(body)).unwrap()).await.status.as_u16()
    }
}

fn line<T: serde::Serialize>(message: &T) -> Vec<u8> {
    frame::pack(&[serde_json::to_vec(message).unwrap()])
}

#[test]
fn every_route_is_in_the_table_and_the_table_has_no_other() {
    let key = |method: &str, path: &str| format!("{method} {path}");
    let registered: BTreeSet<String> =
        routes::table().iter().map(|route| key(route.allowed.method, route.allowed.path)).collect();
    let judged: BTreeSet<String> = table().iter().map(|row| key(&row.method, &row.path)).collect();
    let unlisted: Vec<_> = registered.difference(&judged).collect();
    let unknown: Vec<_> = judged.difference(&registered).collect();
    assert!(unlisted.is_empty(), "add to schema/tables/routes.csv: {unlisted:?}");
    assert!(unknown.is_empty(), "no such route: {unknown:?}");
    for row in table().iter().filter(|row| row.path.contains('{')) {
        let targets: BTreeSet<String> = table()
            .into_iter()
            .filter(|other| other.path == row.path && other.method == row.method)
            .map(|r| r.target)
            .collect();
        assert_eq!(targets, TARGETS.map(str::to_owned).into(), "{} {}", row.method, row.path);
    }
}

#[tokio::test]
async fn each_actor_gets_from_each_route_what_the_table_says() {
    let (mut here, mut elsewhere) = (World::new(0).await, World::new(100).await);
    let mut wrong = Vec::new();
    let mut cells = 0;
    for row in table() {
        for (actor, expected) in &row.expected {
            let thing = match row.target.as_str() {
                "other_org" => elsewhere.thing(&row.path, false).await,
                target => here.thing(&row.path, target == "foreign").await,
            };
            let status = here.call(&row, actor, &thing).await;
            cells += 1;
            if status != *expected {
                let Row { line, method, path, target, .. } = &row;
                wrong.push(format!("{line}: {method} {path} {target} as {actor}: {status}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cells} cells\n{}", wrong.len(), wrong.join("\n"));
    assert!(cells >= 400, "{cells}");
}

#[tokio::test]
async fn credentials_of_another_org_open_nothing() {
    let (mut here, mut elsewhere) = (World::new(0).await, World::new(100).await);
    for row in &table() {
        if row.target == "foreign" {
            continue;
        }
        let route = routes::table()
            .into_iter()
            .find(|r| (r.allowed.method, r.allowed.path) == (&row.method, &row.path));
        if route.unwrap().allowed.who == routes::Who::Anyone {
            continue;
        }
        let thing = here.thing(&row.path, false).await;
        for actor in ["device", "supervisor", "information_administrator"] {
            let proof = elsewhere.credentials(actor).await;
            let status = here.call_as(row, actor, &thing, proof).await;
            assert_eq!(status, 401, "{} {} as {actor}", row.method, row.path);
        }
    }
}

/// What one station has in each list, under its own name: a job with a machine and a customer, an exception, and
/// a machine that no job names yet, with its owner.
fn furnish(desk: &mut Desk, name: &str, station: Station, phone: &mut Phone) {
    let org = desk.hub.config().org;
    let company = Actor { user: UserId(org.0), roles: Roles::of(&[Role::Supervisor]) };
    let code = format!("{name}-01");
    let below = Unit { id: UnitId::of_code(org, &code), parent: Some(station.unit), name: code.clone() };
    desk.accounts.put_unit(&below).unwrap();
    let mut create = |kind: &str, fields: Value| {
        let (rec, fields) = (desk.hub.new_record().unwrap(), fields.as_object().unwrap().clone());
        desk.hub.office(&company, vec![OfficeOp::create(kind, rec, None, fields)]).unwrap();
        rec
    };
    let customer = create("customer", json!({"name": format!("{name} quarry")}));
    let machine = create("machine", json!({"serial": format!("{name}-named"), "customer": customer}));
    let owner = create("customer", json!({"name": format!("{name} owner")}));
    create("machine", json!({"serial": format!("{name}-stands"), "customer": owner, "station": code}));
    let job = Job {
        assignee: Some(station.technician),
        machine: Some(machine),
        customer: Some(customer),
        ..Job::default()
    };
    let actor = Actor { user: station.technician, ..company };
    let job = desk.hub.create_job(&actor, &job).unwrap();
    // A second life of the same id: parked, for the office to look at.
    let fields = json!({"text": format!("{name} said")});
    let (push, _) = phone.create_on(Some(RecordId(job.0)), "receipt", &fields);
    desk.hub.sync(&phone.token.clone(), &push).unwrap();
}

#[tokio::test]
async fn lists_show_what_is_in_reach_and_nothing_else() {
    let mut here = World::new(0).await;
    let stations = here.stations;
    let phones = ["device", "foreign"].map(|name| here.phones.remove(name).unwrap());
    let furnished = here.local.app.run(move |desk| {
        for ((name, station), mut phone) in ["east", "west"].into_iter().zip(stations).zip(phones) {
            furnish(desk, name, station, &mut phone);
        }
        let nobodys = json!({"serial": "nobodys", "name": "nobodys"});
        for kind in ["machine", "customer"] {
            let company =
                Actor { user: UserId(desk.hub.config().org.0), roles: Roles::of(&[Role::Supervisor]) };
            let (rec, fields) = (desk.hub.new_record().unwrap(), nobodys.as_object().unwrap().clone());
            desk.hub.office(&company, vec![OfficeOp::create(kind, rec, None, fields)]).unwrap();
        }
    });
    furnished.await.unwrap();
    for (path, shown) in [
        ("/office/v1/jobs", &["$ quarry", "$-named"][..]),
        ("/office/v1/jobs.csv", &["$ quarry", "$-named"]),
        ("/office/v1/devices", &["$.tech"]),
        ("/office/v1/devices.csv", &["$.tech"]),
        ("/office/v1/users", &["$.tech"]),
        ("/office/v1/users.csv", &["$.tech"]),
        ("/office/v1/exceptions", &["$ said"]),
        ("/office/v1/exceptions.csv", &["$ said"]),
        ("/office/v1/customers", &["$ quarry", "$ owner"]),
        ("/office/v1/machines", &["$-named", "$-stands"]),
    ] {
        let mut request = Request::get(path);
        for (name, value) in here.credentials("supervisor").await {
            request = request.header(name, value);
        }
        let answer = here.local.call(request.body(Body::empty()).unwrap()).await;
        let text = String::from_utf8(answer.body).unwrap();
        for mark in shown {
            assert!(text.contains(&mark.replace('$', "east")), "{path} {text}");
            assert!(!text.contains(&mark.replace('$', "west")), "{path} {text}");
        }
        assert!(!text.contains("nobodys"), "the company's: {path} {text}");
        assert!(!text.contains("fingerprint"), "who confirms must have heard the digits");
    }
}

#[tokio::test]
async fn nobody_makes_a_job_of_what_he_could_not_find() {
    let mut here = World::new(0).await;
    let made = here.local.app.run(|desk| {
        let company = Actor { user: UserId(desk.hub.config().org.0), roles: Roles::of(&[Role::Supervisor]) };
        ["machine", "customer"].map(|kind| {
            let rec = desk.hub.new_record().unwrap();
            desk.hub.office(&company, vec![OfficeOp::create(kind, rec, None, Fields::new())]).unwrap();
            rec
        })
    });
    let [machine, customer] = made.await.unwrap();
    for (field, rec) in [("machine", machine), ("customer", customer)] {
        let mut body = json!({ "report": "漏油" });
        body[field] = json!(rec);
        let mut request = Request::post("/office/v1/jobs");
        for (name, value) in here.credentials("supervisor").await {
            request = request.header(name, value);
        }
        let answer = here.local.call(request.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["detail"]), (400, &json!(field)));
    }
}
