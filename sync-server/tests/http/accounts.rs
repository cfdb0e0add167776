//! The console's door: log-in, its limits, cookies, CSRF.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use fieldcard_schema::wire::error::ErrorCode;
use serde_json::{Value, json};

use super::support::{Answer, Local, command, command_with, folder, init, local};

fn login(name: &str, password: &str) -> Request<Body> {
    let body = json!({ "login": name, "password": password }).to_string();
    Request::post("/office/v1/login")
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap()
}

fn cookie(answer: &Answer) -> String {
    let text = answer.headers[header::SET_COOKIE].to_str().unwrap();
    for needed in ["__Host-fieldcard=", "; HttpOnly", "; SameSite=Strict", "; Secure", "; Path=/"] {
        assert!(text.contains(needed), "{text}");
    }
    text.split(';').next().unwrap().to_owned()
}

fn code(answer: &Answer) -> Value {
    answer.json()["code"].clone()
}

async fn get(local: &Local, path: &str, cookie: &str) -> Answer {
    local.call(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await
}

async fn post(local: &Local, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    local.call(request.body(Body::from("{}")).unwrap()).await
}

#[tokio::test]
async fn a_session_begins_holds_and_ends() {
    let dir = folder();
    let password = init(dir.path());
    let local = local(dir.path());
    assert_eq!(local.call(login("wang", "wrong password")).await.status, StatusCode::UNAUTHORIZED);
    let answer = local.call(login("Wang ", &password)).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.json());
    let (cookie, csrf) = (cookie(&answer), answer.json()["csrf"].as_str().unwrap().to_owned());
    assert_eq!(get(&local, "/office/v1/me", &cookie).await.json()["name"], "wang");
    assert_eq!(get(&local, "/office/v1/me", "__Host-fieldcard=AAAA").await.status, StatusCode::UNAUTHORIZED);
    let out = post(&local, "/office/v1/logout", &[("cookie", &cookie), ("x-csrf-token", &csrf)]).await;
    assert_eq!(out.status, StatusCode::OK);
    assert_eq!(get(&local, "/office/v1/me", &cookie).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_unsafe_call_needs_its_csrf_token() {
    let dir = folder();
    let password = init(dir.path());
    let local = local(dir.path());
    let answer = local.call(login("wang", &password)).await;
    let (cookie, csrf) = (cookie(&answer), answer.json()["csrf"].as_str().unwrap().to_owned());
    for (headers, status) in [
        (vec![("cookie", cookie.as_str())], StatusCode::FORBIDDEN),
        (vec![("cookie", &cookie), ("x-csrf-token", "guess")], StatusCode::FORBIDDEN),
        (
            vec![("cookie", &cookie), ("x-csrf-token", &csrf), ("sec-fetch-site", "cross-site")],
            StatusCode::FORBIDDEN,
        ),
        (
            vec![("cookie", &cookie), ("x-csrf-token", &csrf), ("sec-fetch-site", "same-origin")],
            StatusCode::OK,
        ),
    ] {
        assert_eq!(post(&local, "/office/v1/logout", &headers).await.status, status, "{headers:?}");
    }
    // Nobody else's page may log the browser in either.
    let foreign = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    assert_eq!(post(&local, "/office/v1/login", &foreign).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn guessing_is_slowed_and_costs_nothing_then() {
    let dir = folder();
    let password = init(dir.path());
    let local = local(dir.path());
    let mut refused = 0;
    for n in 0..12 {
        let answer = local.call(login("wang", &format!("guess number {n}"))).await;
        if code(&answer) == json!(ErrorCode::RateLimited) {
            refused += 1;
            assert!(answer.headers.contains_key(header::RETRY_AFTER));
        }
    }
    assert_eq!(refused, 4);
    // Also the right password waits: else the limit would tell which one it is.
    assert_eq!(code(&local.call(login("wang", &password)).await), json!(ErrorCode::RateLimited));
}

#[tokio::test]
async fn an_unknown_login_is_told_from_nothing() {
    let dir = folder();
    init(dir.path());
    command(dir.path(), &["user", "add", "li", "--name", "李", "--role", "technician"]).unwrap();
    let local = local(dir.path());
    let mut bodies = Vec::new();
    for name in ["wang", "nobody", "li"] {
        let answer = local.call(login(name, "some wrong password")).await;
        bodies.push((answer.status, answer.body));
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once() {
    let dir = folder();
    init(dir.path());
    let add = ["user", "add", "sun", "--name", "孙", "--role", "statistician", "--password-stdin"];
    assert!(command_with(dir.path(), &add, "password1234\n").unwrap_err().contains("guessers"));
    command_with(dir.path(), &add, "four grey pumps leak\n").unwrap();
    let local = local(dir.path());
    let answer = local.call(login("sun", "four grey pumps leak")).await;
    let cookie = cookie(&answer);
    assert_eq!(get(&local, "/office/v1/me", &cookie).await.status, StatusCode::OK);
    command(dir.path(), &["user", "disable", "sun"]).unwrap();
    assert_eq!(get(&local, "/office/v1/me", &cookie).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        code(&local.call(login("sun", "four grey pumps leak")).await),
        json!(ErrorCode::WrongPassword)
    );
}

#[tokio::test]
async fn a_new_password_ends_every_session() {
    let dir = folder();
    let password = init(dir.path());
    let local = local(dir.path());
    let cookie = cookie(&local.call(login("wang", &password)).await);
    let output = command(dir.path(), &["user", "passwd", "wang"]).unwrap();
    assert_eq!(get(&local, "/office/v1/me", &cookie).await.status, StatusCode::UNAUTHORIZED);
    let changed = super::support::told(&output, "password");
    assert_eq!(local.call(login("wang", &changed)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_person_is_moved_on_the_command_line_with_the_roles_that_he_held_where_he_was() {
    let dir = folder();
    init(dir.path());
    let add = |login: &str, role: &str, unit: &str| {
        let arguments =
            ["user", "add", login, "--name", login, "--role", role, "--unit", unit, "--password-stdin"];
        command_with(dir.path(), &arguments, "a pump on the shore 7\n").unwrap();
    };
    add("zhao", "supervisor", "East/Shanghai");
    add("sun", "statistician", "East/Nanjing");
    command_with(dir.path(), &["user", "move", "sun", "--unit", "West"], "").unwrap();
    let said = command(dir.path(), &["user", "move", "zhao", "--unit", "East/Nanjing"]).unwrap();
    assert_eq!(said, "zhao belongs to Nanjing now\n");
    let list = command(dir.path(), &["user", "list"]).unwrap();
    assert!(list.contains("zhao  zhao  Nanjing  supervisor\n"), "{list}");
    assert!(list.contains("sun  sun  West  statistician\n"), "a unit that was not there is made: {list}");
    let local = local(dir.path());
    let me = local.call(login("zhao", "a pump on the shore 7")).await.json();
    let nanjing = |unit: &&Value| unit["name"] == "Nanjing";
    let units = me["units"].as_array().unwrap();
    assert_eq!((units.len(), units.iter().filter(nanjing).count()), (1, 1), "what he sees now: {units:?}");
    assert_eq!(me["roles"], json!([{"role": "supervisor", "unit": units[0]["unit"]}]));
    drop(local);
    let ops = command(dir.path(), &["export"]).unwrap();
    let moved = |line: &&str| line.contains("\"set\":{\"station\":\"Nanjing\"}");
    assert_eq!(ops.lines().filter(moved).count(), 1, "his colleagues' phones are told: {ops}");
    let refused = command(dir.path(), &["user", "move", "nobody", "--unit", "East"]).unwrap_err();
    assert!(refused.contains("there is no account nobody"), "{refused}");
    let refused = command(dir.path(), &["user", "move", "wang", "--unit", "East"]).unwrap_err();
    assert!(refused.contains("last_administrator") || refused.contains("administrator"), "{refused}");
    assert!(command(dir.path(), &["user", "list"]).unwrap().contains("wang  wang"), "and nothing is changed");
}
