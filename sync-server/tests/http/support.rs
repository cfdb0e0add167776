//! Servers in this process and beside it, and phones that call them.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use clap::Parser;
use ed25519_dalek::SigningKey;
use fieldcard_core::driver::http::HttpApi;
use fieldcard_core::driver::tls::Trust;
use fieldcard_schema::chain::{link, sign_head};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, OpId, RecordId, UserId};
use fieldcard_schema::op::{Act, Op, Origin};
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::enrol::{EnrolCode, EnrolQr, EnrolRequest, fingerprint, from_base64, to_base64};
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::sync::{Cursors, OpOutcome, Outcomes, Push, SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{NonceRequest, TokenRequest};
use fieldcard_server::accounts::hasher::Hasher;
use fieldcard_server::app::{App, Settings};
use fieldcard_server::cli::{Terminal, run};
use fieldcard_server::config::CommandLine;
use fieldcard_server::desk::Desk;
use fieldcard_server::desk::reader::Reader;
use fieldcard_server::folder::DataFolder;
use fieldcard_server::http::listen::Peer;
use fieldcard_server::http::readers::Readers;
use fieldcard_server::http::routes::router;
use fieldcard_server::http::writer::Writer;
use fieldcard_server::hub::LastWords;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;
use uuid::Uuid;

/// A folder that only this user may enter; it goes with the value.
pub(crate) fn folder() -> TempDir {
    tempfile::Builder::new().permissions(PermissionsExt::from_mode(0o700)).tempdir().unwrap()
}

/// Runs a command in this process; what it printed, or the sentence it failed with.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    command_with(folder, arguments, "")
}

/// The same with something on standard input.
pub(crate) fn command_with(folder: &Path, arguments: &[&str], input: &str) -> Result<String, String> {
    let data = folder.to_str().unwrap();
    let line = ["fieldcard-server", "--data", data].into_iter().chain(arguments.iter().copied());
    let line = CommandLine::try_parse_from(line).map_err(|e| e.to_string())?;
    let (mut output, mut input) = (Vec::new(), input.as_bytes());
    let done = run(&line, &mut Terminal { output: &mut output, input: &mut input });
    let text = String::from_utf8(output).unwrap();
    done.map(|()| text.clone()).map_err(|e| format!("{text}{e}"))
}

/// What stands behind `label` in the output of a command.
pub(crate) fn told(output: &str, label: &str) -> String {
    let line =
        output.lines().find(|line| line.starts_with(label)).unwrap_or_else(|| panic!("{label}: {output}"));
    line[label.len()..].split_whitespace().next().unwrap().to_owned()
}

/// A data folder with an administrator; its password.
pub(crate) fn init(folder: &Path) -> String {
    let output = command(folder, &["init", "--org-name", "产品服务部", "--admin", "wang"]).unwrap();
    told(&output, "password")
}

/// A server in this process, without a socket.
pub(crate) struct Local {
    pub(crate) app: App,
    pub(crate) router: Router,
}

pub(crate) fn local(folder: &Path) -> Local {
    local_with(folder, false)
}

/// The same, told that a proxy stands before it.
pub(crate) fn local_behind_proxy(folder: &Path) -> Local {
    local_with(folder, true)
}

fn local_with(folder: &Path, behind_proxy: bool) -> Local {
    let data = DataFolder::at(folder);
    let (reading, words) = (data.clone(), LastWords::default());
    let their_words = words.clone();
    let (writer, _) = Writer::start(move || Ok(Desk::open(&data, Digest::ZERO)?.sharing(&words))).unwrap();
    let readers = Readers::new(move || Reader::open(&reading, their_words.clone()));
    let settings = Settings {
        secure_cookie: true,
        behind_proxy,
        url: "https://office.example".into(),
        org_key: [1; 32],
    };
    let app = App::new(writer, readers, Hasher::start().unwrap(), settings);
    Local { router: router(app.clone()), app }
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

impl Local {
    pub(crate) async fn call(&self, mut request: Request<Body>) -> Answer {
        let peer = SocketAddr::from(([10, 0, 0, 1], 40_000));
        if request.extensions().get::<Peer>().is_none() {
            request.extensions_mut().insert(Peer(peer));
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// A server in a process of its own.
pub(crate) struct Running {
    child: Child,
    pub(crate) url: String,
}

fn serving(folder: &Path, level: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fieldcard-server"));
    command.args(["--data", folder.to_str().unwrap(), "--log", level, "serve", "--listen", "127.0.0.1:0"]);
    command
}

impl Running {
    pub(crate) fn start(folder: &Path, more: &[&str]) -> Self {
        Self::logging(folder, "warn", Stdio::inherit(), more)
    }

    /// One whose log goes to `log`.
    pub(crate) fn logging(folder: &Path, level: &str, log: Stdio, more: &[&str]) -> Self {
        Self::spawn(serving(folder, level).args(more).stderr(log))
    }

    /// One with more in its environment.
    pub(crate) fn with(folder: &Path, envs: &[(String, String)]) -> Self {
        Self::spawn(serving(folder, "warn").envs(envs.iter().cloned()))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, url }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.url.split("//").nth(1).unwrap().parse().unwrap()
    }

    /// Ends it without warning.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end; its exit code.
    pub(crate) fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A device: a key, a chain, a way to the server.
pub(crate) struct Phone {
    pub(crate) id: DeviceId,
    pub(crate) key: SigningKey,
    pub(crate) user: UserId,
    pub(crate) org_key: String,
    pub(crate) token: String,
    pub(crate) incarnation: Incarnation,
    pub(crate) head: Digest,
    pub(crate) seq: u64,
}

impl Phone {
    /// A phone that answers a typed code over a connection that trusts nobody yet, or a scanned one.
    pub(crate) fn enrol(
        api: &mut impl SyncApi,
        n: u8,
        code: &EnrolCode,
        seen: Digest,
    ) -> Result<Self, ApiError> {
        let key = SigningKey::from_bytes(&[n; 32]);
        let id = DeviceId(Uuid::from_bytes([n; 16]));
        let request = EnrolRequest {
            code: code.name.clone(),
            device: id,
            device_key: to_base64(&key.verifying_key().to_bytes()),
            label: "坚果手机".into(),
            app: "0.1.0".into(),
            nonce: to_base64(&[n; 16]),
            tls_key: seen,
            mac: String::new(),
        }
        .sealed(code.key());
        let answer = api.enrol(&request)?;
        assert!(answer.is_sealed(code.key(), &request), "somebody else answered");
        assert_eq!(answer.tls_key, seen);
        Ok(Self {
            id,
            key,
            user: answer.user,
            org_key: answer.org_key,
            token: String::new(),
            incarnation: Incarnation([n; 8]),
            head: Digest::ZERO,
            seq: 0,
        })
    }

    /// The six digits on its screen.
    pub(crate) fn digits(&self) -> String {
        fingerprint(&self.org_key, self.id, &to_base64(&self.key.verifying_key().to_bytes()))
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::OrgKey(from_base64(&self.org_key).unwrap())
    }

    pub(crate) fn log_in(&mut self, api: &mut impl SyncApi) -> Result<(), ApiError> {
        let nonce = api.nonce(&NonceRequest { device: self.id })?;
        self.token = api.token(&TokenRequest::sign(&self.key, self.id, nonce))?.token;
        Ok(())
    }

    /// A request that pushes one note and pulls.
    pub(crate) fn note(&mut self, text: &str) -> SyncRequest {
        self.create("note", &serde_json::json!({ "text": text }))
    }

    /// A request that pushes one new record and pulls.
    pub(crate) fn create(&mut self, kind: &str, fields: &Value) -> SyncRequest {
        self.create_on(None, kind, fields).0
    }

    /// The same for a record that hangs on a job, and its id.
    pub(crate) fn create_on(
        &mut self,
        job: Option<RecordId>,
        kind: &str,
        fields: &Value,
    ) -> (SyncRequest, RecordId) {
        let id = |tag: &[u8]| {
            let digest = Digest::of_parts(&[tag, self.id.as_bytes(), &self.seq.to_be_bytes()]);
            Uuid::from_bytes(std::array::from_fn(|i| digest.0[i]))
        };
        let op = Op {
            v: 1,
            op_id: OpId(id(b"op")),
            user: self.user,
            device: Origin::Device(self.id),
            kind: kind.into(),
            rec: RecordId(id(b"rec")),
            job,
            act: Act::Create,
            set: fields.as_object().unwrap().clone(),
            base: None,
            group: None,
            t: ClockReading(1_763_000_000_000, 1, 1),
            tz: "Asia/Shanghai".into(),
            app: "0.1.0".into(),
        };
        let rec = op.rec;
        let body = op.encode().unwrap().into_bytes();
        let prev = self.head;
        self.seq += 1;
        self.head = link(prev, self.incarnation, self.seq, Digest::of(&body));
        let sig = to_base64(&sign_head(&self.key, self.id, self.head));
        let push = Push { from_seq: self.seq, prev, sig, bodies: vec![body] };
        (SyncRequest { push: Some(push), ..self.pull() }, rec)
    }

    /// A request that only pulls.
    pub(crate) fn pull(&self) -> SyncRequest {
        SyncRequest {
            proto: 1,
            epoch: None,
            incarnation: self.incarnation,
            cursors: Cursors::new(),
            mark: None,
            outstanding: None,
            own: false,
            budget: Some(1 << 20),
            push: None,
            recovered: Vec::new(),
        }
    }

    /// What a response acknowledges: outcomes whose last link is the phone's own.
    pub(crate) fn acknowledged(&self, response: &SyncResponse) -> Vec<OpOutcome> {
        let outcomes = response.outcomes.as_ref().filter(|outcomes| outcomes.link == self.head);
        outcomes.map(Outcomes::each).unwrap_or_default()
    }
}

/// The codes that `device code` printed: to type and to scan.
pub(crate) fn codes(output: &str) -> (EnrolCode, EnrolQr) {
    let typed = output.lines().find(|line| line.starts_with("to type")).unwrap();
    let typed = EnrolCode::parse(typed.split_whitespace().last().unwrap()).unwrap();
    let scanned = output.lines().find_map(|line| line.strip_prefix("to scan")).unwrap();
    (typed, EnrolQr::parse(scanned).unwrap())
}

/// A way to `url` as a phone has it before it knows anything.
pub(crate) fn unpinned(url: &str) -> (HttpApi, Digest) {
    let api = HttpApi::new(url, &Trust::Unpinned).unwrap();
    api.look().unwrap();
    let seen = api.tls_key_seen().unwrap();
    (api, seen)
}
