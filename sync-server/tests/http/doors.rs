//! Calls that anybody may make are counted by address; a caller is told how long to wait.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};
use fieldcard_schema::wire::frame;
use fieldcard_schema::wire::token::NonceRequest;
use fieldcard_server::http::listen::Peer;
use serde_json::json;

use super::support::{Answer, Local, folder, init, local, local_behind_proxy};

fn call(path: &str, from: [u8; 4], forwarded: Option<&str>) -> Request<Body> {
    let body = match path {
        "/v1/nonce" => {
            let device = fieldcard_schema::id::DeviceId(uuid::Uuid::from_bytes([7; 16]));
            frame::pack(&[serde_json::to_vec(&NonceRequest { device }).unwrap()])
        }
        _ => b"{}".to_vec(),
    };
    let mut request = Request::post(path).body(Body::from(body)).unwrap();
    request.extensions_mut().insert(Peer(SocketAddr::from((from, 40_000))));
    if let Some(said) = forwarded {
        request.headers_mut().insert("x-forwarded-for", HeaderValue::from_str(said).unwrap());
    }
    request
}

/// Calls until one is refused for being one too many; how many were not, and the refusal.
async fn until_refused(local: &Local, path: &str, from: [u8; 4], forwarded: Option<&str>) -> (usize, Answer) {
    for n in 0..5_000 {
        let answer = local.call(call(path, from, forwarded)).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return (n, answer);
        }
    }
    panic!("{path} admits everybody for ever");
}

async fn status(local: &Local, path: &str, from: [u8; 4], forwarded: Option<&str>) -> u16 {
    local.call(call(path, from, forwarded)).await.status.as_u16()
}

#[tokio::test]
async fn an_address_that_asks_too_often_is_told_to_wait_and_nobody_else_is() {
    let dir = folder();
    init(dir.path());
    let local = local(dir.path());
    let (here, there) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    let (admitted, refused) = until_refused(&local, "/v1/enrol", here, None).await;
    assert!((60..200).contains(&admitted), "{admitted}");
    assert_eq!(refused.json()["code"], json!("rate_limited"));
    let said: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!((refused.json()["retry_after"].as_u64(), (1..=10).contains(&said)), (Some(said), true));
    assert_eq!(status(&local, "/v1/enrol", there, None).await, 400, "another address");
    assert_eq!(status(&local, "/v1/nonce", here, None).await, 200, "phones that are enrolled go on");

    let (admitted, _) = until_refused(&local, "/v1/nonce", here, None).await;
    assert!(admitted >= 1_900, "a whole office behind one address: {admitted}");
    assert_eq!(status(&local, "/v1/token", here, None).await, 429, "nonce and token count together");
    assert_eq!(status(&local, "/healthz", here, None).await, 405, "what costs nothing is not counted");
}

#[tokio::test]
async fn what_a_caller_says_of_its_address_counts_only_behind_a_proxy() {
    let dir = folder();
    init(dir.path());
    let open = local(dir.path());
    let peer = [10, 0, 0, 1];
    until_refused(&open, "/v1/enrol", peer, Some("192.0.2.1")).await;
    assert_eq!(status(&open, "/v1/enrol", peer, Some("192.0.2.2")).await, 429, "a lie opens nothing");

    let behind = local_behind_proxy(dir.path());
    until_refused(&behind, "/v1/enrol", peer, Some("192.0.2.1")).await;
    assert_eq!(status(&behind, "/v1/enrol", peer, Some("192.0.2.2")).await, 400);
    // The proxy's word is the last one; what stands before it came from the caller.
    assert_eq!(status(&behind, "/v1/enrol", peer, Some("192.0.2.2, 192.0.2.1")).await, 429);
}
