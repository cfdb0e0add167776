//! What one technician does on one job of the day, from the first step to the sign-off, and what of it is remembered.
//!
//! Every text is another one on every job, so that one that is lost is not found under its neighbour. Read next:
//! [`crate::evidence`].

use fieldcard_schema::id::RecordId;
use serde_json::{Value, json};

use super::{Day, MINUTE};
use crate::AnyError;
use crate::pictures;

impl Day {
    /// Qin acts, and the fields that he fills in so are remembered.
    pub(super) fn enter(
        &mut self,
        (job, kind): (RecordId, &str),
        fields: &Value,
        request: Value,
    ) -> Result<Option<String>, AnyError> {
        for (field, value) in fields.as_object().into_iter().flatten() {
            self.entered.field(job, kind, field, value);
        }
        self.qin.act(request)
    }

    /// A text of the repair. Findings and action are the job's, the rest the main fault's.
    pub(super) fn describe(&mut self, job: RecordId, field: &str, text: &str) -> Result<(), AnyError> {
        let kind = if field == "action" { "job" } else { "fault" };
        let request = json!({"type": "fault.set", "job": job, "field": field, "value": text});
        self.enter((job, kind), &json!({ field: text }), request).map(drop)
    }

    /// On the way home somebody waves: a machine that is in no archive.
    pub(super) fn walk_up(&mut self) -> Result<(), AnyError> {
        let fields = json!({"customer_name": "石砭新料场", "site": "云岭县石砭镇石料厂", "contact_phone": "12900001111",
            "machine_serial": "XG215-90417", "machine_model": "XG215", "report": "顺路请看一下回转异响"});
        let request = json!({"type": "job.create", "customer": fields["customer_name"], "place": fields["site"],
            "phone": fields["contact_phone"], "serial": fields["machine_serial"], "model": fields["machine_model"],
            "job_type": "inspection", "report": fields["report"]});
        let job: RecordId = self.qin.act(request)?.ok_or("no job")?.parse()?;
        for (field, value) in fields.as_object().into_iter().flatten() {
            self.entered.field(job, "job", field, value);
        }
        self.walk_up = Some(job);
        Ok(())
    }

    pub(super) fn repair(&mut self, job: RecordId, n: usize) -> Result<(), AnyError> {
        let visit = self.qin.records(job, "visit")?.pop().ok_or("no visit")?;
        let start = self.clock.ms();
        // On every third job he forgets to tap "arrived" and enters it afterwards.
        let steps: &[&str] =
            if n % 3 == 2 { &["depart", "work"] } else { &["accept", "depart", "arrive", "work"] };
        for step in steps {
            self.clock.pass(12 * MINUTE);
            self.qin.act(json!({"type": format!("visit.{step}"), "visit": visit}))?;
        }
        if n % 3 == 2 {
            let at = start + 20 * MINUTE;
            self.qin.act(json!({"type": "visit.arrive", "visit": visit, "at": at}))?;
        }
        let hours = format!("{}.5", 1_820 + 37 * n);
        let request = json!({"type": "reading.set", "job": job, "meter": "hours", "value": hours});
        self.enter((job, "reading"), &json!({ "value": hours }), request)?;
        for (field, text) in [
            ("phenomenon", format!("热车后动臂无力，第 {n} 台")),
            ("place", format!("主泵 {n} 号位")),
            ("cause", format!("主泵调节器卡滞 {n} 丝")),
            ("action", format!("更换主泵总成，清洗油箱，试机 {n} 次正常")),
        ] {
            self.describe(job, field, &text)?;
        }
        for (phase, picture) in [("fault", 3 * n), ("old_part", 3 * n + 1)] {
            let original = pictures::scene(picture);
            self.qin.photo(job, phase, &original)?;
            self.entered.photo(job, phase, original);
        }
        self.replace_part(job, n)?;
        let text = format!("系统压力 31.{n} MPa");
        let note = json!({"type": "note.add", "job": job, "text": text});
        self.enter((job, "note"), &json!({ "text": text }), note)?;
        let (label, quantity) = (format!("往返石砭 {n}"), (48 + n).to_string());
        let charge = json!({"type": "charge.add", "job": job, "code": "trip", "label": label,
            "quantity": quantity, "amount": 9_600 + n, "currency": "CNY", "payer": "customer"});
        let fields = json!({"label": label, "qty": quantity, "amount": 9_600 + n, "payer": "customer"});
        self.enter((job, "charge"), &fields, charge)?;
        Ok(())
    }

    fn replace_part(&mut self, job: RecordId, n: usize) -> Result<(), AnyError> {
        let (number, name) = (format!("HC31-{:05}B", 2_150 + n), format!("主泵总成 {n} 型"));
        let add =
            json!({"type": "part_line.add", "job": job, "number": number, "name": name, "serialised": true});
        let fields = json!({"in_part": number, "in_name": name, "out_part": number, "out_name": name});
        let line = self.enter((job, "part_line"), &fields, add)?.ok_or("no part line")?;
        let serial = format!("K3V2611{n:04}");
        let fitted = json!({"type": "part_line.set_serial", "line": line, "serial": serial});
        self.enter((job, "part_line"), &json!({ "in_serial": serial }), fitted)?;
        let payer = json!({"type": "part_line.set_payer", "line": line, "payer": "maker"});
        self.enter((job, "part_line"), &json!({"payer": "maker"}), payer)?;
        let old = self.qin.records(job, "old_part")?.pop().ok_or("a part came out and has no record")?;
        let serial = format!("K3V2209{n:04}");
        let removed = json!({"type": "old_part.set_serial", "old_part": old, "serial": serial});
        self.enter((job, "old_part"), &json!({ "serial": serial }), removed)?;
        let goes = "return_urgent";
        let kept = json!({"type": "old_part.set_disposition", "old_part": old, "disposition": goes});
        self.enter((job, "old_part"), &json!({ "disposition": goes }), kept)?;
        Ok(())
    }

    /// Signed, by proxy, refused, absent: in turn.
    pub(super) fn sign_off(&mut self, job: RecordId, n: usize) -> Result<(), AnyError> {
        let visit = self.qin.records(job, "visit")?.pop().ok_or("no visit")?;
        self.qin
            .act(json!({"type": "sign_off.prepare", "visit": visit, "kind": "final", "language": "zh"}))?;
        self.qin.act(json!({"type": "sign_off.hand_over", "visit": visit}))?;
        self.clock.pass(2 * MINUTE);
        let mut confirm = json!({"type": "sign_off.confirm", "visit": visit});
        let more = match n % 4 {
            0 => {
                json!({"how": "signed", "strokes": pictures::ink(n), "words": format!("第 {n} 台修得快，有劲了"),
                "satisfaction": 5, "signer": {"name": format!("许建军 {n}"), "role": "operator", "authority": "listed"}})
            }
            1 => json!({"how": "proxy", "ticked": true, "words": "",
                "signer": {"name": format!("钱启富 {n}"), "role": "site_manager", "authority": "presumed"}}),
            2 => {
                json!({"how": "refused", "reason": "disputes_cost", "words": format!("第 {n} 台先把说法给清楚再签"),
                "witness": format!("罗正华 {n}")})
            }
            _ => json!({"how": "absent", "reason": "nobody_on_site", "witness": format!("赵文斌 {n}")}),
        };
        self.remember_card(job, &more);
        if let (Some(confirm), Some(more)) = (confirm.as_object_mut(), more.as_object()) {
            confirm.extend(more.clone());
        }
        self.qin.act(confirm)?;
        // The seal does not give the phone back: his initials do.
        self.qin.act(json!({"type": "sign_off.take_back", "visit": visit, "initials": "QYS"}))?;
        for step in ["leave", "back"] {
            self.clock.pass(15 * MINUTE);
            self.qin.act(json!({"type": format!("visit.{step}"), "visit": visit}))?;
        }
        Ok(())
    }

    /// What a sign-off says in the customer's own words, names and ink.
    fn remember_card(&mut self, job: RecordId, said: &Value) {
        for (member, value) in ["words", "satisfaction", "witness"]
            .map(|member| (member, &said[member]))
            .into_iter()
            .chain([("name", &said["signer"]["name"])])
        {
            if !value.is_null() && value != "" {
                self.entered.on_card(job, member, value);
            }
        }
        // The pad's size, then the strokes: the card says them apart.
        if let Some((_, strokes)) = said["strokes"].as_str().and_then(|ink| ink.split_once('.')) {
            self.entered.on_card(job, "strokes", &json!(strokes));
        }
    }
}
