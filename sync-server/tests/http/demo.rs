//! The console over the department's own files, read by the ordinary import: who sees the two weeks of jobs, what
//! search and filters find in them, who can be given one. Expectations were counted in the files by hand.

use std::fmt::Write;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{Answer, Local, command, command_with, folder, init, local};

const PASSWORD: &str = "four grey pumps leak";

/// The office with its lists imported.
struct Department {
    folder: TempDir,
    local: Local,
}

/// Somebody at the console.
struct Seat {
    cookie: String,
    csrf: String,
}

impl Department {
    /// Opens it; each of `logins` has the password.
    fn open(logins: &[&str]) -> Self {
        let dir = folder();
        init(dir.path());
        let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/demo-data");
        command(dir.path(), &["import", demo]).unwrap();
        for login in logins {
            let passwd = ["user", "passwd", login, "--password-stdin"];
            command_with(dir.path(), &passwd, &format!("{PASSWORD}\n")).unwrap();
        }
        let local = local(dir.path());
        Self { folder: dir, local }
    }

    async fn seat(&self, login: &str) -> Seat {
        let body = json!({ "login": login, "password": PASSWORD }).to_string();
        let answer = self.local.call(Request::post("/office/v1/login").body(body.into()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{login}: {}", answer.json());
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap();
        Seat { cookie: cookie.to_owned(), csrf: answer.json()["csrf"].as_str().unwrap().to_owned() }
    }

    async fn get(&self, seat: &Seat, path: &str) -> Answer {
        let request = Request::get(format!("/office/v1{path}")).header(header::COOKIE, &seat.cookie);
        self.local.call(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, seat: &Seat, path: &str, body: Value) -> Answer {
        let request = Request::post(format!("/office/v1{path}")).header(header::COOKIE, &seat.cookie);
        let request = request.header("x-csrf-token", &seat.csrf);
        self.local.call(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// Every line that a query lists, page by page, and the total that the first page said.
    async fn listed(&self, seat: &Seat, query: &str) -> (Value, Vec<Value>) {
        let (mut lines, mut total, mut after) = (Vec::new(), None, String::new());
        loop {
            let answer = self.get(seat, &format!("/jobs?{query}{after}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.json());
            let page = answer.json();
            total.get_or_insert_with(|| page["total"].clone());
            lines.extend(page["jobs"].as_array().unwrap().clone());
            let Some(next) = page["next"].as_str() else { return (total.unwrap(), lines) };
            after = format!("&after={next}");
        }
    }

    /// Numbers of the jobs that a query lists, in the order of their numbers.
    async fn numbers(&self, seat: &Seat, query: &str) -> Vec<String> {
        let (total, lines) = self.listed(seat, query).await;
        assert_eq!(total, lines.len(), "{query}");
        let mut numbers: Vec<String> =
            lines.iter().map(|line| line["number"].as_str().unwrap().to_owned()).collect();
        numbers.sort();
        numbers
    }

    async fn user(&self, seat: &Seat, login: &str) -> Value {
        let users = self.get(seat, "/users").await.json();
        let users = users["users"].as_array().unwrap();
        users.iter().find(|user| user["login"] == login).unwrap()["user"].clone()
    }
}

/// A search as a query says it.
fn search(text: &str) -> String {
    let mut query = String::from("q=");
    for byte in text.bytes() {
        write!(query, "%{byte:02X}").unwrap();
    }
    query
}

#[tokio::test]
async fn the_whole_branch_sees_every_job_and_its_supervisor_gives_them_to_any_station() {
    let branch = ["zhoumingyuan", "linxiaoyan", "tangyaqin", "chenguodong"];
    let office = Department::open(&branch);
    for login in branch {
        let seat = office.seat(login).await;
        let (total, lines) = office.listed(&seat, "").await;
        assert_eq!((total, lines.len()), (json!(60), 60), "{login}");
    }
    // A customer's question that nobody leads yet, at station 03; Zhao belongs to 02, Chen himself to 01.
    let (chen, find) = (office.seat("chenguodong").await, "q=FW20261122-003");
    let (_, lines) = office.listed(&chen, find).await;
    let waiting = &lines[0];
    assert_eq!((&waiting["state"], &waiting["lead"]), (&json!("created"), &Value::Null));
    let path = format!("/jobs/{}/assign", waiting["job"].as_str().unwrap());
    let zhao = office.user(&chen, "zhaowenbin").await;
    let answer = office.post(&chen, &path, json!({ "assignee": zhao, "ver": waiting["ver"] })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    let (_, lines) = office.listed(&chen, find).await;
    assert_eq!((&lines[0]["state"], &lines[0]["lead"]["name"]), (&json!("dispatched"), &json!("赵文斌")));
}

/// Led by the people of station 03, or by nobody and filed there.
const STATION_03: [&str; 18] = [
    "FW20261109-006",
    "FW20261110-003",
    "FW20261111-002",
    "FW20261112-002",
    "FW20261113-001",
    "FW20261113-005",
    "FW20261114-002",
    "FW20261115-001",
    "FW20261116-005",
    "FW20261117-003",
    "FW20261118-002",
    "FW20261118-003",
    "FW20261119-003",
    "FW20261120-003",
    "FW20261121-001",
    "FW20261121-003",
    "FW20261122-002",
    "FW20261122-003",
];

#[tokio::test]
async fn a_station_sees_its_own_jobs_and_gives_them_to_its_own_people() {
    let office = Department::open(&["chenguodong"]);
    let unit = "西南大区/云岭分公司/禾田服务站";
    let add = [
        "user",
        "add",
        "wei",
        "--name",
        "韦站长",
        "--role",
        "supervisor",
        "--unit",
        unit,
        "--password-stdin",
    ];
    command_with(office.folder.path(), &add, &format!("{PASSWORD}\n")).unwrap();
    let (wei, chen) = (office.seat("wei").await, office.seat("chenguodong").await);
    assert_eq!(office.numbers(&wei, "").await, STATION_03);
    let (_, lines) = office.listed(&wei, "q=FW20261122-003").await;
    let path = format!("/jobs/{}/assign", lines[0]["job"].as_str().unwrap());
    let (he, zhao) = (office.user(&chen, "helixin").await, office.user(&chen, "zhaowenbin").await);
    let refused = office.post(&wei, &path, json!({ "assignee": zhao })).await;
    assert_eq!((refused.status, &refused.json()["detail"]), (StatusCode::BAD_REQUEST, &json!("assignee")));
    assert_eq!(office.post(&wei, &path, json!({ "assignee": he })).await.status, StatusCode::OK);
    // Of another station's job nobody here learns that it exists.
    let (_, lines) = office.listed(&chen, "q=FW20261112-003").await;
    let path = format!("/jobs/{}", lines[0]["job"].as_str().unwrap());
    assert_eq!(office.get(&chen, &path).await.status, StatusCode::OK);
    assert_eq!(office.get(&wei, &path).await.status, StatusCode::NOT_FOUND);
}

/// How many jobs are where. One was reopened, and is triaged again.
const STATES: [(&str, usize); 15] = [
    ("created", 1),
    ("triaged", 2),
    ("solved_by_phone", 1),
    ("dispatched", 1),
    ("in_progress", 1),
    ("waiting", 5),
    ("work_done", 2),
    ("submitted", 4),
    ("in_review", 2),
    ("returned", 1),
    ("approved", 4),
    ("closed", 33),
    ("cancelled", 1),
    ("not_repaired", 1),
    ("merged", 1),
];

/// Not begun or under way; the first is the one that was reopened.
const OPEN: [&str; 5] =
    ["FW20261113-002", "FW20261121-004", "FW20261122-001", "FW20261122-002", "FW20261122-003"];

/// Sites in 石砭.
const SHIBIAN: [&str; 8] = [
    "FW20261109-001",
    "FW20261109-002",
    "FW20261109-003",
    "FW20261112-001",
    "FW20261113-003",
    "FW20261116-006",
    "FW20261120-001",
    "FW20261121-002",
];

/// Led by 罗小军.
const LUO: [&str; 9] = [
    "FW20261109-001",
    "FW20261110-004",
    "FW20261111-005",
    "FW20261113-003",
    "FW20261116-006",
    "FW20261117-002",
    "FW20261120-001",
    "FW20261121-002",
    "FW20261122-001",
];

/// The beginning of 22 November 2026 in Shanghai, and its length.
const DAY: (i64, i64) = (1_795_276_800_000, 86_400_000);

#[tokio::test]
async fn search_and_filters_find_in_the_departments_own_jobs() {
    let office = Department::open(&["chenguodong"]);
    let chen = office.seat("chenguodong").await;
    for (state, jobs) in STATES {
        assert_eq!(office.numbers(&chen, &format!("state={state}")).await.len(), jobs, "{state}");
    }
    assert_eq!(STATES.iter().map(|(_, jobs)| jobs).sum::<usize>(), 60);
    let luo = office.user(&chen, "luoxiaojun").await;
    let units = office.get(&chen, "/users").await.json()["units"].clone();
    let station = units.as_array().unwrap().iter().find(|unit| unit["name"] == "禾田服务站").unwrap();
    for (query, numbers) in [
        ("state=created,triaged,dispatched,in_progress".to_owned(), &OPEN[..]),
        // The tail of a serial, two machines with it.
        ("q=00417".to_owned(), &["FW20261109-008", "FW20261112-003"]),
        // The operator's name and phone, of a customer whose job he reported; the customer.
        (search("沈德福"), &OPEN[4..]),
        (search("12900008659"), &OPEN[4..]),
        (search("万里设备租赁"), &OPEN[4..]),
        (search("石砭"), &SHIBIAN),
        (format!("{}&state=waiting", search("石砭")), &["FW20261116-006", "FW20261121-002"]),
        (format!("lead={}", luo.as_str().unwrap()), &LUO),
        (format!("unit={}", station["unit"].as_str().unwrap()), &STATION_03),
        (format!("from={}&to={}", DAY.0, DAY.0 + DAY.1), &OPEN[2..]),
        (search("没有这样的"), &[]),
    ] {
        assert_eq!(office.numbers(&chen, &query).await, numbers, "{query}");
    }
}
