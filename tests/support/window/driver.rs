//! The WebDriver protocol, as far as a technician's day needs it, and the processes behind it: a display where
//! there is none, WebKitWebDriver, and the app that it starts.
//!
//! Thirty calls over HTTP need no client library. A missing program is an error that names its package; only the
//! start of a session is tried twice, nothing else is. Read next: [`super::page`].

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fieldcard_core::driver::tls::{KeySeen, Trust, client_config};
use reqwest::Method;
use reqwest::blocking::Client;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::AnyError;

/// Name under which the protocol passes elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Width and height of a display that is made here.
const SCREEN: &str = "1280x1024x24";

/// A program that goes with the value.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn start(command: &mut Command, package: &str) -> Result<Program, AnyError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let started = command.stdin(Stdio::null()).spawn();
    started.map(Program).map_err(|e| format!("{name}: {e} (Debian package {package}; ./dev setup)").into())
}

/// Where windows appear.
pub struct Display {
    name: String,
    own: Option<Program>,
}

impl Display {
    /// The person's own, where there is one; else one in memory.
    pub fn own_or_in_memory() -> Result<Self, AnyError> {
        match std::env::var("DISPLAY") {
            Ok(name) if !name.is_empty() => Ok(Self { name, own: None }),
            _ => Self::in_memory(),
        }
    }

    /// One that nobody sees.
    pub fn in_memory() -> Result<Self, AnyError> {
        let mut server = Command::new("Xvfb");
        server.args(["-displayfd", "1", "-screen", "0", SCREEN, "-nolisten", "tcp"]);
        let mut server = start(server.stdout(Stdio::piped()).stderr(Stdio::null()), "xvfb")?;
        let stdout = server.0.stdout.take().ok_or("Xvfb has no standard output")?;
        let mut number = String::new();
        BufReader::new(stdout).read_line(&mut number)?;
        Ok(Self { name: format!(":{}", number.trim()), own: Some(server) })
    }

    /// Whether somebody can see it.
    pub fn is_seen(&self) -> bool {
        self.own.is_none()
    }
}

/// The app in its window, under WebDriver.
pub struct Session {
    client: Client,
    base: String,
    app: PathBuf,
    driver: Program,
    is_open: bool,
}

impl Session {
    /// Starts `app` with `arguments` on `display`; what it says goes into `log`.
    pub fn open(app: &Path, arguments: &[&str], display: &Display, log: &Path) -> Result<Self, AnyError> {
        // Under load the driver may give up on a window that is about to come.
        Self::try_open(app, arguments, display, log).or_else(|_| Self::try_open(app, arguments, display, log))
    }

    fn try_open(app: &Path, arguments: &[&str], display: &Display, log: &Path) -> Result<Self, AnyError> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = File::options().create(true).append(true).open(log)?;
        let mut driver = Command::new("WebKitWebDriver");
        driver.args(["--host=127.0.0.1", &format!("--port={port}")]);
        driver.env("DISPLAY", &display.name).env("TAURI_WEBVIEW_AUTOMATION", "true");
        driver.env("GDK_BACKEND", "x11").env("TZ", "Asia/Shanghai").env_remove("WAYLAND_DISPLAY");
        driver.stdout(log.try_clone()?).stderr(log);
        let driver = start(&mut driver, "webkit2gtk-driver")?;
        let config = client_config(&Trust::Unpinned, &KeySeen::default())?;
        let client = Client::builder().tls_backend_preconfigured(config).no_proxy();
        let client = client.timeout(Duration::from_mins(1)).build()?;
        let base = format!("http://127.0.0.1:{port}");
        let mut session = Self { client, base, app: app.to_owned(), driver, is_open: false };
        until("WebKitWebDriver", || {
            Ok(session.call(Method::GET, "/status", &Value::Null).is_ok().then_some(()))
        })?;
        let options = json!({"binary": app, "args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}});
        let answer = session.call(Method::POST, "/session", &wanted)?;
        let id = answer["sessionId"].as_str().ok_or_else(|| format!("no session: {answer}"))?;
        session.base = format!("{}/session/{id}", session.base);
        session.is_open = true;
        session.post("/timeouts", &json!({"script": 30_000}))?;
        Ok(session)
    }

    /// Ends the app without warning, as the system does when it runs out of memory.
    pub fn kill_app(mut self) -> Result<(), AnyError> {
        let pid = self.app_pid()?.ok_or("the app is not running")?;
        self.is_open = false;
        kill_process(pid, Signal::KILL)?;
        until("the app's end", || Ok(self.app_pid()?.is_none().then_some(())))
    }

    /// The process that the driver started: its child, and of this program.
    fn app_pid(&self) -> Result<Option<Pid>, AnyError> {
        let driver = format!("{}", self.driver.0.id());
        for entry in fs::read_dir("/proc")? {
            let folder = entry?.path();
            let pid = folder.file_name().and_then(|name| Pid::from_raw(name.to_str()?.parse().ok()?));
            let stat = fs::read_to_string(folder.join("stat")).unwrap_or_default();
            // After the name in brackets: state, then the parent.
            let mut words = stat.rsplit(") ").next().unwrap_or_default().split(' ');
            let (state, parent) = (words.next(), words.next());
            let is_app = fs::read_link(folder.join("exe")).is_ok_and(|exe| exe == self.app);
            if parent == Some(&driver) && state != Some("Z") && is_app {
                return Ok(pid);
            }
        }
        Ok(None)
    }

    fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, AnyError> {
        let has_body = method == Method::POST;
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if has_body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let answer = request.send()?;
        let is_good = answer.status().is_success();
        let mut answer: Value = serde_json::from_slice(&answer.bytes()?)?;
        let value = answer["value"].take();
        if is_good {
            Ok(value)
        } else {
            Err(format!("{path}: {} {}", value["error"], value["message"]).into())
        }
    }

    /// A command with a body.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, AnyError> {
        self.call(Method::POST, path, body)
    }

    /// A question.
    pub fn get(&self, path: &str) -> Result<Value, AnyError> {
        self.call(Method::GET, path, &Value::Null)
    }

    /// The first element that a CSS selector finds, as a path to ask it by; `None` when there is none yet.
    pub fn find(&self, css: &str) -> Result<Option<String>, AnyError> {
        self.first("css selector", css)
    }

    /// The same by XPath.
    pub fn find_path(&self, path: &str) -> Result<Option<String>, AnyError> {
        self.first("xpath", path)
    }

    fn first(&self, using: &str, value: &str) -> Result<Option<String>, AnyError> {
        let found = self.post("/elements", &json!({"using": using, "value": value}))?;
        Ok(found[0][ELEMENT].as_str().map(|id| format!("/element/{id}")))
    }

    /// Runs a function of the page that answers by itself or by a promise.
    pub fn script(&self, body: &str, arguments: &Value) -> Result<Value, AnyError> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             Promise.resolve((async (...given) => {{ {body} }})(...arguments)).then((v) => done([v ?? null]), (e) => done(String(e?.code ?? e)));"
        );
        let mut answer = self.post("/execute/async", &json!({"script": script, "args": arguments}))?;
        if answer.is_array() { Ok(answer[0].take()) } else { Err(format!("script: {answer}").into()) }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.is_open {
            // The window may be gone already.
            drop(self.call(Method::DELETE, "", &Value::Null));
        }
    }
}

/// Longest wait for anything that a person would wait for.
const PATIENCE: Duration = Duration::from_secs(40);
const PAUSE: Duration = Duration::from_millis(100);

/// Asks until there is an answer. An error of the asking ends it at once.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Result<Option<T>, AnyError>) -> Result<T, AnyError> {
    for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        std::thread::sleep(PAUSE);
    }
    Err(format!("{what} did not come within {} s", PATIENCE.as_secs()).into())
}
