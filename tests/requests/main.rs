//! Requests made up from `docs/openapi.json` against the running server: it answers each, and never breaks.
//!
//! The generator is schemathesis, in a Python environment that `./dev setup` makes; calls go out as a device, as
//! two roles of the office and as nobody. Counts and every answer of 500 and more come from its hooks
//! (`hooks.py`), not from what it says of itself. Set `REQUESTS` for a longer run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use ed25519_dalek::SigningKey;
use fieldcard_core::enrolment::{Invitation, Owner};
use fieldcard_core::store::Place;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::token::{NonceRequest, TokenRequest};
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::ports::{TestClock, TestKeystore};
use fieldcard_tests::proof;
use fieldcard_tests::server::{Desk, Server};
use serde::Deserialize;
use serde_json::{Value, json};

/// Requests of a run, at least.
fn wanted() -> u64 {
    std::env::var("REQUESTS").map_or(20_000, |text| text.parse().unwrap())
}

/// Seconds of one actor's turn.
const TURN: u32 = 30;
/// Rounds of two turns after which a run has failed to make its requests.
const ROUNDS: usize = 30;
/// Most memory of the server in the end, in KiB: its connections keep 64 MiB of pages each, and no more.
const RSS_MAX: u64 = 512 * 1024;

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The generator, as `./dev setup` put it into the target folder.
fn generator() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let found = own.ancestors().map(|folder| folder.join("schemathesis/bin/schemathesis"));
    found.into_iter().find(|path| path.is_file()).expect("./dev setup makes the generator")
}

/// Who calls, and what proves it.
struct Actor {
    name: &'static str,
    headers: Vec<String>,
    arguments: &'static [&'static str],
}

struct Site {
    server: Server,
    actors: Vec<Actor>,
    known: Value,
}

fn enrol(server: &Server, login: &str, seed: u64) -> (Owner, TestKeystore) {
    let qr = server.code(login).unwrap();
    let mut api = server.api(qr.org_key).unwrap();
    api.look().unwrap();
    let keystore = TestKeystore::default();
    let clock = TestClock::at(MORNING);
    let mut device = Device::with_keystore(Place::memory(), &clock, seed, keystore.clone()).unwrap();
    let invitation = Invitation::read("", &qr.to_text()).unwrap();
    device.core.begin_enrolment(&invitation, api.tls_key_seen().unwrap(), "坚果手机").unwrap();
    device.exchange(&mut api).unwrap();
    let owner = device.owner().unwrap().unwrap();
    (owner, keystore)
}

fn token(server: &Server, org_key: [u8; 32], owner: &Owner, keystore: &TestKeystore) -> String {
    let seed: [u8; 32] = keystore.values()["device_key"].clone().try_into().unwrap();
    let mut api = server.api(org_key).unwrap();
    let nonce = api.nonce(&NonceRequest { device: owner.device }).unwrap();
    api.token(&TokenRequest::sign(&SigningKey::from_bytes(&seed), owner.device, nonce)).unwrap().token
}

fn site() -> Site {
    let mut server = Server::init("衡川重工云岭服务部").unwrap();
    for (login, role) in [
        ("li", "technician"),
        ("zhou", "technician"),
        ("chen", "supervisor"),
        ("wang", "information_administrator"),
    ] {
        let person = ["user", "add", login, "--name", login, "--role", role, "--password-stdin"];
        server.command_with(&person, "山高水长-demo-4171\n").unwrap();
    }
    server.start().unwrap();
    let org_key = server.code("li").unwrap().org_key;
    let (owner, keystore) = enrol(&server, "li", 5);
    server.command(&["device", "confirm", &owner.fingerprint]).unwrap();
    let (other, _) = enrol(&server, "zhou", 6);
    let token = token(&server, org_key, &owner, &keystore);
    let chen = Desk::log_in(&server, org_key, "chen").unwrap();
    let wang = Desk::log_in(&server, org_key, "wang").unwrap();
    let job = json!({"type": "repair", "report": "热车后动臂没劲"});
    let job = chen.post("/jobs", &job).unwrap()["job"].clone();
    let known = json!({"job": [job], "user": [other.user], "device": [other.device]});
    let session = |desk: &Desk| desk.proof().map(|(name, value)| format!("{name}: {value}")).to_vec();
    let office: &[&str] = &["--include-path-regex", "^/office/", "--exclude-path", "/office/v1/logout"];
    let actors = vec![
        Actor {
            name: "device",
            headers: vec![format!("authorization: Bearer {token}")],
            arguments: &["--include-path-regex", "^/v1/(sync|blobs|check)"],
        },
        Actor { name: "supervisor", headers: session(&chen), arguments: office },
        Actor { name: "administrator", headers: session(&wang), arguments: office },
        Actor { name: "nobody", headers: Vec::new(), arguments: &[] },
    ];
    Site { server, actors, known }
}

/// What the hooks wrote down.
#[derive(Deserialize, Default)]
struct Counted {
    counts: BTreeMap<String, u64>,
    broken: Vec<Value>,
}

/// One turn of one actor.
fn turn(site: &Site, actor: &Actor, seed: usize, folder: &Path) -> Counted {
    let count = folder.join(format!("count-{seed}.json"));
    let mut command = Command::new(generator());
    command
        .current_dir(folder)
        .args(["run", "openapi.json", "--url", &site.server.url(), "--tls-verify", "false", "--workers", "1"])
        .args(["--phases", "fuzzing", "--max-time", &TURN.to_string(), "--seed", &seed.to_string()])
        .args(["--checks", "not_a_server_error", "--continue-on-failure", "--suppress-health-check", "all"])
        .args(["--generation-database", "none", "--warnings", "off"])
        .args(actor.arguments)
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", top().join("tests/requests"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("REQUESTS_KNOWN", site.known.to_string())
        .env("REQUESTS_COUNT", &count)
        .env("REQUESTS_SEED", seed.to_string());
    for header in &actor.headers {
        command.args(["--header", header]);
    }
    let output = command.output().unwrap();
    let counted = std::fs::read(&count).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    drop(std::fs::remove_file(&count));
    assert!(counted.is_some(), "{} made no request: {said}", actor.name);
    // 1: some check failed, which the hooks have counted. Anything else: the generator itself broke off.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}: {}: {said}", actor.name, output.status);
    counted.unwrap_or_default()
}

fn rss_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn the_server_answers_whatever_its_own_description_allows() {
    let site = site();
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(top().join("docs/openapi.json"), folder.path().join("openapi.json")).unwrap();
    let mut by_actor: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    let mut made = 0;
    for round in 0..ROUNDS {
        // Two at a time: making requests takes more of a core than answering them.
        let turns = std::thread::scope(|scope| {
            let begun = [2 * round, 2 * round + 1].map(|seed| {
                let (site, folder) = (&site, folder.path());
                let actor = &site.actors[seed % site.actors.len()];
                (actor.name, scope.spawn(move || turn(site, actor, seed, folder)))
            });
            begun.map(|(name, turn)| (name, turn.join().unwrap()))
        });
        for (name, counted) in turns {
            for (status, count) in counted.counts {
                made += count;
                *by_actor.entry(name).or_default().entry(status).or_default() += count;
            }
            let broken = counted.broken;
            assert!(broken.is_empty(), "{} answers of 500 and more, such as {}", broken.len(), broken[0]);
        }
        println!("requests: {made}, server's memory {} KiB", rss_kib(site.server.pid().unwrap()));
        if made >= wanted() && by_actor.len() == site.actors.len() {
            break;
        }
    }
    let rss = rss_kib(site.server.pid().unwrap());
    println!("requests: {made} {by_actor:?}, server's memory {rss} KiB");
    proof::say(&json!({"requests": made, "answers_of_500": 0, "memory_kib": rss}));
    assert!(made >= wanted(), "only {made} requests in {ROUNDS} rounds");
    assert!(rss <= RSS_MAX, "the server grew to {rss} KiB");
    // Who never gets past the door tries nothing.
    for actor in ["device", "supervisor", "administrator"] {
        assert!(by_actor[actor].contains_key("200"), "{actor} was never let in: {by_actor:?}");
    }
}
