//! A bad path between device and server: answers get lost, portals answer instead, links are bent.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, BlobState};
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::frame;
use fieldcard_schema::wire::sync::{Audience, SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};

/// What the path does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call arrives and its answer does not, for the sync calls after the first so many.
    LoseAnswers(usize),
    /// Every call is answered by somebody else's page.
    Portal,
    /// The server has become too new for this app: whoever asks to pull is refused.
    Outdated,
    /// Outcomes come with a link that is not theirs.
    BendLinks,
    /// These bytes are nowhere to be had.
    HideBlob(Digest),
    /// Answers to sync calls end after so many bytes, unless they are shorter.
    CutAnswers(usize),
    /// Bodies of more than so many bytes never arrive, either way.
    LoseLarge(usize),
    /// Somebody on the way answers bodies of more than so many bytes with a page of his own.
    RefuseLarge(usize),
    /// Runs of this blob never arrive.
    LoseBlob(Digest),
    /// Every run of a blob is answered: busy, come again after so many seconds.
    BusyForBlobs(u32),
    /// Nothing that brings work to the office is let through, and this is what the answer says.
    NothingUp(ErrorCode),
    /// Checks get no answer.
    LoseChecks,
    /// The person has just left this audience.
    LeftAudience(Audience),
    /// The app speaks an older protocol than the server reads.
    OldProto,
    /// Sync calls go out with cursors that another server gave, or none yet.
    ForeignCursors,
}

/// A path with a fault.
pub struct Path<'a> {
    api: &'a mut dyn SyncApi,
    fault: Fault,
    syncs: usize,
}

impl<'a> Path<'a> {
    /// Puts a fault before `api`.
    pub fn new(api: &'a mut dyn SyncApi, fault: Fault) -> Self {
        Self { api, fault, syncs: 0 }
    }

    fn pass(&self) -> Result<(), ApiError> {
        if self.fault == Fault::Portal { Err(ErrorCode::Malformed.into()) } else { Ok(()) }
    }

    /// The same for what a blob needs on its way up.
    fn pass_up(&self) -> Result<(), ApiError> {
        if let Fault::NothingUp(code) = self.fault { Err(code.into()) } else { self.pass() }
    }
}

impl Path<'_> {
    fn carry(&self, bytes: usize) -> Result<(), ApiError> {
        match self.fault {
            Fault::LoseLarge(most) if bytes > most => Err(ErrorCode::Unreachable.into()),
            Fault::RefuseLarge(most) if bytes > most => Err(ErrorCode::Malformed.into()),
            _ => Ok(()),
        }
    }
}

impl SyncApi for Path<'_> {
    fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolAnswer, ApiError> {
        self.pass()?;
        self.api.enrol(request)
    }

    fn nonce(&mut self, request: &NonceRequest) -> Result<Nonce, ApiError> {
        self.pass()?;
        self.api.nonce(request)
    }

    fn token(&mut self, request: &TokenRequest) -> Result<TokenAnswer, ApiError> {
        self.pass()?;
        self.api.token(request)
    }

    fn sync(&mut self, token: &str, request: &SyncRequest) -> Result<SyncResponse, ApiError> {
        if self.fault == Fault::Portal {
            return SyncResponse::decode(b"<html>please log in</html>");
        }
        if self.fault == Fault::Outdated && request.budget.is_some() {
            return Err(ErrorCode::ProtoTooOld.into());
        }
        if let (Fault::NothingUp(code), Some(_)) = (self.fault, &request.push) {
            return Err(code.into());
        }
        let mut request = request.clone();
        if self.fault == Fault::ForeignCursors {
            for cursor in request.cursors.values_mut() {
                "f9007199254740991".clone_into(cursor);
            }
        }
        if self.fault == Fault::OldProto {
            request.proto = 0;
        }
        self.carry(request.encode()?.len())?;
        let mut answer = self.api.sync(token, &request)?;
        self.syncs += 1;
        match self.fault {
            Fault::LoseAnswers(after) if self.syncs > after => Err(ErrorCode::Unreachable.into()),
            Fault::BendLinks => {
                if let Some(outcomes) = &mut answer.outcomes {
                    outcomes.link = Digest::of(&outcomes.link.0);
                }
                Ok(answer)
            }
            Fault::CutAnswers(most) => {
                let bytes = answer.encode()?;
                SyncResponse::decode(&bytes[..most.min(bytes.len())])
            }
            Fault::LoseLarge(_) | Fault::RefuseLarge(_) => {
                self.carry(answer.encode()?.len()).map(|()| answer)
            }
            _ => Ok(answer),
        }
    }

    fn check(&mut self, token: &str, request: &CheckRequest) -> Result<CheckAnswer, ApiError> {
        self.pass()?;
        match self.fault {
            Fault::LoseChecks => return Err(ErrorCode::Unreachable.into()),
            Fault::LeftAudience(audience) if audience == request.aud => {
                return Err(ErrorCode::NotFound.into());
            }
            _ => {}
        }
        let answer = self.api.check(token, request)?;
        let line = serde_json::to_vec(&answer).map_err(|_| ErrorCode::Internal)?;
        self.carry(frame::pack(&[line]).len()).map(|()| answer)
    }

    fn blob_put(&mut self, token: &str, put: &BlobPut) -> Result<BlobState, ApiError> {
        self.pass_up()?;
        self.carry(put.bytes.len())?;
        match self.fault {
            Fault::LoseBlob(sha256) if sha256 == put.sha256 => return Err(ErrorCode::Unreachable.into()),
            Fault::BusyForBlobs(seconds) => {
                return Err(ApiError { retry_after: Some(seconds), ..ErrorCode::Busy.into() });
            }
            _ => {}
        }
        self.api.blob_put(token, put)
    }

    fn blob_complete(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        self.pass_up()?;
        self.api.blob_complete(token, sha256)
    }

    fn blob_state(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        self.pass_up()?;
        self.api.blob_state(token, sha256)
    }

    fn blob_get(&mut self, token: &str, range: &BlobRange) -> Result<Vec<u8>, ApiError> {
        self.pass()?;
        if self.fault == Fault::HideBlob(range.sha256) {
            return Err(ErrorCode::NotFound.into());
        }
        let bytes = self.api.blob_get(token, range)?;
        self.carry(bytes.len()).map(|()| bytes)
    }
}
