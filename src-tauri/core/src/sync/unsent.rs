//! What is unsent, gathered for a file: the pushes that a sync would send, and the blobs that go with them.
//!
//! Reads only: an op stays pending until an outcome names it, whoever carries the file. Half-typed drafts are
//! no ops and stay here. The shape of the file is `fieldcard_schema::unsent`; `driver::unsent_file` writes it.

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::DeviceId;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::unsent::{self, BlobMember, Manifest, PushMember};
use fieldcard_schema::wire::PROTO;
use fieldcard_schema::wire::sync::SyncRequest;

use super::budget::BUDGET_MAX;
use super::push;
use crate::day;
use crate::enrolment::{self, Owner};
use crate::ports::Ports;
use crate::store::{Store, StoreError};

/// Most symbols of a person's name in the name of a file.
const NAME_MAX: usize = 40;

/// Work for a file. The blobs' bytes are read one by one while it is written.
#[derive(Debug, Clone)]
pub struct Unsent {
    /// What the file shall be called.
    pub file_name: String,
    /// What it holds.
    pub manifest: Manifest,
    /// The pushes, as they would go over the wire.
    pub pushes: Vec<Vec<u8>>,
}

/// Gathers it; `None` when the office holds everything.
pub(crate) fn gather(store: &Store, ports: &Ports, owner: &Owner) -> Result<Option<Unsent>, StoreError> {
    let blobs: Vec<BlobMember> = store
        .outbox
        .waiting_blobs()?
        .into_iter()
        .map(|blob| BlobMember { sha256: blob.sha256, size: blob.size, media_type: blob.media_type })
        .collect();
    let identity = enrolment::identity(store, ports)?;
    let key = identity.as_ref().map(|(key, device)| (key, *device));
    let (members, pushes): (Vec<_>, Vec<_>) = pushes(store, key)?.into_iter().unzip();
    if members.is_empty() && blobs.is_empty() {
        return Ok(None);
    }
    let now = ports.clock.read().wall();
    let manifest = Manifest {
        format: unsent::FORMAT.to_owned(),
        v: unsent::VERSION,
        org: owner.org,
        device: owner.device,
        user: owner.user,
        user_name: owner.user_name.clone(),
        app: crate::APP_VERSION.to_owned(),
        at: now.0,
        pushes: members,
        blobs,
        unreadable: Vec::new(),
        unsigned: key.is_none(),
    };
    let file_name = file_name(&owner.user_name, now, ports.clock.offset_minutes());
    Ok(Some(Unsent { file_name, manifest, pushes }))
}

/// The bytes of a manifest and the device's signature over them; none of a device that has lost its key.
pub(crate) fn sign(
    store: &Store,
    ports: &Ports,
    manifest: &Manifest,
) -> Result<(Vec<u8>, String), StoreError> {
    let bytes = serde_json::to_vec(manifest).map_err(|_| StoreError::Damaged("manifest"))?;
    let identity = enrolment::identity(store, ports)?.filter(|_| !manifest.unsigned);
    let signature = identity.map(|(key, device)| unsent::sign(&key, device, &bytes)).unwrap_or_default();
    Ok((bytes, signature))
}

fn pushes(
    store: &Store,
    key: Option<(&SigningKey, DeviceId)>,
) -> Result<Vec<(PushMember, Vec<u8>)>, StoreError> {
    let (mut found, mut behind) = (Vec::new(), 0);
    while let Some((incarnation, next)) = push::behind(store, key, behind, BUDGET_MAX)? {
        behind += next.bodies.len();
        let (from_seq, ops) = (next.from_seq, next.bodies.len() as u64);
        let request = SyncRequest {
            proto: PROTO,
            epoch: None,
            incarnation,
            cursors: std::collections::BTreeMap::new(),
            mark: None,
            outstanding: None,
            own: false,
            budget: None,
            push: Some(next),
            recovered: Vec::new(),
        };
        let bytes = request.encode().map_err(|_| StoreError::Damaged("push"))?;
        found.push((PushMember { sha256: Digest::of(&bytes), incarnation, from_seq, ops }, bytes));
    }
    Ok(found)
}

/// `fieldcard-unsent-秦永胜-20261123-1742.zip`: nothing in it that a file system dislikes.
fn file_name(person: &str, at: Timestamp, offset_minutes: i32) -> String {
    let plain = person.chars().map(|c| if c.is_alphanumeric() { c } else { '-' });
    let person: String = plain.take(NAME_MAX).collect();
    let day = day::of(at, offset_minutes).replace('-', "");
    let minute = (at.0 + i64::from(offset_minutes) * 60_000).rem_euclid(Timestamp::DAY) / 60_000;
    format!("fieldcard-unsent-{person}-{day}-{:02}{:02}.zip", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_person_and_local_time() {
        // 2026-11-23 17:42 in Shanghai.
        let at = Timestamp(1_795_426_920_000);
        assert_eq!(file_name("秦永胜", at, 480), "fieldcard-unsent-秦永胜-20261123-1742.zip");
        assert_eq!(file_name("../a b\\:\u{202e}", at, 0), "fieldcard-unsent----a-b----20261123-0942.zip");
    }
}
