//! Hostile and slow peers: each gets a clear answer or a closed door, and the server lives.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::{MEDIA_TYPE, frame};
use tokio::net::TcpStream as AsyncStream;

use super::support::{Phone, Running, codes, command, folder, init, local};
use fieldcard_server::desk::Desk;
use fieldcard_server::folder::DataFolder;
use fieldcard_server::http::listen::{Limits, bind, serve};

/// Sends bytes as they are; all that comes back.
pub(crate) fn exchange(server: &Running, request: &[u8]) -> String {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // The server may answer and close before all was sent.
    drop(socket.write_all(request));
    let mut text = Vec::new();
    drop(socket.read_to_end(&mut text));
    String::from_utf8_lossy(&text).into_owned()
}

fn post(path: &str, token: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {MEDIA_TYPE}\r\n\
         authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn code(answer: &str) -> Option<ErrorCode> {
    let body = answer.split("\r\n\r\n").nth(1)?;
    serde_json::from_str::<ApiError>(body).ok().map(|error| error.code)
}

/// The token of a phone that may work.
fn token(folder: &Path) -> String {
    command(folder, &["user", "add", "li", "--name", "李师傅", "--role", "technician"]).unwrap();
    let (code, _) = codes(&command(folder, &["device", "code", "li"]).unwrap());
    let mut desk = Desk::open(&DataFolder::at(folder), Digest::ZERO).unwrap();
    let mut phone = Phone::enrol(&mut desk.hub, 7, &code, Digest::ZERO).unwrap();
    desk.hub.confirm_device(phone.id).unwrap();
    phone.log_in(&mut desk.hub).unwrap();
    phone.token
}

#[test]
fn nobody_makes_the_server_wait_for_a_body_without_a_token_that_holds() {
    let dir = folder();
    init(dir.path());
    let token = token(dir.path());
    let forged = format!("{}{}", if token.starts_with('A') { "B" } else { "A" }, &token[1..]);
    let server = Running::start(dir.path(), &["--http"]);
    for wrong in ["x", &forged] {
        for path in ["/v1/sync", "/v1/blobs/00/complete"] {
            // A megabyte is promised and never sent.
            let whole = post(path, wrong, &vec![0; 1 << 20]);
            let answer = exchange(&server, &whole[..whole.len() - (1 << 20)]);
            assert_eq!(code(&answer), Some(ErrorCode::Unauthorised), "{path} {answer}");
        }
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn hostile_bodies_get_codes_and_the_server_lives() {
    let dir = folder();
    init(dir.path());
    let token = token(dir.path());
    let server = Running::start(dir.path(), &["--http"]);
    let bomb = frame::compress(&vec![b'['; 64 << 20]);
    assert!(bomb.len() < 64 * 1024);
    let deep = frame::compress(format!("{}{}", "[".repeat(20_000), "]".repeat(20_000)).as_bytes());
    let huge = vec![b'x'; 5 << 20];
    let noise: Vec<u8> = (0..5000_u32).map(|n| u8::try_from(n * 7919 % 256).unwrap()).collect();
    for (path, body, expected) in [
        ("/v1/sync", bomb.as_slice(), ErrorCode::TooLarge),
        ("/v1/enrol", bomb.as_slice(), ErrorCode::TooLarge),
        ("/v1/enrol", deep.as_slice(), ErrorCode::Malformed),
        ("/v1/sync", deep.as_slice(), ErrorCode::Malformed),
        ("/v1/sync", noise.as_slice(), ErrorCode::Malformed),
        ("/v1/nonce", b"{}".as_slice(), ErrorCode::Malformed),
        ("/v1/sync", huge.as_slice(), ErrorCode::TooLarge),
        ("/v1/nothing", b"".as_slice(), ErrorCode::NotFound),
    ] {
        let answer = exchange(&server, &post(path, &token, body));
        assert_eq!(code(&answer), Some(expected), "{path} {}", &answer[..answer.len().min(200)]);
    }
    let many_headers = format!("GET /healthz HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(200));
    assert!(exchange(&server, many_headers.as_bytes()).starts_with("HTTP/1.1 431"));
    let long_header = format!("GET /healthz HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(100_000));
    assert!(exchange(&server, long_header.as_bytes()).starts_with("HTTP/1.1 431"));
    for rubbish in [&b"\x16\x03\x01\x00\xff"[..], b"GET / HTTP/9.9\r\n\r\n", b"\0\0\0\0\r\n\r\n"] {
        exchange(&server, &[rubbish, b"\r\n\r\n"].concat());
    }
    let alive = exchange(&server, b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_header_is_closed_and_an_idle_one_too() {
    let dir = folder();
    init(dir.path());
    let local = local(dir.path());
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let limits = Limits { connections: 300, header: Duration::from_millis(500) };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, None, local.router.clone(), limits, async {
        drop(stopped.await);
    }));
    let started = Instant::now();
    let mut slow = Vec::new();
    for _ in 0..200 {
        let socket = AsyncStream::connect(address).await.unwrap();
        socket.try_write(b"GET /healthz HT").unwrap();
        slow.push(socket);
    }
    let closed = |socket: AsyncStream| async move {
        let mut text = [0; 256];
        loop {
            socket.readable().await.unwrap();
            match socket.try_read(&mut text) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return true,
            }
        }
    };
    for socket in slow {
        let ended = tokio::time::timeout(Duration::from_secs(5), closed(socket)).await;
        assert!(ended.is_ok(), "a slow socket is still open after {:?}", started.elapsed());
    }
    // One that made a request and then says nothing more.
    let idle = AsyncStream::connect(address).await.unwrap();
    idle.try_write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(5), closed(idle)).await.is_ok());
    stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(11), serving).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn segments_are_short_both_ways() {
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let socket = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    for mss in [socket2::SockRef::from(&socket).tcp_mss(), socket2::SockRef::from(&accepted).tcp_mss()] {
        assert!(mss.unwrap() <= 1220);
    }
}

#[test]
fn a_request_under_way_ends_before_the_server_does() {
    let dir = folder();
    init(dir.path());
    let server = Running::start(dir.path(), &["--http"]);
    let mut socket = TcpStream::connect(server.address()).unwrap();
    let body = frame::compress(b"{\"device\":\"0192f0c1-2b3c-7d4e-8f50-112233445566\"}\n");
    let whole = post("/v1/nonce", "x", &body);
    let (head, tail) = whole.split_at(whole.len() - 5);
    let text = String::from_utf8_lossy(head).into_owned();
    let head = [
        b"POST /v1/nonce HTTP/1.1\r\nexpect: 100-continue\r\n",
        head.split_at(text.find("\r\n").unwrap() + 2).1,
    ]
    .concat();
    socket.write_all(&head).unwrap();
    // The server asks for the body: the request is under way.
    let mut interim = [0; 25];
    socket.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&interim));
    let stopping = std::thread::scope(|scope| {
        let stopping = scope.spawn(|| server.stop());
        std::thread::sleep(Duration::from_millis(300));
        socket.write_all(tail).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
        stopping.join().unwrap()
    });
    assert_eq!(stopping, Some(0));
}

#[tokio::test]
async fn a_panic_is_one_answer() {
    let dir = folder();
    init(dir.path());
    let local = local(dir.path());
    let failed = local.app.run(|_| -> () { panic!("in the writer, on purpose") }).await;
    assert_eq!(failed, Err(ErrorCode::Internal.into()));
    let ready = local.call(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    assert_eq!(ready.status, StatusCode::OK, "the desk was opened again");
}

#[tokio::test]
async fn errors_are_json_with_a_code_whatever_made_them() {
    let dir = folder();
    init(dir.path());
    let local = local(dir.path());
    for (method, path) in [
        ("GET", "/nowhere"),
        ("DELETE", "/healthz"),
        ("GET", "/v1/blobs/%ff/state"),
        ("PUT", "/v1/blobs/abc?size=x"),
        ("POST", "/office/v1/login"),
    ] {
        let request = Request::builder().method(method).uri(path).header("authorization", "Bearer x");
        let answer = local.call(request.body(Body::empty()).unwrap()).await;
        assert!(answer.status.is_client_error(), "{method} {path} {}", answer.status);
        assert!(answer.json()["code"].is_string(), "{method} {path} {:?}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_answers_busy_at_once() {
    let dir = folder();
    init(dir.path());
    let local = local(dir.path());
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let app = local.app.clone();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let blocking = move |_: &mut Desk| {
        assert!(begun.send(()).is_ok());
        wait.recv().is_ok()
    };
    let held = tokio::spawn(async move { app.run(blocking).await });
    has_begun.await.unwrap();
    let calls: Vec<_> = (0..600)
        .map(|_| {
            let app = local.app.clone();
            tokio::spawn(async move { app.run(|_| ()).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    go.send(()).unwrap();
    let (mut served, mut busy) = (0, 0);
    for call in calls {
        match call.await.unwrap() {
            Ok(()) => served += 1,
            Err(error) => {
                assert_eq!((error.code, error.retry_after), (ErrorCode::Busy, Some(2)));
                busy += 1;
            }
        }
    }
    assert_eq!(held.await.unwrap(), Ok(true));
    assert!(served >= 500 && busy >= 80, "{served} {busy}");
}
