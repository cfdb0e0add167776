//! A path that loses, doubles, bends and delays what it carries, as bytes, in both directions.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, BlobState};
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};
use fieldcard_server::hub::Hub;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::clock::TrueTime;
use super::control::Control;
use super::disk::End;
use super::fault::{Faults, Kind};
use super::model::Model;
use super::oracle::{Caller, Oracle};
use super::server::Server;
use crate::ports::TestChance;

/// A path on which a device speaks another protocol, or large bodies are lost, for a while.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// Added to the protocol's number.
    pub proto: i64,
    /// Bodies of more bytes never arrive, either way.
    pub largest: Option<usize>,
}

/// A device's path to the server.
pub struct Network<'a> {
    /// The other end.
    pub server: &'a mut Server,
    /// Decides, and counts.
    pub faults: &'a mut Faults,
    /// Time that passes on the way.
    pub time: &'a TrueTime,
    /// Which faults of every thousand calls, at most, of each kind.
    pub per_mille: u64,
    /// What the path is like just now.
    pub weather: Weather,
    /// Hears what the server says.
    pub oracle: &'a mut Oracle,
    /// Knows who may see what.
    pub model: &'a Model,
    /// Who calls.
    pub caller: Caller,
    /// The last request that went through, which may arrive again.
    pub last: &'a mut Option<(String, Vec<u8>)>,
    /// The answer comes after the deadline: nobody hears it.
    pub late: bool,
    /// What is broken on purpose.
    pub control: Option<Control>,
}

/// The faults of single calls.
const CALL_FAULTS: [Kind; 8] = [
    Kind::Drop,
    Kind::LoseAnswer,
    Kind::Double,
    Kind::Reorder,
    Kind::Flip,
    Kind::Truncate,
    Kind::Portal,
    Kind::Delay,
];

type Answered<T> = Result<T, ApiError>;

fn unreachable<T>() -> Answered<T> {
    Err(ErrorCode::Unreachable.into())
}

impl Network<'_> {
    fn draw_fault(&mut self) -> Option<(Kind, TestChance)> {
        let per_mille = self.per_mille;
        let mut drawn = None;
        for kind in CALL_FAULTS {
            // Each is asked, so that none moves another.
            let found = self.faults.strikes(kind, per_mille);
            drawn = drawn.or(found.map(|chance| (kind, chance)));
        }
        drawn
    }

    fn happened<T>(&mut self, kind: Kind) -> Answered<T> {
        self.faults.count(kind, 1);
        unreachable()
    }

    /// Lets the server act; a server that dies in it answers nobody.
    fn deliver<T>(&mut self, act: impl FnOnce(&mut Hub) -> Answered<T>) -> Answered<T> {
        let Ok(hub) = self.server.hub() else { return unreachable() };
        let answer = act(hub);
        if self.server.mend() {
            return unreachable();
        }
        if self.faults.strikes(Kind::ServerKillInCall, self.per_mille / 6).is_some() {
            self.server.end(End::Kill);
            return self.happened(Kind::ServerKillInCall);
        }
        answer
    }

    /// One call whose messages cannot be bent without being noticed by TLS: only whole faults.
    fn call<T>(&mut self, bytes: usize, mut act: impl FnMut(&mut Hub) -> Answered<T>) -> Answered<T> {
        let fault = self.draw_fault().map(|(kind, _)| kind);
        self.fits(bytes)?;
        match fault {
            Some(Kind::Drop) => return self.happened(Kind::Drop),
            Some(Kind::Portal) => {
                self.faults.count(Kind::Portal, 1);
                return Err(ErrorCode::Malformed.into());
            }
            Some(Kind::Double) => {
                self.faults.count(Kind::Double, 1);
                // The first answer is the one that nobody hears.
                drop(self.deliver(&mut act));
            }
            _ => {}
        }
        let answer = self.deliver(&mut act);
        self.come_back(fault, answer)
    }

    fn come_back<T>(&mut self, fault: Option<Kind>, answer: Answered<T>) -> Answered<T> {
        match fault {
            Some(Kind::LoseAnswer) => self.happened(Kind::LoseAnswer),
            Some(Kind::Delay) => {
                self.late = true;
                self.happened(Kind::Delay)
            }
            _ => {
                if answer.as_ref().is_err_and(|error| error.code == ErrorCode::Unauthorised) {
                    self.faults.count(Kind::Expired, 1);
                }
                answer
            }
        }
    }

    /// Whether a body of so many bytes arrives.
    fn fits(&mut self, bytes: usize) -> Answered<()> {
        let lost = self.weather.largest.is_some_and(|largest| bytes > largest);
        if lost { self.happened(Kind::LoseLarge) } else { Ok(()) }
    }

    /// A message with a fault of its bytes.
    fn bend(&mut self, fault: Option<(Kind, TestChance)>, bytes: &mut Vec<u8>) {
        let Some((kind @ (Kind::Flip | Kind::Truncate), mut chance)) = fault else { return };
        if bytes.is_empty() {
            return;
        }
        let at = usize::try_from(chance.draw()).unwrap_or(0) % bytes.len();
        match kind {
            Kind::Flip => bytes[at] ^= 1 << (chance.draw() % 8),
            _ => bytes.truncate(at),
        }
        self.faults.count(kind, 1);
    }

    /// The server takes a request as it arrived. What it then says is heard by the oracle, whoever else hears it.
    fn exchange(&mut self, token: &str, bytes: &[u8]) -> Answered<Vec<u8>> {
        let request = SyncRequest::decode(bytes)?;
        Control::before(self.control, &request);
        let response = self.deliver(|hub| hub.sync(token, &request))?;
        self.oracle.hear(&self.caller, self.model, &request, &response);
        response.encode()
    }
}

fn through<T: Serialize + DeserializeOwned>(message: &T) -> Answered<T> {
    let bytes = serde_json::to_vec(message).map_err(|_| ErrorCode::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| ErrorCode::Malformed.into())
}

impl SyncApi for Network<'_> {
    fn enrol(&mut self, request: &EnrolRequest) -> Answered<EnrolAnswer> {
        let request = through(request)?;
        self.call(0, |hub| through(&hub.enrol(&request)?))
    }

    fn nonce(&mut self, request: &NonceRequest) -> Answered<Nonce> {
        let request = through(request)?;
        self.call(0, |hub| through(&hub.nonce(&request)?))
    }

    fn token(&mut self, request: &TokenRequest) -> Answered<TokenAnswer> {
        let request = through(request)?;
        self.call(0, |hub| through(&hub.token(&request)?))
    }

    fn sync(&mut self, token: &str, request: &SyncRequest) -> Answered<SyncResponse> {
        let mut fault = self.draw_fault();
        let kind = fault.as_ref().map(|(kind, _)| *kind);
        let there = fault.as_mut().is_some_and(|(_, chance)| chance.draw().is_multiple_of(2));
        let mut request = request.clone();
        if self.weather.proto != 0 {
            request.proto = u32::try_from(i64::from(request.proto) + self.weather.proto).unwrap_or(0);
            self.faults.count(if self.weather.proto < 0 { Kind::OldProto } else { Kind::NewProto }, 1);
        }
        Control::on_the_way(self.control, &mut request);
        let mut bytes = request.encode()?;
        self.fits(bytes.len())?;
        match kind {
            Some(Kind::Drop) => return self.happened(Kind::Drop),
            Some(Kind::Portal) => {
                self.faults.count(Kind::Portal, 1);
                return SyncResponse::decode(b"<html>please log in</html>");
            }
            Some(Kind::Double) => {
                self.faults.count(Kind::Double, 1);
                drop(self.exchange(token, &bytes));
            }
            Some(Kind::Reorder) => {
                if let Some((token, earlier)) = self.last.clone() {
                    self.faults.count(Kind::Reorder, 1);
                    drop(self.exchange(&token, &earlier));
                }
            }
            _ if there => self.bend(fault.clone(), &mut bytes),
            _ => {}
        }
        *self.last = Some((token.to_owned(), bytes.clone()));
        let answer = self.exchange(token, &bytes);
        let mut answer = self.come_back(kind, answer)?;
        if !there {
            self.bend(fault, &mut answer);
        }
        self.fits(answer.len())?;
        SyncResponse::decode(&answer)
    }

    fn check(&mut self, token: &str, request: &CheckRequest) -> Answered<CheckAnswer> {
        let request = through(request)?;
        self.call(0, |hub| through(&hub.check(token, &request)?))
    }

    fn blob_put(&mut self, token: &str, put: &BlobPut) -> Answered<BlobState> {
        self.call(put.bytes.len(), |hub| through(&hub.blob_put(token, put)?))
    }

    fn blob_complete(&mut self, token: &str, sha256: Digest) -> Answered<BlobState> {
        self.call(0, |hub| through(&hub.blob_complete(token, sha256)?))
    }

    fn blob_state(&mut self, token: &str, sha256: Digest) -> Answered<BlobState> {
        self.call(0, |hub| through(&hub.blob_state(token, sha256)?))
    }

    fn blob_get(&mut self, token: &str, range: &BlobRange) -> Answered<Vec<u8>> {
        self.call(0, |hub| hub.blob_get(token, range))
    }
}
