//! A technician's day in a world: repairs, photos, sign-offs, and an exchange whenever there is a bar.

use fieldcard_schema::id::RecordId;
use serde_json::{Value, json};

use super::device::Acted;
use super::disk::End;
use super::world::{MINUTE, World, YEARS_5};
use crate::AnyError;
use crate::pictures;

impl World {
    /// A technician's day: his jobs, with an exchange in between whenever there is a bar.
    pub(super) fn work(&mut self, n: usize) -> Result<(), AnyError> {
        self.plan_disk_faults(n);
        let jobs: Vec<RecordId> =
            self.jobs.iter().filter(|(who, _)| *who == n).map(|(_, job)| *job).collect();
        for (at, job) in jobs.into_iter().enumerate() {
            self.repair(n, job, at)?;
            for _ in 0..=self.below(2) {
                self.sometime_exchange(n)?;
            }
            if self.one_in(12) {
                let years = self.below(usize::try_from(2 * YEARS_5)?);
                self.devices[n].clock.jump(i64::try_from(years)? - YEARS_5);
                self.counts.clock_jumps += 1;
            }
        }
        if self.one_in(2) {
            self.devices[n].end(End::Kill);
        }
        Ok(())
    }

    fn act(&mut self, n: usize, request: &Value) -> Result<Option<String>, AnyError> {
        self.time.pass(MINUTE);
        let acted = self.devices[n].act(request)?;
        self.oracle.look_at(&mut self.devices[n])?;
        match acted {
            Acted::Saved(done) => {
                self.counts.saved += 1;
                Ok(done.rec.clone())
            }
            Acted::Hit => {
                self.counts.hit += 1;
                Ok(None)
            }
            Acted::Refused => Ok(None),
        }
    }

    fn repair(&mut self, n: usize, job: RecordId, at: usize) -> Result<(), AnyError> {
        let visit = self.devices[n].look(|store| {
            let records = store.cache.of_job(job)?;
            Ok(records.into_iter().rfind(|seen| seen.state.kind == "visit").map(|seen| seen.rec))
        })?;
        // He may not have heard of it yet.
        let Some(Some(visit)) = visit else { return Ok(()) };
        for step in ["depart", "arrive", "work"] {
            self.act(n, &json!({"type": format!("visit.{step}"), "visit": visit}))?;
        }
        let word = format!("原因{}", self.below(4));
        self.act(n, &json!({"type": "fault.set", "job": job, "field": "cause", "value": word}))?;
        self.act(n, &json!({"type": "fault.set", "job": job, "field": "phenomenon", "value": "动臂没劲"}))?;
        self.act(n, &json!({"type": "note.add", "job": job, "text": "压力正常"}))?;
        if at % 4 == 1 {
            self.act(n, &json!({"type": "job.propose", "job": job, "field": "site", "value": word}))?;
        }
        if at.is_multiple_of(2) {
            self.photo(n, job)?;
        }
        if at.is_multiple_of(4) {
            self.sign(n, job, visit)?;
        }
        Ok(())
    }

    fn photo(&mut self, n: usize, job: RecordId) -> Result<(), AnyError> {
        let size = 200 + self.below(40_000);
        let bytes: Vec<u8> = (0..size).map(|_| self.chance.draw().to_le_bytes()[0]).collect();
        let begin = json!({"type": "photo.begin", "size": size, "media_type": "image/jpeg"});
        let Some(photo) = self.act(n, &begin)? else { return Ok(()) };
        let base64 = pictures::to_base64(&bytes);
        self.act(n, &json!({"type": "photo.chunk", "photo": photo, "index": 0, "base64": base64}))?;
        let finish = json!({"type": "photo.finish", "photo": photo, "job": job, "phase": "fault"});
        if self.act(n, &finish)?.is_some() {
            self.counts.photos += 1;
        }
        Ok(())
    }

    fn sign(&mut self, n: usize, job: RecordId, visit: RecordId) -> Result<(), AnyError> {
        self.act(n, &json!({"type": "reading.set", "job": job, "meter": "hours", "value": "1846.5"}))?;
        self.act(n, &json!({"type": "fault.set", "job": job, "field": "place", "value": "主泵"}))?;
        self.act(n, &json!({"type": "fault.set", "job": job, "field": "action", "value": "更换主泵"}))?;
        self.act(n, &json!({"type": "sign_off.prepare", "visit": visit, "kind": "final", "language": "zh"}))?;
        self.act(n, &json!({"type": "sign_off.hand_over", "visit": visit}))?;
        let confirm = json!({"type": "sign_off.confirm", "visit": visit, "how": "signed", "words": "好",
            "strokes": pictures::ink(1), "satisfaction": 5,
            "signer": {"name": "许建军", "role": "operator", "authority": "listed"}});
        if self.act(n, &confirm)?.is_some() {
            self.counts.sealed += 1;
        }
        self.act(n, &json!({"type": "visit.leave", "visit": visit}))?;
        Ok(())
    }
}
