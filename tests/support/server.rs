//! A real server process, its command line, and an office desk that speaks to it over HTTPS.
//!
//! The program is the one beside this one in the target folder: build the workspace first.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fieldcard_core::driver::http::HttpApi;
use fieldcard_core::driver::tls::{KeySeen, Trust, client_config};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::enrol::EnrolQr;
use reqwest::blocking::Client;
use serde_json::{Value, json};

use crate::AnyError;

/// A server with a data folder, which goes with the value if it was made for it.
pub struct Server {
    folder: PathBuf,
    made: Option<tempfile::TempDir>,
    child: Option<Child>,
    port: u16,
}

impl Server {
    /// A new org in a folder that only this user may enter; not running yet.
    pub fn init(org: &str) -> Result<Self, AnyError> {
        let mut making = tempfile::Builder::new();
        let folder = making.permissions(std::fs::Permissions::from_mode(0o700)).tempdir()?;
        let path = folder.path().to_owned();
        let mut server = Self::over(path)?;
        server.made = Some(folder);
        server.command(&["init", "--org-name", org, "--url", &server.url()])?;
        Ok(server)
    }

    /// A server over a data folder that is there already; not running yet.
    pub fn over(folder: PathBuf) -> Result<Self, AnyError> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        Ok(Self { folder, made: None, child: None, port })
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Number of its process, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Runs a command of the server's program; what it printed, or what it said was wrong.
    pub fn command(&self, arguments: &[&str]) -> Result<String, AnyError> {
        self.command_with(arguments, "")
    }

    /// The same with something on standard input.
    pub fn command_with(&self, arguments: &[&str], input: &str) -> Result<String, AnyError> {
        let mut child = Command::new(program("fieldcard-server")?)
            .args(["--log", "warn", "--data"])
            .arg(self.folder())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        let text = String::from_utf8(output.stdout)?;
        if output.status.success() {
            return Ok(text);
        }
        Err(format!("{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
    }

    /// Starts it, or starts it again at the same address.
    pub fn start(&mut self) -> Result<(), AnyError> {
        self.start_with(&[])
    }

    /// The same with more options of `serve`.
    pub fn start_with(&mut self, options: &[&str]) -> Result<(), AnyError> {
        let mut child = Command::new(program("fieldcard-server")?)
            .args(["--log", "warn", "--data"])
            .arg(self.folder())
            .args(["serve", "--no-nightly-backup", "--listen", &self.address()])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the server has no standard output")?;
        self.child = Some(child);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        if line.starts_with("listening on ") {
            Ok(())
        } else {
            Err(format!("the server said {line:?}").into())
        }
    }

    /// Ends it without warning, as a power cut does.
    pub fn kill(&mut self) -> Result<(), AnyError> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// A one-time code for `login`, as its QR says it.
    pub fn code(&self, login: &str) -> Result<EnrolQr, AnyError> {
        let output = self.command(&["device", "code", login])?;
        let text = output.lines().find_map(|line| line.strip_prefix("to scan")).ok_or("no QR text")?;
        EnrolQr::parse(text).ok_or_else(|| "the QR text cannot be read".into())
    }

    /// Every op in its log.
    pub fn ops(&self) -> Result<Vec<Value>, AnyError> {
        let export = self.command(&["export"])?;
        let lines = export.lines().map(serde_json::from_str::<Value>);
        let ops: Vec<Value> = lines.collect::<Result<_, _>>()?;
        Ok(ops.into_iter().map(|mut line| line["op"].take()).filter(Value::is_object).collect())
    }

    /// A way to it that trusts the org's key.
    pub fn api(&self, org_key: [u8; 32]) -> Result<HttpApi, AnyError> {
        Ok(HttpApi::new(&self.url(), &Trust::OrgKey(org_key))?)
    }

    /// SHA-256 of the body of every op in its log, sorted.
    pub fn op_digests(&self) -> Result<Vec<Digest>, AnyError> {
        #[derive(serde::Deserialize)]
        struct Line<'a> {
            #[serde(borrow)]
            op: Option<&'a serde_json::value::RawValue>,
        }
        let export = self.command(&["export"])?;
        let mut digests = Vec::new();
        for line in export.lines() {
            let line: Line<'_> = serde_json::from_str(line)?;
            digests.extend(line.op.map(|op| Digest::of(op.get().as_bytes())));
        }
        digests.sort_unstable();
        Ok(digests)
    }

    /// The bytes that it stores under a name; `None` when it has none.
    pub fn blob(&self, sha256: Digest) -> Option<Vec<u8>> {
        let name = sha256.to_string();
        std::fs::read(self.folder().join("blobs").join(&name[..2]).join(&name)).ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing can be done about a process that does not end, and the test is over. Only then the folder goes.
        drop(self.kill());
        drop(self.made.take());
    }
}

/// A program of this workspace, beside the one that runs.
pub fn program(name: &str) -> Result<PathBuf, AnyError> {
    let own = std::env::current_exe()?;
    let folders = own.ancestors().skip(1).take(2).map(|folder| folder.join(name));
    let found = folders.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| format!("{name} is not built: run `cargo build --workspace` first").into())
}

/// Somebody at a console.
pub struct Desk {
    client: Client,
    base: String,
    cookie: String,
    csrf: String,
}

impl Desk {
    /// Logs in.
    pub fn log_in(server: &Server, org_key: [u8; 32], login: &str) -> Result<Self, AnyError> {
        let password = "山高水长-demo-4171";
        server.command_with(&["user", "passwd", login, "--password-stdin"], &format!("{password}\n"))?;
        let config = client_config(&Trust::OrgKey(org_key), &KeySeen::default())?;
        let client = Client::builder().tls_backend_preconfigured(config).no_proxy().build()?;
        let base = format!("{}/office/v1", server.url());
        let body = json!({"login": login, "password": password}).to_string();
        let answer = client
            .post(format!("{base}/login"))
            .header("content-type", "application/json")
            .body(body)
            .send()?;
        let cookie =
            answer.headers().get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let me: Value = serde_json::from_slice(&answer.bytes()?)?;
        let csrf = me["csrf"].as_str().ok_or_else(|| format!("log-in was refused: {me}"))?.to_owned();
        Ok(Self { client, base, cookie, csrf })
    }

    /// The headers that prove who calls.
    pub fn proof(&self) -> [(&'static str, String); 2] {
        [("cookie", self.cookie.clone()), ("x-csrf-token", self.csrf.clone())]
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Result<Value, AnyError> {
        let request = self.client.get(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        read(path, request.send()?)
    }

    /// Where a job stands, and the codes of its own steps that count.
    pub fn job(&self, job: &str) -> Result<(String, Vec<String>), AnyError> {
        let seen = self.get(&format!("/jobs/{job}"))?;
        let counted = seen["steps"].as_array().into_iter().flatten().filter(|step| step["counted"] == true);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok((text(&seen["job"]["state"]), counted.map(|step| text(&step["code"])).collect()))
    }

    /// Acts.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, AnyError> {
        let request = self.client.post(format!("{}{path}", self.base)).header("cookie", &self.cookie);
        let request = request.header("x-csrf-token", &self.csrf).header("content-type", "application/json");
        read(path, request.body(body.to_string()).send()?)
    }
}

fn read(path: &str, answer: reqwest::blocking::Response) -> Result<Value, AnyError> {
    let status = answer.status();
    let body: Value = serde_json::from_slice(&answer.bytes()?)?;
    if status.is_success() { Ok(body) } else { Err(format!("{path}: {status} {body}").into()) }
}
