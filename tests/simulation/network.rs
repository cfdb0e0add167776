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
use super::server::Server;
use crate::ports::TestChance;

/// How often each fault happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct NetworkCounts {
    /// Calls that arrived whole and were answered whole.
    pub good: u64,
    /// Requests that did not arrive.
    pub dropped: u64,
    /// Answers that did not.
    pub lost_answers: u64,
    /// Requests that arrived twice.
    pub doubled: u64,
    /// An older request that arrived again, before the new one.
    pub reordered: u64,
    /// Bytes flipped on the way, either way.
    pub flipped: u64,
    /// Messages cut off.
    pub truncated: u64,
    /// Somebody else's page.
    pub portal: u64,
    /// Answers that came after more than a minute.
    pub delayed: u64,
    /// Calls that met a server without power.
    pub server_down: u64,
}

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    Drop,
    LoseAnswer,
    Double,
    Reorder,
    Flip,
    Truncate,
    Portal,
    Delay,
}

/// A device's path to the server.
pub struct Network<'a> {
    /// The other end.
    pub server: &'a mut Server,
    /// Decides.
    pub chance: &'a mut TestChance,
    /// Time that passes on the way.
    pub time: &'a TrueTime,
    /// Calls in a hundred that meet a fault.
    pub fault_percent: u64,
    /// What happened.
    pub counts: &'a mut NetworkCounts,
    /// The last request that went through, which may arrive again.
    pub last: &'a mut Option<(String, Vec<u8>)>,
}

type Answered<T> = Result<T, ApiError>;

fn unreachable<T>() -> Answered<T> {
    Err(ErrorCode::Unreachable.into())
}

impl Network<'_> {
    fn draw_fault(&mut self) -> Fault {
        if self.chance.draw() % 100 >= self.fault_percent {
            return Fault::None;
        }
        let faults = [
            Fault::Drop,
            Fault::LoseAnswer,
            Fault::Double,
            Fault::Reorder,
            Fault::Flip,
            Fault::Truncate,
            Fault::Portal,
            Fault::Delay,
        ];
        faults[usize::try_from(self.chance.draw()).unwrap_or(0) % faults.len()]
    }

    /// Lets the server act; a server that dies in it answers nobody.
    fn deliver<T>(&mut self, act: impl FnOnce(&mut Hub) -> Answered<T>) -> Answered<T> {
        let Ok(hub) = self.server.hub() else { return unreachable() };
        let answer = act(hub);
        if self.server.mend() {
            self.counts.server_down += 1;
            return unreachable();
        }
        answer
    }

    /// One call whose messages cannot be bent without being noticed by TLS: only whole faults.
    fn call<T>(&mut self, mut act: impl FnMut(&mut Hub) -> Answered<T>) -> Answered<T> {
        let fault = self.draw_fault();
        self.time.pass(20);
        match fault {
            Fault::Drop => {
                self.counts.dropped += 1;
                return unreachable();
            }
            Fault::Portal => {
                self.counts.portal += 1;
                return Err(ErrorCode::Malformed.into());
            }
            Fault::Double => {
                self.counts.doubled += 1;
                // The first answer is the one that nobody hears.
                drop(self.deliver(&mut act));
            }
            _ => {}
        }
        let answer = self.deliver(&mut act);
        self.come_back(fault, answer)
    }

    fn come_back<T>(&mut self, fault: Fault, answer: Answered<T>) -> Answered<T> {
        match fault {
            Fault::LoseAnswer => {
                self.counts.lost_answers += 1;
                unreachable()
            }
            Fault::Delay => {
                self.counts.delayed += 1;
                self.time.pass(70_000);
                answer
            }
            _ => {
                self.counts.good += 1;
                answer
            }
        }
    }

    /// A message with a fault of its bytes.
    fn bend(&mut self, fault: Fault, bytes: &mut Vec<u8>) {
        match fault {
            Fault::Flip if !bytes.is_empty() => {
                let at = usize::try_from(self.chance.draw()).unwrap_or(0) % bytes.len();
                bytes[at] ^= 1 << (self.chance.draw() % 8);
                self.counts.flipped += 1;
            }
            Fault::Truncate if !bytes.is_empty() => {
                let at = usize::try_from(self.chance.draw()).unwrap_or(0) % bytes.len();
                bytes.truncate(at);
                self.counts.truncated += 1;
            }
            _ => {}
        }
    }

    fn exchange(&mut self, token: &str, bytes: &[u8]) -> Answered<Vec<u8>> {
        let request = SyncRequest::decode(bytes)?;
        self.deliver(|hub| hub.sync(token, &request)?.encode())
    }
}

fn through<T: Serialize + DeserializeOwned>(message: &T) -> Answered<T> {
    let bytes = serde_json::to_vec(message).map_err(|_| ErrorCode::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| ErrorCode::Malformed.into())
}

impl SyncApi for Network<'_> {
    fn enrol(&mut self, request: &EnrolRequest) -> Answered<EnrolAnswer> {
        let request = through(request)?;
        self.call(|hub| through(&hub.enrol(&request)?))
    }

    fn nonce(&mut self, request: &NonceRequest) -> Answered<Nonce> {
        let request = through(request)?;
        self.call(|hub| through(&hub.nonce(&request)?))
    }

    fn token(&mut self, request: &TokenRequest) -> Answered<TokenAnswer> {
        let request = through(request)?;
        self.call(|hub| through(&hub.token(&request)?))
    }

    fn sync(&mut self, token: &str, request: &SyncRequest) -> Answered<SyncResponse> {
        let fault = self.draw_fault();
        let there = self.chance.draw().is_multiple_of(2);
        let mut bytes = request.encode()?;
        self.time.pass(30);
        match fault {
            Fault::Drop => {
                self.counts.dropped += 1;
                return unreachable();
            }
            Fault::Portal => {
                self.counts.portal += 1;
                return SyncResponse::decode(b"<html>please log in</html>");
            }
            Fault::Double => {
                self.counts.doubled += 1;
                drop(self.exchange(token, &bytes));
            }
            Fault::Reorder => {
                if let Some((token, earlier)) = self.last.clone() {
                    self.counts.reordered += 1;
                    drop(self.exchange(&token, &earlier));
                }
            }
            fault if there => self.bend(fault, &mut bytes),
            _ => {}
        }
        *self.last = Some((token.to_owned(), bytes.clone()));
        let mut answer = self.exchange(token, &bytes)?;
        if !there {
            self.bend(fault, &mut answer);
        }
        let answer = self.come_back(fault, Ok(answer))?;
        SyncResponse::decode(&answer)
    }

    fn check(&mut self, token: &str, request: &CheckRequest) -> Answered<CheckAnswer> {
        let request = through(request)?;
        self.call(|hub| through(&hub.check(token, &request)?))
    }

    fn blob_put(&mut self, token: &str, put: &BlobPut) -> Answered<BlobState> {
        self.call(|hub| through(&hub.blob_put(token, put)?))
    }

    fn blob_complete(&mut self, token: &str, sha256: Digest) -> Answered<BlobState> {
        self.call(|hub| through(&hub.blob_complete(token, sha256)?))
    }

    fn blob_state(&mut self, token: &str, sha256: Digest) -> Answered<BlobState> {
        self.call(|hub| through(&hub.blob_state(token, sha256)?))
    }

    fn blob_get(&mut self, token: &str, range: &BlobRange) -> Answered<Vec<u8>> {
        self.call(|hub| hub.blob_get(token, range))
    }
}
