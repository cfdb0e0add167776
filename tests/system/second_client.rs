//! A client that shares no code with the device, written from docs/sync-protocol.md alone, does the main job
//! against a real server process. What it says it sent is compared with what the server holds.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::enrol::EnrolQr;
use fieldcard_tests::server::Server;
use serde_json::Value;

/// A server with one technician.
fn office() -> Server {
    let mut server = Server::init("衡川重工云岭服务部").unwrap();
    let person = ["user", "add", "li", "--name", "李师傅", "--role", "technician", "--password-stdin"];
    server.command_with(&person, "山高水长-demo-4171\n").unwrap();
    server.start().unwrap();
    server
}

fn client(qr: &EnrolQr) -> Child {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    Command::new("python3")
        .arg(top.join("protocol/client.py"))
        .arg(qr.to_text())
        .arg(top.join("../schema/card/fixtures/card-v1.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn digests(list: &Value) -> Vec<Digest> {
    list.as_array().unwrap().iter().map(|digest| digest.as_str().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_second_client_does_the_main_job_from_the_page_alone() {
    let server = office();
    let mut client = client(&server.code("li").unwrap());
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
    let mut next = || lines.next().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    if let Some(first) = next() {
        server.command(&["device", "confirm", first["digits"].as_str().unwrap()]).unwrap();
        client.stdin.take().unwrap().write_all(b"confirmed\n").unwrap();
    }
    let last = next();
    let output = client.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let (last, held) = (last.unwrap(), server.op_digests().unwrap());
    let bodies = digests(&last["bodies"]);
    assert_eq!(bodies.len(), 11);
    assert!(bodies.iter().all(|body| held.binary_search(body).is_ok()), "the server lacks a body");
    for blob in digests(&last["blobs"]) {
        assert_eq!(Digest::of(&server.blob(blob).unwrap()), blob);
    }
}

#[test]
fn the_second_client_trusts_no_server_but_the_office_s() {
    let server = office();
    let qr = server.code("li").unwrap();
    // The public key of somebody else.
    let stranger = ed25519_dalek::SigningKey::from_bytes(&[3; 32]).verifying_key().to_bytes();
    let output = client(&EnrolQr { org_key: stranger, ..qr }).wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("vouches for the TLS key"), "{said}");
}
