//! Confirm: the frozen text gets its sign-off and its seal, and becomes evidence in one transaction.
//!
//! The card's op, its bytes, the steps it brings about and its place in the device's chain of cards commit
//! together. Sealing the final card submits the job.

use fieldcard_card::card::{Authority, Card, How, Ink, Kind, Signer, Way};
use fieldcard_card::{Canonical, FrozenCard, SignOff, seal};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::nfc;
use fieldcard_schema::record;
use fieldcard_schema::record::photo::Photo;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::fold;
use fieldcard_schema::rules::job_state::JobStep;
use serde::Deserialize;
use ts_rs::TS;

use super::prepare;
use crate::actions::plan::PlannedOp;
use crate::actions::{ActionError, ErrorCode, Plan, Scene};
use crate::job_file::{JobFile, as_record};
use crate::language::Language;
use crate::sign_off::{AMENDING, CARD_DRAFTS, frozen, shows};
use crate::store::outbox::NewBlob;

/// Media type of a sealed card.
pub(crate) const CARD_MEDIA_TYPE: &str = "application/vnd.fieldcard.card+json";

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct SignerName {
    /// Name as typed.
    pub name: String,
    /// A code of `contact_roles`.
    #[ts(type = "ContactRole")]
    pub role: String,
    /// By what right.
    #[ts(type = "Authority")]
    pub authority: Authority,
}

/// Confirms a sign-off.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
pub struct Confirm {
    /// The visit.
    #[ts(type = "Id")]
    pub visit: RecordId,
    /// How it ended.
    #[ts(type = "SignHow")]
    pub how: Way,
    /// Who signed.
    #[serde(default)]
    pub signer: Option<SignerName>,
    /// `WxH.strokes`: the pad in tenths of a pixel and the ink as cards hold it; empty where nobody drew.
    #[serde(default)]
    pub strokes: String,
    /// The keyboard path: the name typed and the box ticked.
    #[serde(default)]
    #[ts(optional, type = "boolean")]
    pub ticked: bool,
    /// The customer's own words.
    #[serde(default)]
    pub words: String,
    /// His satisfaction, 1 to 5.
    #[serde(default)]
    pub satisfaction: Option<u8>,
    /// A code of `refusal_reasons` or `absence_reasons`.
    #[serde(default)]
    pub reason: Option<String>,
    /// More about it.
    #[serde(default)]
    pub note: Option<String>,
    /// Who saw it.
    #[serde(default)]
    pub witness: Option<String>,
    /// Photos that show it: sealed with the card where nobody signs.
    #[serde(default)]
    #[ts(optional, type = "Id[]")]
    pub photos: Vec<RecordId>,
}

impl Confirm {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let visit = scene.record(self.visit)?;
        let file = scene.job_file(visit.state.job)?;
        let frozen = frozen(scene.store, self.visit)?.ok_or(ErrorCode::NotPrepared)?;
        // Another card was sealed since: this text's place in the chain is taken.
        if frozen.text().chain != prepare::next_link(scene.store) {
            return Err(ErrorCode::NotPrepared.into());
        }
        let language = Language::of_tag(&frozen.text().language);
        let frozen = self.with_photos(scene, &file, frozen)?;
        let sign_off = self.sign_off(scene, language)?;
        let card = frozen.seal(sign_off).map_err(|_| ErrorCode::InvalidValue)?;
        let bytes = card.to_bytes().map_err(|error| prepare::refused(&error))?;
        let key = scene.signing_key()?;
        let seal = seal::seal(&key, &bytes);
        let hash = Card::hash(&bytes);
        let mut shows = shows(scene.store, self.visit)?;
        shows.extend(&self.photos);
        let amends = file.card_of(self.visit).map(|(seen, _)| seen.rec);
        let record = self.record(scene, &card, (hash, bytes.len(), seal.0));
        let record = record::card::Card { shows, amends, ..record };
        let mut ops = vec![scene.create_as(card.card, Some(file.job()), &record)];
        ops.extend(final_steps(scene, &file, &card));
        let blob = NewBlob {
            sha256: hash,
            media_type: CARD_MEDIA_TYPE.to_owned(),
            job: Some(file.job()),
            rank: 0,
            bytes,
            at: scene.now.0,
        };
        let ident = vec![("card_seq", card.chain.card_seq.to_string()), ("card_prev", hash.to_string())];
        let ended = CARD_DRAFTS.iter().chain([&AMENDING]);
        let clear_drafts = ended.map(|field| (self.visit, (*field).to_owned())).collect();
        Ok(Plan { blobs: vec![blob], ident, clear_drafts, lasting: true, seals: true, ..Plan::of(ops) }
            .making())
    }

    /// The text with what was photographed since it was frozen, where nobody signs it: whoever signs has seen all
    /// that he signs.
    fn with_photos(
        &self,
        scene: &Scene<'_>,
        file: &JobFile,
        frozen: FrozenCard,
    ) -> Result<FrozenCard, ActionError> {
        if self.signs() && !self.photos.is_empty() {
            return Err(ActionError::field(ErrorCode::InvalidValue, "photos"));
        }
        let mut more = Vec::new();
        for rec in &self.photos {
            if frozen.text().attachments.iter().any(|known| known.0 == *rec) {
                continue;
            }
            let seen = scene.record(*rec)?;
            let photo = as_record::<Photo>(&seen).filter(|_| seen.state.job == Some(file.job()));
            let role = if self.how == Way::Refused { "refused" } else { "absent" };
            let named = photo.and_then(|photo| prepare::attachment(*rec, photo, role.to_owned()));
            more.push(named.ok_or_else(|| ActionError::field(ErrorCode::InvalidValue, "photos"))?);
        }
        frozen.with_attachments(more).map_err(|_| ActionError::field(ErrorCode::InvalidValue, "photos"))
    }

    fn signs(&self) -> bool {
        matches!(self.how, Way::Signed | Way::Proxy)
    }

    fn signers(&self, language: Language, identified: &str) -> Result<Vec<Signer>, ActionError> {
        let named = self.signer.as_ref().filter(|signer| !signer.name.trim().is_empty());
        match named {
            _ if !self.signs() => Ok(Vec::new()),
            None => Err(ActionError::field(ErrorCode::InvalidValue, "signer")),
            Some(signer) if self.how == Way::Proxy && signer.authority == Authority::Own => {
                Err(ActionError::field(ErrorCode::InvalidValue, "authority"))
            }
            Some(signer) => Ok(vec![Signer {
                name: nfc(signer.name.trim()),
                role: language.name("contact_roles", &signer.role),
                authority: signer.authority,
                identified: identified.to_owned(),
            }]),
        }
    }

    fn sign_off(&self, scene: &Scene<'_>, language: Language) -> Result<SignOff, ActionError> {
        let signs = self.signs();
        let ink = self.ink()?;
        if signs && ink.is_none() && !self.ticked {
            return Err(ErrorCode::InkMissing.into());
        }
        let identified = if self.ticked && ink.is_none() { "typed" } else { "in_person" };
        let signers = self.signers(language, identified)?;
        let list = if self.how == Way::Refused { "refusal_reasons" } else { "absence_reasons" };
        let reason = match (&self.reason, signs) {
            (Some(code), _) => {
                let named = language.name(list, code);
                Some(
                    self.note
                        .as_ref()
                        .filter(|n| !n.trim().is_empty())
                        .map_or(named.clone(), |n| language.explained(&named, n)),
                )
            }
            (None, true) => self.note.clone().filter(|n| !n.trim().is_empty()),
            (None, false) => return Err(ActionError::field(ErrorCode::InvalidValue, "reason")),
        };
        let words = Some(nfc(self.words.trim())).filter(|words| !words.is_empty());
        Ok(SignOff {
            how: How {
                way: self.how,
                reason: reason.map(|reason| nfc(&reason)),
                witness: self.witness.as_ref().map(|w| nfc(w.trim())).filter(|w| !w.is_empty()),
            },
            signers,
            words,
            satisfaction: self.satisfaction,
            ink: ink.filter(|_| signs),
            signed: scene.now,
        })
    }

    fn ink(&self) -> Result<Option<Ink>, ActionError> {
        if self.strokes.is_empty() {
            return Ok(None);
        }
        let read = || {
            let (pad, strokes) = self.strokes.split_once('.')?;
            let (width, height) = pad.split_once('x')?;
            Some(Ink { pad: (width.parse().ok()?, height.parse().ok()?), strokes: strokes.to_owned() })
        };
        read().map(Some).ok_or_else(|| ActionError::field(ErrorCode::InvalidValue, "strokes"))
    }

    fn record(
        &self,
        scene: &Scene<'_>,
        card: &Card,
        (hash, size, seal): (Digest, usize, String),
    ) -> record::card::Card {
        let mut record = record::card::Card {
            visit: Some(self.visit),
            card_kind: Some(if card.kind == Kind::Final { "final" } else { "interim" }.into()),
            how: serde_json::to_value(self.how).ok().and_then(|v| v.as_str().map(str::to_owned)),
            sha256: Some(hash),
            size: i64::try_from(size).ok(),
            seal: Some(seal),
            card_seq: i64::try_from(card.chain.card_seq).ok(),
            prev: Some(card.chain.prev),
            signed_at: Some(scene.now.wall()),
            ..record::card::Card::default()
        };
        if let Some(signer) = card.signers.as_ref().and_then(|signers| signers.first()) {
            record.rest.insert("signer".into(), signer.name.clone().into());
        }
        record
    }
}

/// Sealing the final card says that the work is done and submits the job.
fn final_steps(scene: &mut Scene<'_>, file: &JobFile, card: &Card) -> Vec<PlannedOp> {
    let mut state = file.status.job.state;
    let mut ops = Vec::new();
    for step in [JobStep::WorkDone, JobStep::Submitted] {
        if card.kind != Kind::Final {
            break;
        }
        if let Some(next) = fold::next(state, step) {
            let record = Step {
                subject: Some(file.job()),
                of: Some("job".into()),
                step: Some(step.code().to_owned()),
                at: Some(scene.now.wall()),
                ..Step::default()
            };
            ops.push(scene.create(Some(file.job()), &record));
            state = next;
        }
    }
    ops
}
