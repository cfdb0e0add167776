//! Makes the vector files: name → bytes of a `.fieldcard` file. What each must lead to stands in
//! fixtures/vectors.csv, written by hand; nothing here knows it.

use fieldcard_card::bundle::Bundle;
use fieldcard_card::canonical::Canonical;
use fieldcard_card::card::{Authority, Card, ClockTrust, Kind, Place, Way};
use fieldcard_card::endorsement::EndorsementKind;
use fieldcard_card::statement::{Checkpoint, CheckpointKind};
use fieldcard_card::{Seal, Signed, b64};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, RecordId};
use fieldcard_schema::time::{ClockReading, Timestamp};
use serde_json::json;

use super::world::*;

type Vector = (&'static str, Vec<u8>);

/// Every vector, in the order of the table.
pub(crate) fn all() -> Vec<Vector> {
    let groups =
        [good(), changed_text(), hostile_bytes(), impossible_cards(), seals(), office(), named(), files()];
    groups.concat()
}

fn file(bundle: &Bundle) -> Vec<u8> {
    bundle.to_bytes().unwrap()
}

/// `base` bent by `bend`, as a file.
fn bent(base: Bundle, bend: impl FnOnce(&mut Bundle)) -> Vec<u8> {
    let mut bundle = base;
    bend(&mut bundle);
    file(&bundle)
}

fn good() -> Vec<Vector> {
    let pretty: serde_json::Value = serde_json::from_slice(&file(&bare(GOLDEN))).unwrap();
    let pretty = serde_json::to_vec_pretty(&pretty).unwrap();
    let chain = chain();
    let rekeyed = bent(chained(&chain[..2], |_| {}), |bundle| {
        bundle.chain.as_mut().unwrap().cards[1] = sealed(COLLEAGUE, &chain[1]);
        bundle.org_key = Some(public(ORG).into());
        bundle.device_keys = vec![word(|_| {}), word(|word| word.key = public(COLLEAGUE))];
    });
    let batch = |record: &mut fieldcard_card::endorsement::Endorsement| {
        record.kind = EndorsementKind::Batch;
        record.cards.push(Digest::of(b"another machine's card"));
        record.cards.sort_unstable();
    };
    vec![
        ("good-bare", file(&bare(GOLDEN))),
        ("good-whole", file(&whole(GOLDEN))),
        ("good-whole-pinned", file(&whole(GOLDEN))),
        ("good-white-space", pretty),
        ("good-photos-beside", bent(bare(GOLDEN), |bundle| bundle.attachments.clear())),
        ("good-receipt-alone", bent(whole(GOLDEN), |b| b.receipt.as_mut().unwrap().held = None)),
        ("good-second-receipt", bent(whole(GOLDEN), |b| b.receipt = Some(receipt(GOLDEN, |r| r.n = 2)))),
        (
            "good-revoked-later",
            bent(whole(GOLDEN), |b| {
                b.device_keys.push(word(|word| word.until = Some(Timestamp(LATER))));
            }),
        ),
        ("good-slot-not-checked", bent(bare(GOLDEN), |b| b.rfc3161 = Some(json!("MIIB")))),
        ("good-refused", file(&whole(&unsigned(Way::Refused)))),
        ("good-absent", file(&whole(&unsigned(Way::Absent)))),
        (
            "good-proxy",
            file(&whole(&card(|card| {
                card.how.as_mut().unwrap().way = Way::Proxy;
                card.signers.as_mut().unwrap()[0].authority = Authority::Presumed;
            }))),
        ),
        ("good-typed-name", file(&whole(&card(|card| card.ink = None)))),
        (
            "good-interim-no-place",
            file(&whole(&card(|card| {
                card.kind = Kind::Interim;
                card.place = Place::None("denied".into());
                card.checkpoint = None;
                card.job.number = None;
                card.satisfaction = None;
                card.words = None;
            }))),
        ),
        (
            "good-odd-characters",
            file(&whole(&card(|card| {
                card.words = Some("\"\\/\u{8}\t\n\u{c}\r\u{1f}\u{7f}\u{2028}é🔧\u{202e}".into());
            }))),
        ),
        (
            "good-clock-ten-years-off",
            file(&whole(&card(|card| {
                let ten_years = 315_576_000_000;
                shift(card, ten_years, 0);
            }))),
        ),
        (
            "good-rebooted-in-between",
            file(&whole(&card(|card| {
                let rebooted = ClockReading(1_762_999_999_000, 1000, 4);
                card.times.signed = Some(rebooted);
                card.consent.time = Some(rebooted);
            }))),
        ),
        ("good-chain", file(&chained(&chain, |_| {}))),
        (
            "good-chain-from-two",
            bent(chained(&chain[1..], |slot| slot.from = 2), |b| {
                b.card = sealed(DEVICE, &chain[2]);
            }),
        ),
        (
            "good-chain-old-head",
            file(&chained(&chain, |slot| {
                slot.head = chained(&chain[..2], |_| {}).chain.unwrap().head;
            })),
        ),
        ("good-chain-new-key", rekeyed),
        ("good-countersign", file(&endorsed(vec![countersign(|_| {})]))),
        ("good-stamp", bent(endorsed(vec![countersign(stamp)]), |b| b.attachments.push(inline(STAMP)))),
        ("good-batch", file(&endorsed(vec![countersign(batch)]))),
        ("good-amendment", bent(whole(&amendment()), |b| b.amended = Some(sealed(DEVICE, GOLDEN)))),
    ]
}

/// One change to the text, the seal left as it was.
fn changed_text() -> Vec<Vector> {
    let other_ink = Card::parse(&chain()[1]).unwrap().ink.unwrap().strokes;
    let ink = golden().ink.unwrap().strokes;
    let checkpoint =
        format!("\"checkpoint\":{}", serde_json::to_string(&golden().checkpoint.unwrap()).unwrap());
    let changes: Vec<(&'static str, &str, &str)> = vec![
        ("text-value", "热车后动臂无力", "热车后动臂有力"),
        ("text-label", "\"液压滤芯\"", "\"液压滤网\""),
        ("text-price", "380.00", "880.00"),
        ("text-agreed-price", "费用 380 元", "费用 880 元"),
        ("text-agreed-time", "[1762990000000,", "[1762980000000,"),
        ("text-consent", "并确认服务已完成", "并同意全部费用"),
        ("text-part-number", "\"新件编号\",\"P24-118\"", "\"新件编号\",\"P24-119\""),
        ("text-disposition", "紧急返厂", "用户留存"),
        ("text-strokes-swapped", &ink, &other_ink),
        ("text-pad", "[6000,3000]", "[6000,3001]"),
        ("text-satisfaction", "\"satisfaction\":5", "\"satisfaction\":1"),
        ("text-words", "谢谢", "多谢"),
        (
            "text-signer",
            "\"identified\":\"known\",\"name\":\"王大力\"",
            "\"identified\":\"known\",\"name\":\"王大刀\"",
        ),
        ("text-authority", "\"authority\":\"self\"", "\"authority\":\"listed\""),
        ("text-way", "\"reason\":null,\"way\":\"signed\"", "\"reason\":null,\"way\":\"proxy\""),
        ("text-signed-wall", "1762999999000,15360000,3],\"trust\"", "1762999998000,15360000,3],\"trust\""),
        ("text-signed-boot", "15360000,3],\"trust\"", "15360000,4],\"trust\""),
        ("text-trust", "\"trust\":\"checked\"", "\"trust\":\"unchecked\""),
        ("text-place", "398612345", "398612346"),
        ("text-technician", "赵师傅", "钱师傅"),
        ("text-org", "北方机械", "南方机械"),
        ("text-job", "FW20251112-003", "FW20251112-004"),
        ("text-attachment-hash", "ec1fb770", "ec1fb771"),
        ("text-attachment-role", "\"fault\"]", "\"new_part\"]"),
        ("text-device", "0d000000-0000-7000-8000-000000000001", "0d000000-0000-7000-8000-000000000002"),
        ("text-incarnation", "00010203fcfdfeff", "00010203fcfdfefe"),
        ("text-app", "\"app\":\"0.1.0\"", "\"app\":\"0.1.1\""),
        ("text-kind", "\"kind\":\"final\",\"language\"", "\"kind\":\"interim\",\"language\""),
        ("text-zone", "Asia/Shanghai", "Asia/Kolkata"),
        ("text-language", "\"language\":\"zh-CN\",\"old_parts\"", "\"language\":\"en\",\"old_parts\""),
        ("text-checkpoint-dropped", &checkpoint, "\"checkpoint\":null"),
    ];
    let swap = |from: &str, to: &str| {
        let text = golden_text().replacen(from, to, 1);
        assert_ne!(text, golden_text(), "{from}");
        bent(bare(GOLDEN), |bundle| bundle.card.bytes = b64::encode(text.as_bytes()))
    };
    let mut vectors: Vec<_> = changes.into_iter().map(|(name, from, to)| (name, swap(from, to))).collect();
    let spelt = |bytes: &[u8]| bent(bare(GOLDEN), |bundle| bundle.card.bytes = b64::encode(bytes));
    vectors.extend([
        ("text-last-byte-gone", spelt(&GOLDEN[..GOLDEN.len() - 1])),
        ("text-newline-added", spelt(&[GOLDEN, b"\n"].concat())),
        ("text-twice", spelt(&[GOLDEN, GOLDEN].concat())),
        ("text-empty", spelt(b"")),
        ("text-other-card", spelt(&chain()[1])),
        ("text-padded", bent(bare(GOLDEN), |bundle| bundle.card.bytes.push('='))),
    ]);
    vectors
}

/// Bytes that no honest app writes, but sealed with the device's key: the seal holds, the text must not.
fn hostile_bytes() -> Vec<Vector> {
    let changes = [
        ("bytes-duplicate-key", "\"v\":1", "\"v\":1,\"v\":1"),
        ("bytes-duplicate-inner-key", "\"app\":\"0.1.0\"", "\"app\":\"0.1.0\",\"app\":\"0.1.0\""),
        ("bytes-escaped-duplicate-key", "\"v\":1", "\"v\":1,\"\\u0076\":1"),
        ("bytes-float", "\"satisfaction\":5", "\"satisfaction\":5.0"),
        ("bytes-exponent", "\"satisfaction\":5", "\"satisfaction\":5e0"),
        ("bytes-minus-zero", "\"radius_m\":12", "\"radius_m\":-0"),
        ("bytes-leading-zero", "\"radius_m\":12", "\"radius_m\":012"),
        ("bytes-beyond-2-53", "[1762999700000", "[9007199254740993"),
        (
            "bytes-key-order",
            "{\"language\":\"zh-CN\",\"name\":\"王大力\"",
            "{\"name\":\"王大力\",\"language\":\"zh-CN\"",
        ),
        ("bytes-space", "\"v\":1", "\"v\": 1"),
        ("bytes-escape-letter", "服务卡", "\\u670d务卡"),
        ("bytes-escape-slash", "Asia/", "Asia\\/"),
        ("bytes-escape-newline", "\\n", "\\u000a"),
        ("bytes-bom", "{\"amends\"", "\u{feff}{\"amends\""),
        ("bytes-nfd", "赵师傅", "Re\u{301}gis"),
        ("bytes-lone-surrogate", "赵师傅", "\\ud83d"),
        ("bytes-unknown-member", "\"amends\"", "\"aa\":null,\"amends\""),
        ("bytes-unknown-inner-member", "{\"app\"", "{\"aa\":1,\"app\""),
        ("bytes-member-gone", "\"amends\":null,", ""),
        (
            "bytes-list-for-object",
            "{\"card_seq\":1,\"prev\":\"0000000000000000000000000000000000000000000000000000000000000000\"}",
            "[1,\"0000000000000000000000000000000000000000000000000000000000000000\"]",
        ),
        ("bytes-object-for-word", "\"kind\":\"final\",\"lang", "\"kind\":{\"final\":null},\"lang"),
        ("bytes-uuid-upper-case", "\"0c000000-", "\"0C000000-"),
        ("bytes-uuid-bare", "0c000000-0000-7000-8000-000000000001", "0c000000000070008000000000000001"),
        ("bytes-hash-upper-case", "ec1fb770", "EC1FB770"),
        ("bytes-true-for-number", "\"satisfaction\":5", "\"satisfaction\":true"),
        ("bytes-number-for-text", "\"name\":\"赵师傅\"", "\"name\":1"),
        ("bytes-negative-size", ",12,\"image/jpeg\"", ",-12,\"image/jpeg\""),
        ("bytes-unknown-word", "\"trust\":\"checked\"", "\"trust\":\"certain\""),
        ("bytes-short-row", "[\"title\",\"\",\"服务卡\"]", "[\"title\",\"服务卡\"]"),
        ("bytes-null-text", "\"zone\":\"Asia/Shanghai\"", "\"zone\":null"),
    ];
    let seal_it = |from: &str, to: &str| {
        let text = golden_text().replacen(from, to, 1);
        assert_ne!(text, golden_text(), "{from}");
        file(&bare(text.as_bytes()))
    };
    let mut vectors: Vec<_> = changes.into_iter().map(|(name, from, to)| (name, seal_it(from, to))).collect();
    let not_utf8 = GOLDEN.iter().map(|&b| if b == b'A' { 0xff } else { b }).collect::<Vec<_>>();
    let deep = golden_text().replacen("null", &format!("{}{}", "[".repeat(20), "]".repeat(20)), 1);
    vectors.extend([
        ("bytes-not-utf8", file(&bare(&not_utf8))),
        ("bytes-not-json", file(&bare(b"a card"))),
        ("bytes-too-deep", file(&bare(deep.as_bytes()))),
        ("bytes-another-kind-of-record", file(&bare(golden().checkpoint.unwrap().record.as_bytes()))),
    ]);
    vectors
}

/// Well-formed texts, sealed, that contradict themselves.
fn impossible_cards() -> Vec<Vector> {
    let zeros = Digest::ZERO.to_string();
    let some = Digest::of(b"x").to_string();
    let long_strokes = b64::encode(&[1, 1, 0x80, 0, 0, 0]);
    let changes: Vec<(&'static str, &str, serde_json::Value)> = vec![
        ("rule-version-zero", "/v", json!(0)),
        ("rule-frozen-only", "/how", json!(null)),
        ("rule-no-signers", "/signers", json!(null)),
        ("rule-nobody-signed", "/signers", json!([])),
        ("rule-nameless-signer", "/signers/0/name", json!("")),
        ("rule-not-signed-yet", "/times/signed", json!(null)),
        ("rule-no-consent", "/consent/time", json!(null)),
        ("rule-proxy-by-own-right", "/how/way", json!("proxy")),
        ("rule-refused-with-signature", "/how/way", json!("refused")),
        ("rule-satisfaction-six", "/satisfaction", json!(6)),
        ("rule-strokes-not-shortest", "/ink/strokes", json!(long_strokes)),
        ("rule-strokes-cut", "/ink/strokes", json!("AgPwLqAfAMgBMRCQA2MRAo8DyAH6AWRk")),
        ("rule-strokes-left-over", "/ink/strokes", json!("AgPwLqAfAMgBMRCQA2MRAo8DyAH6AWRkEAA")),
        ("rule-strokes-empty", "/ink/strokes", json!("")),
        ("rule-pad-flat", "/ink/pad", json!([6000, 0])),
        ("rule-signed-before-prepared", "/times/signed", json!([1_762_999_999_000_i64, 15_060_999, 3])),
        ("rule-consent-after-signing", "/consent/time", json!([1_762_999_999_000_i64, 15_360_001, 3])),
        ("rule-consent-before-text", "/consent/time", json!([1_762_999_999_000_i64, 15_060_999, 3])),
        ("rule-agreed-after-work", "/charges/agreed/0/time", json!([1_762_990_000_000_i64, 15_061_001, 3])),
        ("rule-seq-zero", "/chain/card_seq", json!(0)),
        ("rule-second-on-zeros", "/chain", json!({"card_seq": 2, "prev": zeros})),
        ("rule-first-on-another", "/chain/prev", json!(some)),
        ("rule-no-content", "/content", json!([])),
        ("rule-row-without-field", "/content/0/0", json!("")),
        ("rule-attachment-twice", "/attachments/1/0", json!("0a000000-0000-7000-8000-000000000001")),
        ("rule-off-the-globe", "/place/at/lat_e7", json!(900_000_001)),
        ("rule-no-reason-for-no-place", "/place", json!({"none": ""})),
        ("rule-no-zone", "/zone", json!("")),
    ];
    let bend = |pointer: &str, to: serde_json::Value| {
        let mut value: serde_json::Value = serde_json::from_slice(GOLDEN).unwrap();
        *value.pointer_mut(pointer).unwrap() = to;
        file(&bare(&fieldcard_card::canonical::to_canonical(&value).unwrap()))
    };
    changes.into_iter().map(|(name, at, to)| (name, bend(at, to))).collect()
}

/// Seals and keys.
fn seals() -> Vec<Vector> {
    let kid = public(DEVICE).id();
    let header = |header: String| bent(bare(GOLDEN), |b| b.card.seal = seal_with_header(&header));
    let reseal = |seal: String| bent(bare(GOLDEN), |b| b.card.seal = Seal(seal));
    let golden_seal = sealed(DEVICE, GOLDEN).seal.0;
    let (head, tail) = golden_seal.split_once("..").unwrap();
    let signature: [u8; 64] = b64::decode_exact(tail).unwrap();
    let flipped = b64::encode(&std::array::from_fn::<u8, 64, _>(|i| signature[i] ^ u8::from(i == 40)));
    let identity: [u8; 32] = std::array::from_fn(|i| u8::from(i == 0));
    let weak = {
        let kid = b64::encode(&Digest::of(&identity).0);
        let header = format!(r#"{{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"{kid}"}}"#);
        let signature = [identity, [0; 32]].concat();
        format!("{}..{}", b64::encode(header.as_bytes()), b64::encode(&signature))
    };
    vec![
        ("seal-flipped", reseal(format!("{head}..{flipped}"))),
        ("seal-malleable", reseal(format!("{head}..{}", b64::encode(&plus_order(signature))))),
        ("seal-of-another-card", reseal(sealed(DEVICE, &chain()[1]).seal.0)),
        ("seal-cut", reseal(golden_seal[..golden_seal.len() - 4].to_owned())),
        ("seal-padded", reseal(format!("{golden_seal}="))),
        ("seal-empty", reseal(String::new())),
        ("seal-without-header", reseal(format!("..{tail}"))),
        ("seal-with-payload", reseal(format!("{head}.e30.{tail}"))),
        ("seal-alg-none", header(format!(r#"{{"alg":"none","b64":false,"crit":["b64"],"kid":"{kid}"}}"#))),
        ("seal-no-crit", header(format!(r#"{{"alg":"EdDSA","b64":false,"kid":"{kid}"}}"#))),
        ("seal-b64-true", header(format!(r#"{{"alg":"EdDSA","b64":true,"crit":["b64"],"kid":"{kid}"}}"#))),
        (
            "seal-header-spaced",
            header(format!(r#"{{"alg":"EdDSA","b64":false,"crit":["b64"], "kid":"{kid}"}}"#)),
        ),
        (
            "seal-header-extra",
            header(format!(r#"{{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"{kid}","typ":"x"}}"#)),
        ),
        (
            "seal-other-kid",
            header(format!(
                r#"{{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"{}"}}"#,
                public(STRANGER).id()
            )),
        ),
        ("key-wrong", bent(bare(GOLDEN), |b| b.card.key = public(STRANGER).into())),
        (
            "key-wrong-with-its-kid",
            bent(bare(GOLDEN), |b| {
                b.card.key = public(STRANGER).into();
                let stolen = sealed(STRANGER, b"").seal.0;
                b.card.seal = Seal(format!("{}..{tail}", stolen.split_once("..").unwrap().0));
            }),
        ),
        ("key-garbled", bent(bare(GOLDEN), |b| b.card.key.truncate(40))),
        ("key-no-point", bent(bare(GOLDEN), |b| b.card.key = b64::encode(&[2; 32]))),
        (
            "key-of-small-order",
            bent(bare(GOLDEN), |b| {
                b.card.key = b64::encode(&identity);
                b.card.seal = Seal(weak);
            }),
        ),
    ]
}

/// The same signature with the group order added to its scalar: equal in lax verifiers, refused by strict.
fn plus_order(signature: [u8; 64]) -> [u8; 64] {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bent = signature;
    let mut carry = 0;
    for (byte, order) in bent[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    bent
}

/// What the office says, and what the caller expects.
fn office() -> Vec<Vector> {
    let checkpoint = |n: u8, bend: fn(&mut Checkpoint)| {
        let (kind, root) = (CheckpointKind::Only, Digest::of(b"root"));
        let mut seen =
            Checkpoint { v: 1, kind, org: golden().org.id, size: 40_213, root, at: Timestamp(BEFORE) };
        bend(&mut seen);
        let signed = Signed::sign(&seen, &key(n)).unwrap();
        file(&whole(&card(|card| card.checkpoint = Some(signed))))
    };
    let words = |words| bent(whole(GOLDEN), |b| b.device_keys = words);
    let receipts = |slot| bent(whole(GOLDEN), |b| b.receipt = Some(slot));
    let by_stranger = Signed::sign(&device_key(DEVICE, golden().device.id), &key(STRANGER)).unwrap();
    let key_not_text = {
        let record = word(|_| {}).record.replace(&format!("\"{}\"", String::from(public(DEVICE))), "7");
        let seal = fieldcard_card::seal::seal(&key(ORG), record.as_bytes());
        Signed::from_parts(record, seal)
    };
    let mut forged = receipt(GOLDEN, |_| {});
    forged.signed =
        Signed::sign(&forged.signed.verify(&key(ORG).verifying_key()).unwrap(), &key(STRANGER)).unwrap();
    let mut rewritten = receipt(GOLDEN, |_| {});
    rewritten.signed.record = rewritten.signed.record.replacen("\"n\":1", "\"n\":2", 1);
    let mut shorter = receipt(GOLDEN, |_| {});
    shorter.held.as_mut().unwrap().remove(0);
    let revoked = |at: i64| word(move |word| word.until = Some(Timestamp(at)));
    vec![
        ("pin-other-card", file(&whole(&chain()[1]))),
        ("pin-other-device", file(&bare(GOLDEN))),
        ("pin-other-org", file(&whole(GOLDEN))),
        ("pin-org-without-key", file(&bare(GOLDEN))),
        ("pin-org-nobody-vouches", bent(whole(GOLDEN), |b| b.device_keys.clear())),
        ("word-unknown-key", words(vec![word(|word| word.key = public(COLLEAGUE))])),
        (
            "word-other-device",
            words(vec![word(|word| {
                word.device = DeviceId(id("0d000000-0000-7000-8000-000000000002"));
            })]),
        ),
        ("word-key-not-text", words(vec![key_not_text])),
        ("word-by-stranger", words(vec![by_stranger])),
        ("word-of-other-org", words(vec![word(|word| word.org = other_org())])),
        ("word-revoked-before", words(vec![revoked(HELD_AT - 1)])),
        ("word-revoked-and-renewed-words", words(vec![word(|_| {}), revoked(BEFORE + 1)])),
        (
            "word-revoked-no-receipt",
            bent(whole(GOLDEN), |b| {
                b.device_keys = vec![revoked(LATER)];
                b.receipt = None;
            }),
        ),
        ("word-active-after-receipt", words(vec![word(|word| word.from = Timestamp(LATER))])),
        ("receipt-by-stranger", receipts(forged)),
        ("receipt-rewritten", receipts(rewritten)),
        (
            "receipt-other-job",
            receipts(receipt(GOLDEN, |receipt| {
                receipt.job = RecordId(id("0b000000-0000-7000-8000-000000000009"));
            })),
        ),
        ("receipt-other-org", receipts(receipt(GOLDEN, |receipt| receipt.org = other_org()))),
        ("receipt-of-another-card", receipts(receipt(&chain()[1], |_| {}))),
        ("receipt-held-shortened", receipts(shorter)),
        ("receipt-without-org-key", bent(whole(GOLDEN), |b| b.org_key = None)),
        ("org-key-garbled", bent(whole(GOLDEN), |b| b.org_key = Some("x".into()))),
        ("org-key-swapped", bent(whole(GOLDEN), |b| b.org_key = Some(public(STRANGER).into()))),
        ("time-checkpoint-after-receipt", checkpoint(ORG, |seen| seen.at = Timestamp(HELD_AT + 1))),
        ("time-checkpoint-forged", checkpoint(DEVICE, |_| {})),
        ("time-checkpoint-of-other-org", checkpoint(ORG, |seen| seen.org = other_org())),
    ]
}

/// What the card names, and what names the card.
fn named() -> Vec<Vector> {
    let chain = chain();
    let replaced = |at: usize, bytes: Vec<u8>| {
        let mut cards = chain.clone();
        cards[at] = bytes;
        file(&chained(&cards, |_| {}))
    };
    let fork = |seq: u64, on: usize| {
        let mut card = Card::parse(&next_card(seq, Digest::of(&chain[on]))).unwrap();
        card.words = Some("另一张".into());
        card.to_bytes().unwrap()
    };
    let backwards = {
        let mut card = Card::parse(&chain[1]).unwrap();
        shift(&mut card, 0, -7_200_000);
        card.to_bytes().unwrap()
    };
    let foreign = {
        let mut card = Card::parse(&chain[1]).unwrap();
        card.device.id = DeviceId(id("0d000000-0000-7000-8000-000000000002"));
        card.times.trust = ClockTrust::Moved;
        card.to_bytes().unwrap()
    };
    let with_amended = |bytes: Vec<u8>, amended| bent(whole(&bytes), |b| b.amended = amended);
    let other_job = card(|card| card.job.id = RecordId(id("0b000000-0000-7000-8000-000000000009")));
    let amends_other_job = {
        let mut card = Card::parse(&amendment()).unwrap();
        card.amends = Some(Digest::of(&other_job));
        card.to_bytes().unwrap()
    };
    let broken = |bytes: &[u8]| {
        let mut sealed = sealed(DEVICE, bytes);
        sealed.seal = super::world::sealed(DEVICE, b"something else").seal;
        sealed
    };
    let without = |at: usize| [&chain[..at], &chain[at + 1..]].concat();
    vec![
        ("chain-gap", file(&chained(&without(2), |_| {}))),
        (
            "chain-tail-gone",
            file(&chained(&chain[..3], |slot| {
                slot.head = chained(&chain, |_| {}).chain.unwrap().head;
            })),
        ),
        ("chain-beginning-gone", bent(chained(&chain[1..], |_| {}), |b| b.card = sealed(DEVICE, &chain[1]))),
        ("chain-listed-out-of-order", file(&chained(&chain, |slot| slot.cards.swap(1, 2)))),
        ("chain-renumbered", replaced(3, next_card(4, Digest::of(&chain[1])))),
        ("chain-fork", file(&chained(&[chain.clone(), vec![fork(4, 2)]].concat(), |_| {}))),
        ("chain-card-exchanged", replaced(2, fork(3, 1))),
        (
            "chain-other-head",
            file(&chained(&chain, |slot| {
                slot.head.as_mut().unwrap().hash = Digest::of(b"another");
            })),
        ),
        ("chain-clock-backwards", file(&chained(&[GOLDEN.to_vec(), backwards], |_| {}))),
        ("chain-foreign-card", file(&chained(&[GOLDEN.to_vec(), foreign], |_| {}))),
        ("chain-without-the-card", file(&chained(&chain[1..], |slot| slot.from = 2))),
        ("chain-begins-too-early", file(&chained(&chain, |slot| slot.from = 2))),
        ("chain-broken-seal", file(&chained(&chain, |slot| slot.cards[1] = broken(&chain[1])))),
        ("chain-key-unvouched", file(&chained(&chain, |slot| slot.cards[3] = sealed(COLLEAGUE, &chain[3])))),
        ("amended-gone", with_amended(amendment(), None)),
        ("amended-exchanged", with_amended(amendment(), Some(sealed(DEVICE, &chain[1])))),
        ("amended-broken-seal", with_amended(amendment(), Some(broken(GOLDEN)))),
        ("amended-of-another-job", with_amended(amends_other_job, Some(sealed(DEVICE, &other_job)))),
        ("amended-but-amends-none", with_amended(GOLDEN.to_vec(), Some(sealed(DEVICE, &chain[1])))),
        (
            "countersign-of-another-card",
            file(&endorsed(vec![countersign(|record| {
                record.cards = vec![Digest::of(&chain[1])];
            })])),
        ),
        (
            "countersign-broken-seal",
            bent(endorsed(vec![countersign(|_| {})]), |b| {
                b.endorsements[0].seal = countersign(stamp).seal;
            }),
        ),
        (
            "countersign-by-stranger",
            bent(endorsed(vec![countersign(|_| {})]), |b| {
                let bytes = b64::decode(&b.endorsements[0].bytes).unwrap();
                b.endorsements[0] = sealed(STRANGER, &bytes);
            }),
        ),
        ("countersign-unvouched", bent(bare(GOLDEN), |b| b.endorsements = vec![countersign(|_| {})])),
        ("countersign-of-another-org", file(&endorsed(vec![countersign(|record| record.org = other_org())]))),
        ("stamp-paper-gone", file(&endorsed(vec![countersign(stamp)]))),
        (
            "photo-gone",
            bent(bare(&card(|card| card.attachments[0].1 = Digest::of(b"nowhere"))), |b| {
                b.attachments.remove(0);
            }),
        ),
        ("photo-changed", bent(bare(GOLDEN), |b| b.attachments[0].bytes = b64::encode(b"fault photO\n"))),
        (
            "photo-changed-beside",
            bent(
                bare(&card(|card| {
                    card.attachments[0].1 = Digest::of(b"was here\n");
                    card.attachments[0].2 = 9;
                })),
                |b| {
                    b.attachments.remove(0);
                },
            ),
        ),
        ("photo-other-size", file(&bare(&card(|card| card.attachments[0].2 = 13)))),
        ("photo-exchanged", bent(bare(GOLDEN), |b| b.attachments[0] = inline(STAMP))),
        ("photo-slipped-in", bent(bare(GOLDEN), |b| b.attachments.push(inline(STAMP)))),
    ]
}

/// Files that are no bundle this version can judge.
fn files() -> Vec<Vector> {
    let golden = || String::from_utf8(file(&bare(GOLDEN))).unwrap();
    let swap = |from: &str, to: &str| {
        let text = golden().replacen(from, to, 1);
        assert_ne!(text, golden(), "{from}");
        text.into_bytes()
    };
    let later_card = golden_text().replacen("\"v\":1,", "\"v\":2,\"vast\":true,", 1);
    vec![
        ("file-empty", vec![]),
        ("file-cut", file(&bare(GOLDEN))[..2000].to_vec()),
        ("file-is-the-card", GOLDEN.to_vec()),
        ("file-jpeg", b"\xff\xd8\xff\xe0 not JSON".to_vec()),
        ("file-bom", [b"\xef\xbb\xbf", file(&bare(GOLDEN)).as_slice()].concat()),
        ("file-duplicate-key", swap("\"receipt\":null", "\"receipt\":null,\"receipt\":null")),
        ("file-float", swap("\"v\":1", "\"v\":1.0")),
        ("file-unknown-member", swap("\"v\":1", "\"v\":1,\"w\":1")),
        ("file-member-gone", swap("\"rfc3161\":null,", "")),
        ("file-later-version", swap("\"v\":1", "\"v\":2")),
        ("file-card-of-later-version", file(&bare(later_card.as_bytes()))),
    ]
}
