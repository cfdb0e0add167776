//! An office behind a proxy that ends TLS with a certificate of its own, as an authority signed it.
//!
//! The phone is a process of its own: which authorities it trusts is a matter of its environment.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use fieldcard_core::driver::tls::{KeySeen, Trust, client_config};
use fieldcard_tests::server::Server;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

/// A proxy on loopback, and the file with the authority's certificate.
struct Proxy {
    url: String,
    authority: PathBuf,
    _runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Proxy {
    fn before(server: &Server) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &issuer).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, issuer.pem()).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        runtime.spawn(carry(listener, Arc::new(config), server.address()));
        Self { url, authority, _runtime: runtime, _folder: folder }
    }
}

async fn carry(listener: TcpListener, config: Arc<ServerConfig>, to: String) {
    let acceptor = tokio_rustls::TlsAcceptor::from(config);
    while let Ok((near, _)) = listener.accept().await {
        let (acceptor, to) = (acceptor.clone(), to.clone());
        tokio::spawn(async move {
            // A phone that does not trust us hangs up in the middle: that is its right.
            let Ok(mut near) = acceptor.accept(near).await else { return };
            let Ok(mut far) = TcpStream::connect(&to).await else { return };
            let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
        });
    }
}

/// The shipped core in a process of its own, spoken to as the screens do.
struct Phone {
    child: Child,
    url: String,
    client: reqwest::blocking::Client,
    _folder: tempfile::TempDir,
}

impl Phone {
    fn new(authorities: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bridge"));
        for name in ["data", "state", "app"] {
            command.arg(format!("--{name}")).arg(folder.path().join(name));
        }
        let nobody = folder.path().join("none.pem");
        let child = command
            .env("SSL_CERT_FILE", authorities.unwrap_or(&nobody))
            .env_remove("SSL_CERT_DIR")
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        let tls = client_config(&Trust::Unpinned, &KeySeen::default()).unwrap();
        let client = reqwest::blocking::Client::builder().tls_backend_preconfigured(tls).build().unwrap();
        Self { child, url, client, _folder: folder }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let call = self.client.post(format!("{}{path}", self.url)).body(body.to_string());
        serde_json::from_str(&call.send().unwrap().text().unwrap()).unwrap()
    }

    fn enrol(&self, address: &str, code: &str) -> Value {
        self.post("/execute", &json!({"type": "enrol.begin", "address": address, "code": code}))
    }

    /// Asks until the enrolment is as wanted.
    fn wait(&self, state: &str) -> Value {
        loop {
            let seen = self.post("/view", &json!({"type": "enrolment"}));
            if seen["state"] == json!(state) {
                return seen;
            }
            assert!(seen["refused"].as_str().unwrap_or("").is_empty(), "{seen}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn office() -> Server {
    let mut server = Server::init("衡川重工云岭服务部").unwrap();
    server.command(&["user", "add", "qin", "--name", "秦师傅", "--role", "technician"]).unwrap();
    server.start_with(&["--http", "--behind-proxy"]).unwrap();
    server
}

#[test]
fn a_phone_enrols_and_works_behind_a_proxy_with_a_certificate_of_its_own() {
    let server = office();
    let proxy = Proxy::before(&server);
    for scanned in [true, false] {
        let mut qr = server.code("qin").unwrap();
        let phone = Phone::new(Some(&proxy.authority));
        let done = if scanned {
            qr.url.clone_from(&proxy.url);
            phone.enrol("", &qr.to_text())
        } else {
            phone.enrol(&proxy.url, &qr.code.grouped())
        };
        assert!(done["code"].is_null(), "{done}");
        let seen = phone.wait("waiting_for_office");
        server.command(&["device", "confirm", seen["fingerprint"].as_str().unwrap()]).unwrap();
        phone.post("/execute", &json!({"type": "sync.now"}));
        phone.wait("active");
    }
}

#[test]
fn a_proxy_that_no_authority_vouches_for_is_refused() {
    let server = office();
    let proxy = Proxy::before(&server);
    let mut qr = server.code("qin").unwrap();
    let phone = Phone::new(None);
    qr.url.clone_from(&proxy.url);
    assert_eq!(phone.enrol("", &qr.to_text())["code"], json!("no_network"));
    // A typed code has no key to check a certificate by; the server finds out who stands in between.
    let done = phone.enrol(&proxy.url, &qr.code.grouped());
    assert!(done["code"].is_null(), "{done}");
    loop {
        let seen = phone.post("/view", &json!({"type": "enrolment"}));
        if seen["refused"] == json!("bad_signature") {
            break;
        }
        assert_eq!(seen["state"], json!("asking"), "{seen}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
