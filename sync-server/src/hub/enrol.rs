//! Enrolment: a one-time code binds a device's key to a person.
//!
//! A wrong secret costs a try and is remembered; the right one is marked used in the transaction that makes
//! the device. The very same request again gets the same answer: the first one may have been lost.

use ed25519_dalek::VerifyingKey;
use fieldcard_schema::id::{DeviceId, RecordId, UserId};
use fieldcard_schema::record::office_act::OfficeAct;
use fieldcard_schema::rules::tag_code::{self, Prefix};
use fieldcard_schema::wire::enrol::{
    CODE_MINUTES, CODE_TRIES, EnrolAnswer, EnrolCode, EnrolRequest, from_base64, to_base64,
};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::ledger::Ledger;
use super::office::Actor;
use super::{Hub, HubError};
use crate::storage::StorageError;
use crate::storage::devices::{Device, DeviceState, FormerKey, StoredCode};

/// Tag prefixes that a device gets: one to use and spares, one of which each further life of its store takes.
const PREFIXES: u32 = 4;

/// Symbols of a prefix, which a tag code begins with.
const PREFIX_LEN: usize = 4;

/// Most bytes of a device's label and app version.
const LABEL_MAX: usize = 200;

impl Hub {
    /// A new one-time code for `user`, to be shown once: `typed` by hand, or as QR.
    pub fn make_code(&mut self, user: UserId, typed: bool) -> Result<EnrolCode, ApiError> {
        self.write(|ledger| ledger.new_code(user, None, typed))
    }

    /// Two such codes for one device: to type, and as QR. When one is used the other is.
    pub fn make_codes(&mut self, user: UserId) -> Result<(EnrolCode, EnrolCode), ApiError> {
        self.write(|ledger| Ok((ledger.new_code(user, None, true)?, ledger.new_code(user, None, false)?)))
    }

    /// Two such codes, to type and as QR, that give a device which lost its key another one. Who asks for them is
    /// written down. A device that was shut out gets none.
    pub fn make_key_codes_by(
        &mut self,
        by: &Actor,
        device: DeviceId,
    ) -> Result<(EnrolCode, EnrolCode), ApiError> {
        self.write(|ledger| {
            let known = ledger.tx.device(device)?.ok_or(ErrorCode::NotFound)?;
            if known.state == DeviceState::Revoked {
                return Err(ErrorCode::Revoked.into());
            }
            let typed = ledger.new_code(known.user, Some(device), true)?;
            let scanned = ledger.new_code(known.user, Some(device), false)?;
            ledger.note_act(by, &OfficeAct::on_device("device_new_key", device))?;
            Ok((typed, scanned))
        })
    }

    /// The same by whoever rules the server.
    pub fn make_key_codes(&mut self, device: DeviceId) -> Result<(EnrolCode, EnrolCode), ApiError> {
        let office = Actor::org(self.config.org);
        self.make_key_codes_by(&office, device)
    }

    /// All tag prefixes of a device, if they are more than its enrolment gave. A store that was restored or
    /// copied takes the next spare; a device always has [`PREFIXES`] that none of its lives has used.
    pub(super) fn granted_prefixes(&mut self, device: Device) -> Result<Vec<String>, ApiError> {
        let lives = self.read(|ledger| Ok(ledger.tx.chains(device.id)?.len()))?;
        let wanted = lives.saturating_sub(1) + PREFIXES as usize;
        let mut prefixes = device.prefixes.clone();
        if prefixes.len() < wanted {
            prefixes = self.write(|ledger| {
                let mut device = device;
                while device.prefixes.len() < wanted {
                    device.prefixes.extend(ledger.new_prefixes()?);
                }
                ledger.tx.put_device(&device)?;
                Ok(device.prefixes)
            })?;
        }
        Ok(if prefixes.len() > PREFIXES as usize { prefixes } else { Vec::new() })
    }

    /// Answers an enrolment. A wrong secret is written down before it is refused.
    pub(super) fn take_in(&mut self, request: &EnrolRequest) -> Result<EnrolAnswer, ApiError> {
        self.write(|ledger| match ledger.enrol(request) {
            Err(HubError::Refused(refusal)) if refusal.code == ErrorCode::CodeWrong => Ok(Err(refusal)),
            done => done.map(Ok),
        })?
    }
}

impl Ledger<'_> {
    fn new_code(
        &mut self,
        user: UserId,
        device: Option<DeviceId>,
        typed: bool,
    ) -> Result<EnrolCode, HubError> {
        let mut random = [0; 20];
        self.chance.fill(&mut random);
        let mut code = EnrolCode::from_random(&random, typed);
        // The name is short: a live code of the same name keeps it.
        while self.tx.code(&code.name)?.is_some_and(|held| held.expires >= self.now) {
            self.chance.fill(&mut random);
            code = EnrolCode::from_random(&random, typed);
        }
        self.tx.put_code(&StoredCode {
            name: code.name.clone(),
            key: code.key(),
            user,
            device,
            expires: self.now.plus(i64::from(CODE_MINUTES) * 60_000),
            tries: 0,
            used: None,
        })?;
        Ok(code)
    }

    fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolAnswer, HubError> {
        let code = self.tx.code(&request.code)?.ok_or(ErrorCode::CodeWrong)?;
        if code.tries >= CODE_TRIES {
            return Err(ErrorCode::CodeWrong.into());
        }
        if !request.is_sealed(code.key) {
            self.tx.put_code(&StoredCode { tries: code.tries + 1, ..code })?;
            return Err(ErrorCode::CodeWrong.into());
        }
        if code.expires < self.now {
            return Err(ErrorCode::CodeExpired.into());
        }
        let device = match &code.used {
            None => self.admit(request, &code)?,
            Some((id, mac)) if *id == request.device && *mac == request.mac => {
                self.tx.device(*id)?.ok_or(StorageError::Damaged("device"))?
            }
            Some(_) => return Err(ErrorCode::CodeUsed.into()),
        };
        self.enrol_answer(request, &code, device)
    }

    /// Makes the device, or gives the one that the code is for a new key beside those that it had.
    fn admit(&mut self, request: &EnrolRequest, code: &StoredCode) -> Result<Device, HubError> {
        let invalid = |field| HubError::from(ApiError::about(ErrorCode::InvalidValue, field));
        let key = from_base64::<32>(&request.device_key).ok_or_else(|| invalid("device_key"))?;
        VerifyingKey::from_bytes(&key).map_err(|_| invalid("device_key"))?;
        if request.label.len() > LABEL_MAX || request.app.len() > LABEL_MAX {
            return Err(invalid("label"));
        }
        let known = self.tx.device(request.device)?;
        // A code for a new device never touches the key of a known one, and one for a new key nothing else.
        if known.as_ref().map(|known| known.id) != code.device {
            return Err(invalid("device"));
        }
        if known.as_ref().is_some_and(|known| known.state == DeviceState::Revoked) {
            return Err(ErrorCode::Revoked.into());
        }
        let state = if self.config.confirm_devices { DeviceState::Unconfirmed } else { DeviceState::Active };
        let device = Device {
            id: request.device,
            user: code.user,
            key,
            state,
            label: request.label.clone(),
            app: request.app.clone(),
            former: known.as_ref().map(|known| self.with_former(known)).unwrap_or_default(),
            seen_at: known.as_ref().and_then(|known| known.seen_at),
            held: known.as_ref().and_then(|known| known.held),
            partial: known.as_ref().is_none_or(|known| known.partial),
            forked_at: known.as_ref().and_then(|known| known.forked_at),
            prefixes: match known {
                Some(known) => known.prefixes,
                None => self.new_prefixes()?,
            },
            enrolled_at: self.now,
        };
        self.tx.put_device(&device)?;
        let used = StoredCode { used: Some((device.id, request.mac.clone())), ..code.clone() };
        self.tx.put_code(&used)?;
        self.tx.spend_twin(&used)?;
        self.audience_of(code.user)?;
        Ok(device)
    }

    /// The keys of a device that gets another: its present one is the last of them.
    fn with_former(&self, known: &Device) -> Vec<FormerKey> {
        let last = FormerKey { key: known.key, from: known.enrolled_at, until: self.now };
        known.former.iter().copied().chain([last]).collect()
    }

    fn new_prefixes(&mut self) -> Result<Vec<String>, HubError> {
        let first = self.tx.take_prefixes(PREFIXES)?;
        let prefix = |number| Some(tag_code::make(Prefix::given(number)?, 0).text()[..PREFIX_LEN].to_owned());
        let prefixes: Option<Vec<String>> = (first..first + PREFIXES).map(prefix).collect();
        Ok(prefixes.ok_or(StorageError::Damaged("prefixes"))?)
    }

    fn enrol_answer(
        &self,
        request: &EnrolRequest,
        code: &StoredCode,
        device: Device,
    ) -> Result<EnrolAnswer, HubError> {
        let person = self.tx.record(RecordId(code.user.0))?;
        let name = person.as_ref().and_then(|person| person.state.fields.get("name")?.as_str());
        let answer = EnrolAnswer {
            org: self.config.org,
            org_name: self.config.org_name.clone(),
            org_key: to_base64(&self.config.org_key),
            user: code.user,
            user_name: name.unwrap_or_default().to_owned(),
            tag_prefixes: device.prefixes,
            tls_key: self.config.tls_key,
            mac: String::new(),
        };
        Ok(answer.sealed(code.key, request))
    }
}
