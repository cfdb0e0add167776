//! The server's half of the bad-input list. Each row: a clear code or sentence, nothing lost, the process lives.
//!
//! | what comes | what happens | where it is tested |
//! |---|---|---|
//! | malformed, deeply nested, bomb-compressed, oversized bodies, on every route | 4xx with a code | here, `sockets` |
//! | headers without end, slow headers, rubbish for a handshake | closed, or 431 | `sockets` |
//! | unknown fields and kinds | kept, passed on | here |
//! | a job, part or user that does not exist | parked for the office, or `not_found` | here |
//! | wrong, used, expired code; tries over; a borrowed nonce; an old token | a code each | `running`, `hub/tests/enrolment` |
//! | unconfirmed or revoked device | reads nothing; the latter's work is parked | `matrix`, `hub/tests/enrolment` |
//! | too many calls from one address | 429 and when to come again | `doors` |
//! | CSV in GB18030, UTF-8 with and without mark, 200 columns, empty rows, keys twice | taken, or told by line | here, `import/tests` |
//! | XLSX with merged headers | taken | `import/tests`: the demo machines have one |
//! | markup, quotes, emoji, right-to-left marks, 10,000 characters | in and out unaltered; more is told | here |
//! | "photos" that are no images, of 0 bytes, with a false digest | stored as bytes, or refused | here, `hub/tests/blobs` |
//! | a full disk under `serve` | `disk_full`, nothing acknowledged, goes on when there is room | `bad_host` |
//! | a read-only data folder | a sentence at the start; nothing acknowledged under way | `bad_host` |
//! | a second `serve` on one folder; a store of a later version | a sentence | `commands` |
//! | the clock ten years off, both ways | enrol, log in, work | `bad_host` |
//!
//! What a device makes of bad input is in `tests/system/bad_input.rs` of the whole-system tests.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use encoding_rs::GB18030;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, RecordId, UserId};
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::record::job::Job;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::BlobPut;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::frame;
use fieldcard_server::accounts::session::{Cookie, Session};
use fieldcard_server::accounts::{Role, UnitId};
use fieldcard_server::desk::people::{NewPerson, add};
use fieldcard_server::http::routes::{self, Allowed, Who};
use fieldcard_server::hub::office::Actor;
use serde_json::{Value, json};
use uuid::Uuid;

use super::site::{Site, plain, put};
use super::support::{Local, Phone, command, folder, init, local};

/// A technician, and an administrator who wears every hat; a phone of the former.
async fn staffed(local: &Local) -> (Phone, UserId) {
    let run = local.app.run(|desk| {
        let unit: UnitId = desk.accounts.units().unwrap()[0].id;
        let by = UserId(desk.hub.config().org.0);
        let mut person = |login: &str, roles: BTreeSet<Role>| {
            let new = NewPerson {
                login: login.into(),
                name: login.into(),
                unit,
                roles,
                hash: None,
                one_time: false,
            };
            add(desk, by, new).unwrap()
        };
        let chief = person("chief", Role::ALL.iter().copied().collect());
        let li = person("li", BTreeSet::from([Role::Technician]));
        let code = desk.hub.make_code(li, true).unwrap();
        let mut phone = Phone::enrol(&mut desk.hub, 7, &code, Digest::ZERO).unwrap();
        desk.hub.confirm_device(phone.id).unwrap();
        phone.log_in(&mut desk.hub).unwrap();
        (phone, chief)
    });
    run.await.unwrap()
}

/// A session of `user`, new at each call: some routes end it.
async fn session(local: &Local, user: UserId, n: u32) -> [(String, String); 2] {
    let cookie = Cookie::new(Digest::of(&n.to_be_bytes()).0);
    let hash = cookie.hash();
    let stored = local.app.run(move |desk| {
        let now = desk.clock.now();
        desk.accounts.put_session(&Session { hash, user, made_at: now, used_at: now })
    });
    stored.await.unwrap().unwrap();
    let pair = cookie.set_cookie(true).split(';').next().unwrap().to_owned();
    [("cookie".into(), pair), ("x-csrf-token".into(), cookie.csrf())]
}

/// The routes that pass over whatever body comes; of every other in the table the body is read, and must be refused.
const NO_BODY: [&str; 7] = [
    "/v1/blobs/{sha256}/complete",
    "/office/v1/logout",
    "/office/v1/devices/{device}/code",
    "/office/v1/devices/{device}/revoke",
    "/office/v1/users/{user}/disable",
    "/office/v1/users/{user}/enable",
    "/office/v1/users/{user}/password",
];

fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let deep_object = format!("{}1{}", "{\"a\":".repeat(9_000), "}".repeat(9_000));
    let noise = (0..5_000_u32).map(|n| u8::try_from(n * 7919 % 256).unwrap()).collect();
    vec![
        ("half an object", b"{\"login\": ".to_vec()),
        ("no number", b"{\"login\": NaN}".to_vec()),
        ("a key twice", b"{\"login\":\"a\",\"login\":\"b\",\"password\":\"c\"}".to_vec()),
        ("a list for an object", b"[1,2,3]".to_vec()),
        ("another type", b"{\"login\":{\"$ne\":null},\"assignee\":7,\"user\":[],\"digits\":{}}".to_vec()),
        ("no UTF-8", b"{\"login\":\"\xff\xfe\"}".to_vec()),
        ("deep lists", deep.clone().into_bytes()),
        ("deep objects", deep_object.into_bytes()),
        ("deep lists, packed", frame::compress(deep.as_bytes())),
        ("a bomb", frame::compress(&vec![b'['; 64 << 20])),
        ("half a frame", frame::compress(b"{}")[..5].to_vec()),
        ("noise", noise),
        ("no bytes in one frame", frame::compress(b"")),
        ("a line too many", frame::compress(b"{}\n{}\n{}\n")),
    ]
}

/// What a path names and is there: else a body would be refused for another reason than what it is.
struct Known {
    job: RecordId,
    device: DeviceId,
    user: UserId,
}

async fn send(
    local: &Local,
    allowed: &Allowed,
    known: Option<&Known>,
    proof: &[(String, String)],
    body: &[u8],
) -> (u16, Option<ErrorCode>) {
    let sha = Digest::of(b"x").to_string();
    let uri = allowed.path.replace("{sha256}", &sha);
    let named = |part: &str| match (part, known) {
        ("{job}", Some(known)) => known.job.to_string(),
        ("{device}", Some(known)) => known.device.to_string(),
        ("{user}", Some(known)) => known.user.to_string(),
        (part, _) if part.starts_with('{') => "0197a9b2-0000-7000-8000-000000000000".to_owned(),
        (part, _) => part.to_owned(),
    };
    let mut uri = uri.split('/').map(named).collect::<Vec<_>>().join("/");
    if allowed.method == "PUT" {
        uri = format!("{uri}?size=1&unit=0&digest={sha}");
    }
    let mut request =
        Request::builder().method(allowed.method).uri(uri).header(header::CONTENT_TYPE, "image/jpeg");
    for (name, value) in proof {
        request = request.header(name, value);
    }
    let answer = local.call(request.body(Body::from(body.to_vec())).unwrap()).await;
    let code = serde_json::from_slice::<ApiError>(&answer.body).ok().map(|error| error.code);
    (answer.status.as_u16(), code)
}

#[tokio::test]
async fn every_route_refuses_hostile_bodies_with_a_code_and_lives() {
    let dir = folder();
    init(dir.path());
    let local = local(dir.path());
    let (phone, chief) = staffed(&local).await;
    let made = local.app.run(move |desk| {
        let actor = Actor { user: chief, roles: fieldcard_server::accounts::Roles::NONE };
        desk.hub.create_job(&actor, &Job { assignee: Some(chief), ..Job::default() }).unwrap()
    });
    let known = Known { job: made.await.unwrap(), device: phone.id, user: chief };
    let mut sessions = 0;
    let mut passed_over = BTreeSet::new();
    for route in routes::table() {
        let allowed = route.allowed;
        if allowed.method == "GET" {
            continue;
        }
        let too_much = vec![b' '; allowed.body_max + 1];
        for (what, body) in hostile().into_iter().chain([("too much", too_much)]) {
            sessions += 1;
            let proof = match allowed.who {
                Who::Anyone => Vec::new(),
                Who::Device => vec![("authorization".to_owned(), format!("Bearer {}", phone.token))],
                Who::Office(_) => session(&local, chief, sessions).await.to_vec(),
            };
            // What reads no body would do its work.
            let known = Some(&known).filter(|_| !NO_BODY.contains(&allowed.path));
            let (status, code) = send(&local, &allowed, known, &proof, &body).await;
            let place = format!("{} {}: {what}: {status} {code:?}", allowed.method, allowed.path);
            assert!(status < 500 && (status < 400) != code.is_some(), "{place}");
            if what == "too much" {
                assert_eq!(code, Some(ErrorCode::TooLarge), "{place}");
            } else if NO_BODY.contains(&allowed.path) {
                passed_over.insert(allowed.path);
            } else {
                assert!(status >= 400, "{place}");
                // No exception is open here, so those routes may say that there is none.
                let elsewhere = [ErrorCode::NotFound, ErrorCode::Forbidden, ErrorCode::Unauthorised];
                let missing = allowed.path.contains("{exception}");
                assert!(missing || !code.is_some_and(|code| elsewhere.contains(&code)), "{place}");
            }
        }
    }
    assert_eq!(passed_over, BTreeSet::from(NO_BODY), "a route that is no more stands in the list");
    let alive = local.call(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    assert_eq!(alive.status, StatusCode::OK);
}

#[test]
fn what_a_later_version_sends_is_kept_and_passed_on() {
    let mut site = Site::new(&plain);
    let fields = json!({"rotors": 4, "深": {"a": [1, {"b": null}]}, "text": "next year"});
    let request = site.phone.create("drone_flight", &fields);
    assert_eq!(site.sync(&request), Ok((Outcome::Applied, None)));
    let request = site.phone.create("note", &json!({"text": "一", "mood": ["😀"]}));
    assert_eq!(site.sync(&request), Ok((Outcome::Applied, None)));
    let kept = site.exported();
    let of =
        |kind: &str| kept.iter().find(|line| line["op"]["kind"] == json!(kind)).unwrap()["op"]["set"].clone();
    assert_eq!((of("drone_flight"), of("note")), (fields.clone(), json!({"text": "一", "mood": ["😀"]})));
    // They come back to whoever may see them.
    let pulled = site.api.sync(&site.phone.token, &site.phone.pull()).unwrap();
    let tables = pulled.pages.iter().flat_map(|page| page.put.clone());
    let rows: Vec<_> = tables.flat_map(|table| table.into_rows().unwrap()).collect();
    let flight = rows.iter().find(|row| row.state.kind == "drone_flight").unwrap();
    assert_eq!(Value::Object(flight.state.fields.clone()), fields);
}

#[test]
fn work_on_what_nobody_knows_is_kept_for_the_office() {
    let mut site = Site::new(&plain);
    let nowhere = RecordId(Uuid::from_bytes([3; 16]));
    let request = site.phone.create_on(Some(nowhere), "note", &json!({"text": "在没有的单子上"})).0;
    assert_eq!(site.sync(&request), Ok((Outcome::Parked, Some(Why::UnknownRecord))));
    // A part that is in no catalogue is a part that somebody typed by hand.
    let request = site.phone.create("part_line", &json!({"in_part": "no such part", "in_qty": "1"}));
    assert_eq!(site.sync(&request), Ok((Outcome::Applied, None)));
    assert_eq!(site.notes(), ["在没有的单子上"]);
}

#[tokio::test]
async fn the_office_is_told_that_a_job_or_person_does_not_exist() {
    let dir = folder();
    init(dir.path());
    let local = local(dir.path());
    let (_, chief) = staffed(&local).await;
    let run = local.app.run(move |desk| {
        let actor = Actor { user: chief, roles: fieldcard_server::accounts::Roles::NONE };
        desk.hub.create_job(&actor, &Job { assignee: Some(chief), ..Job::default() }).unwrap()
    });
    let job = run.await.unwrap();
    let nobody = UserId(Uuid::from_bytes([250; 16]));
    let (unknown_job, assign) = (RecordId(nobody.0), |job| format!("/office/v1/jobs/{job}/assign"));
    for (path, body, expected) in [
        (assign(unknown_job), json!({"assignee": chief}), "not_found"),
        (assign(job), json!({"assignee": nobody}), "invalid_value"),
        (assign(job), json!({"assignee": chief, "crew": [nobody]}), "invalid_value"),
        ("/office/v1/jobs".to_owned(), json!({"assignee": nobody, "report": "x"}), "invalid_value"),
        ("/office/v1/devices/code".to_owned(), json!({"user": nobody}), "not_found"),
    ] {
        let mut request = Request::post(&path);
        for (name, value) in session(&local, chief, 9).await {
            request = request.header(name, value);
        }
        let answer = local.call(request.body(Body::from(body.to_string())).unwrap()).await;
        assert_eq!(answer.json()["code"], json!(expected), "{path} {body}");
    }
}

const EVIL: [&str; 6] = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "'; DROP TABLE op; -- \"quoted\" 'too' `and` \\back\\slash",
    "=HYPERLINK(\"http://x\",\"y\")",
    "😀👩‍🔧🇨🇳 e\u{301} 饕餮𠮷",
    "\u{202e}desrever\u{202c} \u{200f}עברית العربية\u{200e}",
    "第一行\n第二行\t制表",
];

/// As text is kept: normal form C, and tabs, which no screen can type, are gone.
fn kept(text: &str) -> String {
    fieldcard_schema::json::nfc(&text.replace('\t', ""))
}

fn customers(notes: &[String]) -> String {
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let rows = notes.iter().enumerate().map(|(n, note)| {
        format!("KH{n},石料厂{n},quarry,云岭县,石砭镇,罗敏,operator,1290000{n:04},{}\n", cell(note))
    });
    let head = "客户编号,客户名称,客户类别,县,乡镇,联系人1,联系人1身份,联系人1电话,备注\n";
    std::iter::once(head.to_owned()).chain(rows).collect()
}

#[test]
fn odd_text_goes_through_import_and_export_unaltered() {
    let dir = folder();
    init(dir.path());
    let long = "液".repeat(10_000);
    let mut notes: Vec<String> = EVIL.iter().map(|text| (*text).to_owned()).collect();
    notes.extend([long.clone(), format!("{long}多")]);
    let file = dir.path().join("customers.csv");
    std::fs::write(&file, customers(&notes)).unwrap();
    let said = command(dir.path(), &["import", file.to_str().unwrap()]).unwrap_or_else(|said| said);
    assert!(said.contains("too_large"), "one character too many is told: {said}");
    let text = command(dir.path(), &["export"]).unwrap();
    let ops = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let taken: Vec<String> = ops
        .filter(|line| line["op"]["kind"] == json!("customer"))
        .map(|line| line["op"]["set"]["notes"].as_str().unwrap().to_owned())
        .collect();
    notes.pop();
    assert_eq!(taken, notes.iter().map(|note| kept(note)).collect::<Vec<_>>());
}

#[test]
fn tables_are_read_in_whatever_they_were_saved_and_bad_lines_are_told() {
    let text = customers(&["平常".to_owned(), "引号\"里".to_owned()]);
    let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    let (gb, ..) = GB18030.encode(&text);
    let mut lines = text.lines();
    let (head, rows): (&str, Vec<&str>) = (lines.next().unwrap(), lines.collect());
    let more: Vec<String> = (0..191).map(|n| format!(",列{n}")).collect();
    let more = more.concat();
    let wide = format!("{head}{more}\n{}{}\n,,,,\n\n{}\n", rows[0], ",x".repeat(191), rows[1]);
    let twice = format!("{text}{}\n", rows[0]);
    let cases: [(&str, &[u8], &str); 5] = [
        ("utf8", text.as_bytes(), ""),
        ("bom", &marked, ""),
        ("gb18030", &gb, ""),
        ("200 columns and empty rows", wide.as_bytes(), "column_unknown"),
        ("a key twice", twice.as_bytes(), "key_twice"),
    ];
    for (what, bytes, problem) in cases {
        let dir = folder();
        init(dir.path());
        let file = dir.path().join("customers.csv");
        std::fs::write(&file, bytes).unwrap();
        let said = command(dir.path(), &["import", file.to_str().unwrap()]).unwrap_or_else(|said| said);
        assert!(said.contains(problem), "{what}: {said}");
        let exported = command(dir.path(), &["export"]).unwrap();
        let made = exported.lines().filter(|line| line.contains("\"kind\":\"customer\"")).count();
        assert_eq!(made, 2, "{what}: {said}");
        assert!(exported.contains("引号\\\"里") && exported.contains("石料厂0"), "{what}");
    }
}

#[test]
fn the_blob_door_takes_bytes_for_what_they_are_and_nothing_for_nothing() {
    let mut site = Site::new(&plain);
    let token = site.phone.token.clone();
    let mut ask =
        |put: &BlobPut| site.api.blob_put(&token, put).map(|state| state.stored).map_err(|e| e.code);
    // Evidence is never judged by its look: what is no image is kept, and shown as what it is.
    assert_eq!(ask(&put(b"<svg onload=alert(1)>")), Ok(true));
    assert_eq!(ask(&put(b"MZ\x90\0 not a photo")), Ok(true));
    assert_eq!(ask(&put(b"")), Err(ErrorCode::InvalidValue), "0 bytes are no photo");
    let lie = BlobPut { digest: Digest::of(b"something else"), ..put(b"a photo") };
    assert_eq!(ask(&lie), Err(ErrorCode::BadDigest));
    let huge = BlobPut { size: 1 << 50, ..put(b"a photo") };
    assert_eq!(ask(&huge), Err(ErrorCode::TooLarge));
    let beyond = BlobPut { unit: 77, ..put(b"a photo") };
    assert_eq!(ask(&beyond), Err(ErrorCode::InvalidValue));
    assert_eq!(site.server.stop(), Some(0));
}
