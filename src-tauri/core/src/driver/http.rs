//! The protocol over HTTP: [`SyncApi`] as a device speaks it.
//!
//! One constructor makes the only HTTP client of the app: its own trust, no redirects, no system proxies,
//! every wait bounded or watched. An answer that is not ours, such as a captive portal's page, is `Malformed`; a
//! connection that failed is `Unreachable`. Nothing here retries: that is the engine's business.

use std::error::Error;
use std::io::{self, Read};
use std::net::IpAddr;
use std::time::Duration;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, BlobState};
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};
use fieldcard_schema::wire::{BLOB_MEDIA_TYPE, MEDIA_TYPE, SyncApi, frame};
use reqwest::blocking::{Body, Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE, RANGE};
use reqwest::{Method, Url, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::progress::{Progress, Watched};
use super::tls::{KeySeen, Trust, client_config};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The end of any call, also of one that nobody waits for any longer. How long one may stand still is watched
/// through its [`Progress`].
const CALL_TIMEOUT: Duration = Duration::from_mins(30);

/// Longest wait for the one look at a server, which somebody watches.
const LOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// Bodies from so many bytes on are watched as they go. A smaller one goes in one piece, and again by itself when
/// the server has just closed the connection.
const WATCHED_FROM: usize = 16 * 1024;

/// Largest refusal.
const ERROR_MAX: usize = 64 * 1024;

/// The server, over HTTP. Clones share their connections.
#[derive(Debug, Clone)]
pub struct HttpApi {
    client: Client,
    base: String,
    seen: KeySeen,
    progress: Progress,
}

impl HttpApi {
    /// A client for the server at `url`. Plain `http` goes to loopback only, and only if `trust` says so.
    pub fn new(url: &str, trust: &Trust) -> Result<Self, ApiError> {
        check_url(url, trust)?;
        let seen = KeySeen::default();
        let config = client_config(trust, &seen).map_err(|_| about(ErrorCode::InvalidValue, "trust"))?;
        let client = Client::builder()
            .tls_backend_preconfigured(config)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .http1_only()
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .build()
            .map_err(|_| about(ErrorCode::Internal, "client"))?;
        let base = url.trim_end_matches('/').to_owned();
        Ok(Self { client, base, seen, progress: Progress::default() })
    }

    /// The same way, whose calls say to `progress` that bytes move.
    #[must_use]
    pub fn watched_by(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// SHA-256 of the TLS key that the server showed; `None` before the first connection, on loopback, and
    /// where an authority of the system was asked.
    pub fn tls_key_seen(&self) -> Option<Digest> {
        self.seen.get()
    }

    /// Connects once, so that [`Self::tls_key_seen`] knows the key that an enrolment must name.
    pub fn look(&self) -> Result<(), ApiError> {
        let look = self.client.get(format!("{}/healthz", self.base)).timeout(LOOK_TIMEOUT);
        look.send().map(drop).map_err(|e| failed(&e))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).header(ACCEPT, MEDIA_TYPE)
    }

    fn send_bytes(&self, path: &str, token: Option<&str>, body: Vec<u8>) -> Result<Vec<u8>, ApiError> {
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, MEDIA_TYPE);
        let mut request = request.body(self.watched(body));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        self.answer(request, MEDIA_TYPE, frame::RESPONSE_MAX)
    }

    fn watched(&self, body: Vec<u8>) -> Body {
        if body.len() < WATCHED_FROM {
            return body.into();
        }
        let (len, progress) = (body.len() as u64, self.progress.clone());
        Body::sized(Watched { bytes: io::Cursor::new(body), progress }, len)
    }

    fn answer(&self, request: RequestBuilder, media_type: &str, most: usize) -> Result<Vec<u8>, ApiError> {
        self.progress.made();
        let response = request.send().map_err(|e| failed(&e))?;
        self.progress.made();
        if response.status().is_success() && is_type(&response, media_type) {
            return self.body(response, most);
        }
        let malformed = || about(ErrorCode::Malformed, "answer");
        if response.status().is_success() || !is_type(&response, "application/json") {
            return Err(malformed());
        }
        let status = response.status().as_u16();
        let refusal: ApiError =
            serde_json::from_slice(&self.body(response, ERROR_MAX)?).map_err(|_| malformed())?;
        // A code under another status than its own was not written by this server.
        if refusal.code.http_status() == status { Err(refusal) } else { Err(malformed()) }
    }

    fn body(&self, response: Response, most: usize) -> Result<Vec<u8>, ApiError> {
        let mut bytes = Vec::new();
        let watched = Watched { bytes: response, progress: self.progress.clone() };
        let read = watched.take(most as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|_| about(ErrorCode::Unreachable, "network"))?;
        if bytes.len() > most { Err(about(ErrorCode::Malformed, "body")) } else { Ok(bytes) }
    }

    fn send<Q: Serialize, A: DeserializeOwned>(&self, path: &str, question: &Q) -> Result<A, ApiError> {
        let line = serde_json::to_vec(question).map_err(|_| ApiError::from(ErrorCode::Internal))?;
        read_line(&self.send_bytes(path, None, frame::pack(&[line]))?)
    }
}

impl SyncApi for HttpApi {
    fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolAnswer, ApiError> {
        self.send("/v1/enrol", request)
    }

    fn nonce(&mut self, request: &NonceRequest) -> Result<Nonce, ApiError> {
        self.send("/v1/nonce", request)
    }

    fn token(&mut self, request: &TokenRequest) -> Result<TokenAnswer, ApiError> {
        self.send("/v1/token", request)
    }

    fn sync(&mut self, token: &str, request: &SyncRequest) -> Result<SyncResponse, ApiError> {
        SyncResponse::decode(&self.send_bytes("/v1/sync", Some(token), request.encode()?)?)
    }

    fn check(&mut self, token: &str, request: &CheckRequest) -> Result<CheckAnswer, ApiError> {
        let line = serde_json::to_vec(request).map_err(|_| ApiError::from(ErrorCode::Internal))?;
        read_line(&self.send_bytes("/v1/check", Some(token), frame::pack(&[line]))?)
    }

    fn blob_put(&mut self, token: &str, put: &BlobPut) -> Result<BlobState, ApiError> {
        let path =
            format!("/v1/blobs/{}?size={}&unit={}&digest={}", put.sha256, put.size, put.unit, put.digest);
        let request = self
            .request(Method::PUT, &path)
            .bearer_auth(token)
            .header(CONTENT_TYPE, &put.media_type)
            .body(self.watched(put.bytes.clone()));
        read_line(&self.answer(request, MEDIA_TYPE, frame::RESPONSE_MAX)?)
    }

    fn blob_complete(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        read_line(&self.send_bytes(&format!("/v1/blobs/{sha256}/complete"), Some(token), Vec::new())?)
    }

    fn blob_state(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        let request = self.request(Method::GET, &format!("/v1/blobs/{sha256}/state")).bearer_auth(token);
        read_line(&self.answer(request, MEDIA_TYPE, frame::RESPONSE_MAX)?)
    }

    fn blob_get(&mut self, token: &str, range: &BlobRange) -> Result<Vec<u8>, ApiError> {
        let last = range.from.saturating_add(range.len.max(1) - 1);
        let request = self
            .request(Method::GET, &format!("/v1/blobs/{}", range.sha256))
            .bearer_auth(token)
            .header(RANGE, format!("bytes={}-{last}", range.from));
        let most = usize::try_from(range.len).unwrap_or(frame::RESPONSE_MAX).min(frame::RESPONSE_MAX);
        self.answer(request, BLOB_MEDIA_TYPE, most)
    }
}

fn about(code: ErrorCode, detail: &str) -> ApiError {
    ApiError::about(code, detail)
}

fn check_url(url: &str, trust: &Trust) -> Result<(), ApiError> {
    let bad = || about(ErrorCode::InvalidValue, "url");
    let url = Url::parse(url).map_err(|_| bad())?;
    let host = url.host_str().ok_or_else(bad)?.trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let fits = match url.scheme() {
        "https" => *trust != Trust::LoopbackPlain,
        "http" => *trust == Trust::LoopbackPlain && loopback,
        _ => false,
    };
    if fits && bare && url.password().is_none() { Ok(()) } else { Err(bad()) }
}

/// A call that got no answer: offline, cut off, too slow, or a server that is not trusted.
fn failed(error: &reqwest::Error) -> ApiError {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    let detail = if causes.any(is_tls) {
        "tls"
    } else if error.is_timeout() {
        "timeout"
    } else {
        "network"
    };
    about(ErrorCode::Unreachable, detail)
}

/// rustls reports inside an `io::Error`, often inside a second one, which do not name it as their source.
fn is_tls(cause: &(dyn Error + 'static)) -> bool {
    let mut io = cause.downcast_ref::<io::Error>();
    while let Some(inner) = io.and_then(io::Error::get_ref) {
        if inner.is::<rustls::Error>() {
            return true;
        }
        io = inner.downcast_ref::<io::Error>();
    }
    false
}

fn is_type(response: &Response, media_type: &str) -> bool {
    let given = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    given.and_then(|value| value.split(';').next()).is_some_and(|value| value.trim() == media_type)
}

fn read_line<A: DeserializeOwned>(bytes: &[u8]) -> Result<A, ApiError> {
    let lines = frame::unpack(bytes, frame::RESPONSE_MAX)?;
    let line = lines.first().map(Vec::as_slice).unwrap_or_default();
    serde_json::from_slice(line).map_err(|_| about(ErrorCode::Malformed, "line"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    /// Answers one connection with `text`, whatever is asked.
    fn portal(text: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::Builder::new()
            .spawn(move || {
                let (mut socket, _) = listener.accept().unwrap();
                let _ = socket.read(&mut [0; 4096]);
                let _ = socket.write_all(text.as_bytes());
            })
            .unwrap();
        url
    }

    fn ask(text: &'static str) -> ApiError {
        let device = fieldcard_schema::id::DeviceId::from_slice(&[1; 16]).unwrap();
        let mut api = HttpApi::new(&portal(text), &Trust::LoopbackPlain).unwrap();
        api.nonce(&NonceRequest { device }).unwrap_err()
    }

    #[test]
    fn plain_http_goes_to_loopback_only() {
        for (url, trust) in [
            ("http://office.example", Trust::LoopbackPlain),
            ("http://10.0.0.1", Trust::LoopbackPlain),
            ("http://127.0.0.1", Trust::Unpinned),
            ("http://127.0.0.1", Trust::SystemRoots),
            ("http://127.0.0.1.example", Trust::LoopbackPlain),
            ("https://127.0.0.1", Trust::LoopbackPlain),
            ("https://user@office.example", Trust::Unpinned),
            ("https://office.example/?x=1", Trust::Unpinned),
            ("ftp://127.0.0.1", Trust::LoopbackPlain),
            ("office.example", Trust::Unpinned),
        ] {
            let error = HttpApi::new(url, &trust).err().map(|e| e.code);
            assert_eq!(error, Some(ErrorCode::InvalidValue), "{url} {trust:?}");
        }
        assert!(HttpApi::new("http://[::1]:8080/", &Trust::LoopbackPlain).is_ok());
        assert!(HttpApi::new("https://office.example/sync", &Trust::Unpinned).is_ok());
    }

    #[test]
    fn a_captive_portal_is_malformed_whatever_its_status() {
        let pages = [
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi",
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}",
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 401 No\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nhi",
            "HTTP/1.1 403 No\r\ncontent-type: application/json\r\ncontent-length: 18\r\n\r\n{\"code\":\"revoked\"}",
        ];
        let codes: Vec<ErrorCode> = pages.into_iter().map(|page| ask(page).code).collect();
        let malformed = ErrorCode::Malformed;
        assert_eq!(codes, [malformed, malformed, malformed, malformed, ErrorCode::Revoked]);
        let swapped = "HTTP/1.1 500 No\r\ncontent-type: application/json\r\ncontent-length: 18\r\n\r\n{\"code\":\"revoked\"}";
        assert_eq!(ask(swapped).code, malformed);
    }

    #[test]
    fn a_dead_line_is_told_from_an_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let api = HttpApi::new(&url, &Trust::LoopbackPlain).unwrap();
        assert_eq!(api.look(), Err(ApiError::about(ErrorCode::Unreachable, "network")));
    }
}
