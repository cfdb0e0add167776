//! What an action wants stored. A plan has no identity and no time yet; [`Plan::into_work`] gives it both.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::{Fields, nfc};
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::{self, Act, BODY_MAX, Base, Group, OP_VERSION, Op, OpError, Origin};
use serde_json::Value;

use super::{ActionError, ErrorCode};
use crate::enrolment::Owner;
use crate::ports::Ports;
use crate::store::outbox::{Draft, NewBlob, NewOp, Work};

/// An op without identity and time.
#[derive(Debug, Clone)]
pub struct PlannedOp {
    /// Kind of the record.
    pub kind: String,
    /// The record.
    pub rec: RecordId,
    /// The job it hangs on.
    pub job: Option<RecordId>,
    /// What it does.
    pub act: Act,
    /// The fields it names.
    pub set: Fields,
    /// What its author saw.
    pub base: Option<Base>,
    /// The record before it, for taking it back.
    pub before: Option<RecordState>,
}

/// The ops of one user action and what goes with them.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The ops, in their order.
    pub ops: Vec<PlannedOp>,
    /// Blobs that they name.
    pub blobs: Vec<NewBlob>,
    /// Small pictures of photos among them.
    pub thumbs: Vec<(Digest, Vec<u8>)>,
    /// Drafts that become ops here.
    pub clear_drafts: Vec<(RecordId, String)>,
    /// Drafts that it leaves.
    pub save_drafts: Vec<Draft>,
    /// Values of the device's own that change with it.
    pub ident: Vec<(&'static str, String)>,
    /// The record that the caller wants to know.
    pub made: Option<RecordId>,
    /// It cannot be taken back: a sealing, an undo.
    pub lasting: bool,
    /// It seals a card: the keystore shall know of it.
    pub seals: bool,
}

impl Plan {
    /// A plan of these ops.
    pub fn of(ops: Vec<PlannedOp>) -> Self {
        Self { ops, ..Self::default() }
    }

    /// The same, answering with the record of its first op.
    #[must_use]
    pub fn making(mut self) -> Self {
        self.made = self.ops.first().map(|op| op.rec);
        self
    }

    /// The same, ending the draft of a field.
    #[must_use]
    pub fn ending_draft(mut self, rec: RecordId, field: &str) -> Self {
        self.clear_drafts.push((rec, field.to_owned()));
        self
    }

    /// Gives the ops identity, group and time. Returns the records they touch, too.
    pub(super) fn into_work(
        self,
        ports: &mut Ports,
        owner: &Owner,
    ) -> Result<(Work, Vec<RecordId>), ActionError> {
        let n = u32::try_from(self.ops.len()).map_err(|_| ErrorCode::TooLarge)?;
        let group = (n > 1).then(|| ports.group_id());
        let (mut ops, mut bodies, mut recs) = (Vec::new(), Vec::new(), Vec::new());
        for (i, planned) in (0..n).zip(self.ops) {
            let clock = ports.clock.read();
            let op = Op {
                v: OP_VERSION,
                op_id: ports.op_id(),
                user: owner.user,
                device: Origin::Device(owner.device),
                kind: planned.kind,
                rec: planned.rec,
                job: planned.job,
                act: planned.act,
                set: normal_fields(planned.set),
                base: planned.base,
                group: group.map(|id| Group { id, i, n }),
                t: clock,
                tz: ports.clock.zone(),
                app: crate::APP_VERSION.to_owned(),
            };
            let body = op.encode().map_err(|e| refused(&e))?;
            let job = if op.kind == "job" { Some(op.rec) } else { op.job };
            ops.push(NewOp {
                op_id: op.op_id,
                rec: op.rec,
                job,
                body: body.as_bytes().to_vec(),
                at: clock.0,
            });
            bodies.push(body);
            recs.push(op.rec);
        }
        op::check_group(&bodies).map_err(|e| refused(&e))?;
        let work = Work {
            ops,
            blobs: self.blobs,
            thumbs: self.thumbs,
            clear_drafts: self.clear_drafts,
            save_drafts: self.save_drafts,
            ident: self.ident,
        };
        Ok((work, recs))
    }
}

fn refused(error: &OpError) -> ActionError {
    match error {
        OpError::TooLarge(bytes) => ActionError::too_large(*bytes, BODY_MAX),
        OpError::Invalid(_) | OpError::TooNew(_) => ErrorCode::InvalidValue.into(),
    }
}

/// All text in normal form C, as ops must have it.
fn normal_fields(fields: Fields) -> Fields {
    fields.into_iter().map(|(name, value)| (name, normal_value(value))).collect()
}

fn normal_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(nfc(&text)),
        Value::Array(list) => Value::Array(list.into_iter().map(normal_value).collect()),
        Value::Object(map) => Value::Object(normal_fields(map)),
        other => other,
    }
}
