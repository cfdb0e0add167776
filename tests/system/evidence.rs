//! Cards, photos and receipts between both cores: sealed here, held there, and said so.

use fieldcard_card::card::Way;
use fieldcard_card::statement::{Receipt as Statement, ReceiptKind};
use fieldcard_card::{Canonical, Card, Seal, Signed, seal};
use fieldcard_core::sign_off;
use fieldcard_core::store::Place;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card as CardRecord;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::photo::Photo;
use fieldcard_schema::record::receipt::Receipt;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, person};
use fieldcard_tests::path::{Fault, Path};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::TestClock;
use serde_json::{Value, json};

struct Site {
    office: Office,
    device: Device,
    job: RecordId,
    visit: RecordId,
    folder: tempfile::TempDir,
}

fn site() -> Site {
    let clock = TestClock::at(MORNING);
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new(None, &clock, 100).unwrap();
    let report = Some("热车后动臂无力".to_owned());
    let job = Job { assignee: Some(person(1)), report, job_type: Some("repair".into()), ..Job::default() };
    let job = office.create_job(&job).unwrap();
    let visit = office.visit_of(job).unwrap();
    let device = office.phone(Place::folder(folder.path()), &clock).unwrap();
    Site { office, device, job, visit, folder }
}

impl Site {
    fn act(&mut self, request: Value) {
        self.device.act(request).unwrap();
    }

    fn refusal(&mut self, request: Value) -> String {
        let error = self.device.act(request).unwrap_err();
        serde_json::to_value(error.code).unwrap().as_str().unwrap().to_owned()
    }

    fn repair(&mut self) {
        self.device.repair(&self.job.to_string(), &self.visit.to_string()).unwrap();
    }

    fn prepare(&self) -> Value {
        json!({"type": "sign_off.prepare", "visit": self.visit, "kind": "final", "language": "zh"})
    }

    fn confirm(&self) -> Value {
        json!({"type": "sign_off.confirm", "visit": self.visit, "how": "signed", "strokes": pictures::ink(1),
            "signer": {"name": "许建军", "role": "operator", "authority": "listed"}, "words": "好", "satisfaction": 5})
    }

    fn prepare_and_hand_over(&mut self) {
        let prepare = self.prepare();
        self.act(prepare);
        self.act(json!({"type": "sign_off.hand_over", "visit": self.visit}));
    }

    fn records<T: Record>(&mut self) -> Vec<T> {
        let seen = self.device.core.store().unwrap().cache.of_job(self.job).unwrap();
        let own = seen.iter().filter(|seen| seen.state.kind == T::KIND);
        own.map(|seen| T::from_fields(&seen.state.fields).unwrap()).collect()
    }

    fn card_bytes(&mut self, sha256: Digest) -> Vec<u8> {
        self.device.core.store().unwrap().outbox.blob_bytes(sha256, 0, 1 << 20).unwrap().unwrap()
    }
}

#[test]
fn the_signature_waits_for_times_work_done_and_meter_only() {
    let mut site = site();
    let prepare = site.prepare();
    assert_eq!(site.refusal(prepare.clone()), "missing_before_sign_off");
    site.repair();
    site.act(prepare);
}

#[test]
fn what_is_sealed_is_what_was_shown_and_holds_for_this_device() {
    let mut site = site();
    site.repair();
    site.prepare_and_hand_over();
    let shown = sign_off::frozen(site.device.core.store().unwrap(), site.visit).unwrap().unwrap();
    let shown = shown.text().clone();
    let confirm = site.confirm();
    site.act(confirm);
    let record: CardRecord = site.records().pop().unwrap();
    let bytes = site.card_bytes(record.sha256.unwrap());
    let card = Card::parse(&bytes).unwrap();
    assert_eq!(
        (&card.content, &card.parts, &card.consent.text),
        (&shown.content, &shown.parts, &shown.consent.text)
    );
    assert_eq!(card.how.as_ref().unwrap().way, Way::Signed);
    assert_eq!((card.chain.card_seq, card.chain.prev), (1, Digest::ZERO));
    let key = site.device.public_key().unwrap().unwrap();
    let its_seal = Seal(record.seal.unwrap());
    seal::verify(&key, &bytes, &its_seal).unwrap();
    let mut bent = bytes.clone();
    let at = bent.len() / 2;
    bent[at] ^= 1;
    assert!(seal::verify(&key, &bent, &its_seal).is_err());
    let texts: Vec<String> = card.content.iter().map(|row| format!("{}={}", row.1, row.2)).collect();
    assert!(texts.iter().any(|t| t.starts_with("仪表读数=") && t.contains("1846.5")), "{texts:?}");
    assert!(texts.iter().any(|t| t == "处理措施=更换主泵"), "{texts:?}");
}

#[test]
fn a_card_survives_a_kill_between_hand_over_and_confirm_and_is_sealed_once() {
    let mut site = site();
    site.repair();
    site.prepare_and_hand_over();
    let ink = pictures::ink(1);
    site.act(json!({"type": "draft.save", "rec": site.visit, "field": "ink", "value": ink}));
    site.device.restart().unwrap();
    let store = site.device.core.store().unwrap();
    assert_eq!(sign_off::handed_over(store).unwrap(), Some(site.visit));
    let drafts = store.outbox.drafts(site.visit).unwrap();
    assert!(drafts.iter().any(|draft| draft.field == "ink" && draft.value == ink));
    let confirm = site.confirm();
    site.act(confirm.clone());
    site.device.restart().unwrap();
    assert_eq!(site.refusal(confirm), "not_prepared");
    // The seal does not give the device back: the initials do.
    assert_eq!(sign_off::handed_over(site.device.core.store().unwrap()).unwrap(), Some(site.visit));
    let shown = site.device.view(json!({"type": "sign_off", "visit": site.visit})).unwrap();
    assert_eq!(shown["state"], json!("sealed"));
    let prepare = site.prepare();
    assert_eq!(site.refusal(prepare), "handed_over");
    let name = site.device.core.store().unwrap().outbox.ident("user_name").unwrap().to_owned();
    site.act(json!({"type": "sign_off.take_back", "visit": site.visit, "initials": name}));
    assert_eq!(sign_off::handed_over(site.device.core.store().unwrap()).unwrap(), None);
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.office.hub.blob_digests().unwrap().len(), 1);
    assert!(site.folder.path().join("outbox.db").exists());
}

#[test]
fn a_price_that_was_agreed_to_stands_on_the_card_with_who_and_what_he_pays_in_all() {
    let mut site = site();
    site.repair();
    for (code, amount, payer) in
        [("labour", 30_000, "customer"), ("trip", 12_050, "customer"), ("labour", 9_900, "maker")]
    {
        let charge = json!({"type": "charge.add", "job": site.job, "code": code, "amount": amount, "currency": "CNY", "payer": payer});
        site.act(charge);
    }
    let page = site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
    assert_eq!(page["customer_pays"], json!({"minor": 42_050, "currency": "CNY"}));
    let trip = page["charges"].as_array().unwrap().iter().find(|row| row["code"] == "trip").unwrap().clone();
    site.act(json!({"type": "charge.agree", "charge": trip["charge"], "by": "许建军"}));
    let prepare = site.prepare();
    site.act(prepare);
    let view = site.device.view(json!({"type": "sign_off", "visit": site.visit})).unwrap();
    let lines: Vec<String> = view["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["field"].as_str().unwrap().starts_with("cost."))
        .map(|line| format!("{} {}", line["label"].as_str().unwrap(), line["value"].as_str().unwrap()))
        .collect();
    let expected = [
        "工时费 ¥300.00",
        "外出费 ¥120.50",
        "工时费 (三包) ¥99.00",
        "用户应付合计 ¥420.50",
        "事先同意 外出费 ¥120.50 · 许建军",
    ];
    assert_eq!(lines, expected);
    let frozen = sign_off::frozen(site.device.core.store().unwrap(), site.visit).unwrap().unwrap();
    let agreed = &frozen.text().charges.agreed;
    assert_eq!((agreed.len(), agreed[0].name.as_str()), (1, "许建军"));
}

#[test]
fn nobody_signs_with_nothing_and_nobody_goes_back_without_initials() {
    let mut site = site();
    site.repair();
    site.prepare_and_hand_over();
    assert_eq!(site.refusal(json!({"type": "sign_off.discard", "visit": site.visit})), "handed_over");
    let wrong = json!({"type": "sign_off.take_back", "visit": site.visit, "initials": "?"});
    assert_eq!(site.refusal(wrong), "wrong_initials");
    let mut confirm = site.confirm();
    confirm["strokes"] = "".into();
    assert_eq!(site.refusal(confirm), "ink_missing");
    let refused = json!({"type": "sign_off.confirm", "visit": site.visit, "how": "refused"});
    assert_eq!(site.refusal(refused), "invalid_value");
}

#[test]
fn a_receipt_comes_when_every_byte_is_stored_and_late_work_brings_the_next() {
    let mut site = site();
    site.repair();
    site.prepare_and_hand_over();
    let confirm = site.confirm();
    site.act(confirm);
    site.device.exchange(&mut site.office).unwrap();
    let receipt: Receipt = site.records().pop().unwrap();
    assert_eq!(receipt.n, Some(1));
    let store = site.device.core.store().unwrap();
    let ops = store.outbox.all_ops().unwrap().into_iter().map(|op| Digest::of(&op.body));
    let blobs = store.outbox.all_blobs().unwrap().into_iter().map(|blob| blob.sha256);
    let held: Vec<Digest> = ops.chain(blobs).collect();
    assert_eq!(receipt.digest, Some(Statement::digest_over(&held)));
    let statement = Statement {
        v: 1,
        kind: ReceiptKind::Only,
        org: receipt.org.unwrap(),
        epoch: receipt.epoch.unwrap(),
        job: site.job,
        n: 1,
        digest: receipt.digest.unwrap(),
        at: receipt.at.unwrap(),
    };
    let text = String::from_utf8(statement.to_bytes().unwrap()).unwrap();
    let signed = Signed::<Statement>::from_parts(text, Seal(receipt.sig.unwrap()));
    let org = ed25519_dalek::SigningKey::from_bytes(&[8; 32]).verifying_key();
    assert_eq!(signed.verify(&org).unwrap().code(), receipt.code.unwrap());
    site.act(json!({"type": "note.add", "job": site.job, "text": "补充：回油正常"}));
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.records::<Receipt>().pop().unwrap().n, Some(2));
}

#[test]
fn no_receipt_while_a_picture_is_missing() {
    let mut site = site();
    site.repair();
    site.device.photo(&site.job.to_string(), &pictures::scene(1)).unwrap();
    site.prepare_and_hand_over();
    let confirm = site.confirm();
    site.act(confirm);
    let photo = site.records::<Photo>().pop().unwrap().sha256.unwrap();
    for _ in 0..3 {
        site.device.exchange(&mut Path::new(&mut site.office, Fault::LoseBlob(photo))).unwrap();
    }
    let outstanding = site.device.core.store().unwrap().outbox.outstanding().unwrap().unwrap();
    assert_eq!((outstanding.ops, outstanding.blobs), (0, 1), "every word is there, and the card");
    assert!(site.records::<Receipt>().is_empty(), "and nobody says that all is");
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.records::<Receipt>().len(), 1);
}
