//! A real server process over TLS: enrol, confirm, sync; kill -9; restart; clean shutdown.

use std::fs;

use fieldcard_core::driver::http::HttpApi;
use fieldcard_core::driver::tls::Trust;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, UNIT};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde_json::{Value, json};

use super::sockets::exchange;
use super::support::{Phone, Running, codes, command, folder, init, unpinned};

fn technician(folder: &std::path::Path) -> String {
    command(folder, &["user", "add", "li", "--name", "李师傅", "--role", "technician"]).unwrap();
    command(folder, &["device", "code", "li"]).unwrap()
}

fn active(folder: &std::path::Path, server: &Running, n: u8) -> (HttpApi, Phone) {
    let (mut api, seen) = unpinned(&server.url);
    let (typed, _) = codes(&command(folder, &["device", "code", "li"]).unwrap());
    let mut phone = Phone::enrol(&mut api, n, &typed, seen).unwrap();
    command(folder, &["device", "confirm", &phone.digits()]).unwrap();
    let mut api = HttpApi::new(&server.url, &phone.trust()).unwrap();
    phone.log_in(&mut api).unwrap();
    (api, phone)
}

#[test]
fn a_phone_enrols_is_confirmed_and_syncs() {
    let dir = folder();
    init(dir.path());
    let output = technician(dir.path());
    let server = Running::start(dir.path(), &[]);
    // Scanned: the QR carries the org key, and the very first connection is pinned.
    let (_, qr) = codes(&output);
    let mut api = HttpApi::new(&server.url, &Trust::OrgKey(qr.org_key)).unwrap();
    api.look().unwrap();
    let seen = api.tls_key_seen().unwrap();
    let mut phone = Phone::enrol(&mut api, 7, &qr.code, seen).unwrap();
    assert_eq!(phone.log_in(&mut api), Err(ErrorCode::Unconfirmed.into()));
    assert!(command(dir.path(), &["device", "confirm", "000000"]).is_err() || phone.digits() == "000000");
    command(dir.path(), &["device", "confirm", &phone.digits()]).unwrap();
    phone.log_in(&mut api).unwrap();
    let request = phone.note("热车后动臂无力");
    let response = api.sync(&phone.token, &request).unwrap();
    assert_eq!(phone.acknowledged(&response).len(), 1, "{response:?}");
    assert!(!response.pages.is_empty(), "its own person is in the org");
    // A code is for once.
    let again = Phone::enrol(&mut api, 8, &qr.code, seen).err().map(|e| e.code);
    assert_eq!(again, Some(ErrorCode::CodeUsed));
    let listed = command(dir.path(), &["device", "list"]).unwrap();
    assert!(listed.contains("active") && listed.contains("坚果手机"), "{listed}");
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn somebody_in_between_gets_no_device() {
    let (dir, other) = (folder(), folder());
    init(dir.path());
    init(other.path());
    let (typed, qr) = codes(&technician(dir.path()));
    let (server, thief) = (Running::start(dir.path(), &[]), Running::start(other.path(), &[]));
    // The phone spoke TLS with the thief, who hands its request on.
    let (mut api, _) = unpinned(&server.url);
    let (_, seen) = unpinned(&thief.url);
    let refused = Phone::enrol(&mut api, 7, &typed, seen).err();
    assert_eq!(refused, Some(ApiError::about(ErrorCode::BadSignature, "tls_key")));
    // A scanned code names the org key: the thief is not even spoken to.
    let pinned = HttpApi::new(&thief.url, &Trust::OrgKey(qr.org_key)).unwrap();
    assert_eq!(pinned.look(), Err(ApiError::about(ErrorCode::Unreachable, "tls")));
    // The code is still good.
    let (mut api, seen) = unpinned(&server.url);
    assert!(Phone::enrol(&mut api, 7, &typed, seen).is_ok());
}

#[test]
fn a_renewed_tls_key_locks_nobody_out() {
    let dir = folder();
    init(dir.path());
    technician(dir.path());
    let server = Running::start(dir.path(), &[]);
    let (api, phone) = active(dir.path(), &server, 7);
    let before = api.tls_key_seen();
    server.stop();
    fs::remove_file(dir.path().join("keys/tls.key.pem")).unwrap();
    let server = Running::start(dir.path(), &[]);
    let mut api = HttpApi::new(&server.url, &phone.trust()).unwrap();
    assert!(api.sync(&phone.token, &phone.pull()).is_ok(), "also the token still holds");
    assert_ne!(api.tls_key_seen(), before);
}

#[test]
fn what_was_acknowledged_outlives_kill_9() {
    let dir = folder();
    init(dir.path());
    technician(dir.path());
    let mut server = Running::start(dir.path(), &[]);
    let (mut api, mut phone) = active(dir.path(), &server, 7);
    let mut requests = Vec::new();
    for round in 0..4 {
        for n in 0..5 {
            let request = phone.note(&format!("note {round}.{n}"));
            let response = api.sync(&phone.token, &request).unwrap();
            let outcomes = phone.acknowledged(&response);
            assert_eq!(outcomes.len(), 1);
            requests.push((request, response.outcomes));
        }
        server.kill();
        server = Running::start(dir.path(), &[]);
        api = HttpApi::new(&server.url, &phone.trust()).unwrap();
    }
    for (request, outcomes) in &requests {
        // Sent again, each op has the same outcome: the server still holds it.
        assert_eq!(&api.sync(&phone.token, request).unwrap().outcomes, outcomes);
    }
    let exported = command(dir.path(), &["export"]).unwrap();
    assert_eq!(exported.matches("\"kind\":\"note\"").count(), 20);
    let doctor = command(dir.path(), &["doctor"]).unwrap_err();
    assert!(doctor.ends_with("1 finding") && doctor.contains("backup"), "{doctor}");
}

#[test]
fn a_photo_goes_up_in_runs_and_comes_back() {
    let dir = folder();
    init(dir.path());
    technician(dir.path());
    let server = Running::start(dir.path(), &[]);
    let (mut api, mut phone) = active(dir.path(), &server, 7);
    let photo: Vec<u8> = (0..40_000_u32).map(|n| u8::try_from(n * n % 251).unwrap()).collect();
    let (sha256, size) = (Digest::of(&photo), photo.len() as u64);
    let unit = usize::try_from(UNIT).unwrap();
    assert!(!api.blob_state(&phone.token, sha256).unwrap().stored);
    for (at, run) in photo.chunks(unit).enumerate().rev() {
        let put = BlobPut {
            sha256,
            size,
            media_type: "image/jpeg".into(),
            unit: u32::try_from(at).unwrap(),
            bytes: run.to_vec(),
            digest: Digest::of(run),
        };
        api.blob_put(&phone.token, &put).unwrap();
    }
    let state = api.blob_complete(&phone.token, sha256).unwrap();
    assert!(state.stored, "{state:?}");
    let range = BlobRange { sha256, from: 100, len: 1000 };
    let unnamed = api.blob_get(&phone.token, &range).unwrap_err();
    assert_eq!(unnamed.code, ErrorCode::NotFound, "no record names it yet: only its state is told");
    let request = phone.create("photo", &json!({"sha256": sha256, "size": size}));
    assert_eq!(phone.acknowledged(&api.sync(&phone.token, &request).unwrap()).len(), 1);
    assert_eq!(api.blob_get(&phone.token, &range).unwrap(), photo[100..1100]);
    command(dir.path(), &["backup", dir.path().join("b").to_str().unwrap()]).unwrap();
    server.stop();
}

#[test]
fn a_revoked_phone_uploads_and_reads_nothing() {
    let dir = folder();
    init(dir.path());
    technician(dir.path());
    let server = Running::start(dir.path(), &[]);
    let (mut api, mut phone) = active(dir.path(), &server, 7);
    command(dir.path(), &["device", "revoke", &phone.id.to_string()]).unwrap();
    let request = phone.note("written before the revocation");
    let response = api.sync(&phone.token, &request).unwrap();
    assert_eq!(phone.acknowledged(&response).len(), 1);
    assert!(response.pages.is_empty());
}

#[test]
fn a_restored_server_takes_everything_again() {
    let dir = folder();
    let (data, backups, fresh) = (dir.path().join("d"), dir.path().join("b"), dir.path().join("r"));
    init(&data);
    technician(&data);
    let server = Running::start(&data, &[]);
    let (mut api, mut phone) = active(&data, &server, 7);
    let first = phone.note("in the backup");
    let response = api.sync(&phone.token, &first).unwrap();
    let (epoch, head) = (response.epoch.clone(), response.mark.pos);
    command(&data, &["backup", backups.to_str().unwrap()]).unwrap();
    let lost = phone.note("not in the backup");
    assert_eq!(phone.acknowledged(&api.sync(&phone.token, &lost).unwrap()).len(), 1);
    server.kill();
    command(&fresh, &["restore", backups.to_str().unwrap()]).unwrap();
    let server = Running::start(&fresh, &[]);
    let mut api = HttpApi::new(&server.url, &phone.trust()).unwrap();
    let response = api.sync(&phone.token, &phone.pull()).unwrap();
    assert_ne!(response.epoch, epoch);
    assert_eq!(response.head.unwrap().seq, 1, "the phone learns how far this server holds it");
    let again = api.sync(&phone.token, &lost).unwrap();
    let outcomes = phone.acknowledged(&again);
    assert!(outcomes.len() == 1 && outcomes[0].pos > head + (1 << 32) - 1, "{outcomes:?}");
    assert!(command(&fresh, &["restore", backups.to_str().unwrap()]).is_err(), "never over data");
}

#[test]
fn logs_hold_no_names_and_no_secrets() {
    let dir = folder();
    let password = init(dir.path());
    technician(dir.path());
    let log = dir.path().join("log");
    let file = fs::File::create(&log).unwrap();
    let server = Running::logging(dir.path(), "debug", file.into(), &[]);
    let (mut api, mut phone) = active(dir.path(), &server, 7);
    let request = phone.note("客户王老板 13800138000");
    api.sync(&phone.token, &request).unwrap();
    let photo = Digest::of(b"a photo");
    api.blob_state(&phone.token, photo).unwrap();
    assert!(api.blob_get("a-token-that-is-wrong", &BlobRange { sha256: photo, from: 0, len: 9 }).is_err());
    server.stop();
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("/v1/blobs/{sha256}/state") && text.contains("status=401"), "{text}");
    let id = phone.id.to_string();
    let digest = photo.to_string();
    for planted in [
        &password,
        "李师傅",
        "坚果手机",
        "王老板",
        "13800138000",
        &phone.token,
        "a-token",
        &id,
        &digest,
        "127.0.0.1",
    ] {
        assert!(!text.contains(planted), "{planted} stands in the log: {text}");
    }
}

#[test]
fn logs_hold_nothing_of_what_the_console_asks() {
    let dir = folder();
    let password = init(dir.path());
    let log = dir.path().join("log");
    let file = fs::File::create(&log).unwrap();
    let server = Running::logging(dir.path(), "debug", file.into(), &["--http"]);
    let call = |line: &str, headers: &str, body: &str| {
        let length = body.len();
        let head = format!(
            "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        exchange(&server, format!("{head}{body}").as_bytes())
    };
    let enter = |login: &str, password: &str| {
        call("POST /office/v1/login", "", &json!({"login": login, "password": password}).to_string())
    };
    assert!(enter("zhaojianguo", "guessed-at-random").starts_with("HTTP/1.1 401"));
    let answer = enter("wang", &password);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let cookie = answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let csrf = serde_json::from_str::<Value>(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    let csrf = csrf["csrf"].as_str().unwrap();
    let proof = format!("cookie: {cookie}\r\nx-csrf-token: {csrf}\r\n");
    // 王老板, and a phone number.
    let found = call("GET /office/v1/jobs?q=%E7%8E%8B%E8%80%81%E6%9D%BF+12900001234", &proof, "");
    assert!(found.starts_with("HTTP/1.1 200"), "{found}");
    let refused =
        call("POST /office/v1/jobs", &proof, &json!({"customer_name": "王老板", "kind": 7}).to_string());
    assert!(refused.starts_with("HTTP/1.1 4"), "{refused}");
    server.stop();
    let text = fs::read_to_string(&log).unwrap();
    assert!(text.contains("/office/v1/login") && text.contains("/office/v1/jobs"), "{text}");
    let session = cookie.split('=').nth(1).unwrap();
    for planted in [
        "wang",
        &password,
        "zhaojianguo",
        "guessed",
        session,
        csrf,
        "%E7%8E%8B",
        "王老板",
        "1290000",
        "127.0.0.1",
    ] {
        assert!(!text.contains(planted), "{planted} stands in the log: {text}");
    }
}
