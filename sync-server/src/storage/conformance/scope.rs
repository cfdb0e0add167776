//! What the suite asks of audiences, feeds, devices, blobs and lists.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, RecordId, UserId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::Outstanding;
use serde_json::json;

use super::super::blobs::{BlobRef, StoredBlob};
use super::super::devices::{Device, DeviceState, FormerKey, StoredCode};
use super::super::feed::{AudienceKind, FeedRow, FeedState, Holding, Membership, NO_DAY, RankRun};
use super::super::lists::JobRow;
use super::super::{Storage, Tx};
use super::{begin, id, state};

pub(super) fn a_feed_row_moves_and_is_read_once(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let row = |pos, rec, state| FeedRow { pos, rec, state };
    for one in [row(1, 10, FeedState::Put), row(2, 11, FeedState::Void), row(4, 10, FeedState::Leave)] {
        tx.move_feed(1, one).unwrap();
    }
    tx.move_feed(2, row(3, 10, FeedState::Put)).unwrap();
    let moved = [row(2, 11, FeedState::Void), row(4, 10, FeedState::Leave)];
    assert_eq!(tx.feed_after(1, 0, 9).unwrap(), moved);
    assert_eq!(tx.feed_after(1, 0, 1).unwrap(), moved[..1]);
    assert_eq!(tx.feed_after(1, 2, 9).unwrap(), moved[1..]);
    assert_eq!(tx.feed_after(1, 4, 9).unwrap(), []);
    assert!(tx.move_feed(1, row(4, 12, FeedState::Put)).is_err(), "one row a position");
}

pub(super) fn holdings_are_ranked_by_day(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let hold = |rec, via, until, day| Holding { rec, audience: 1, via, until, day };
    let all = [
        hold(1, 1, None, 20),
        hold(2, 1, None, 20),
        hold(2, 5, None, 20),
        hold(3, 3, None, NO_DAY),
        hold(4, 4, Some(9), 20),
        hold(5, 5, None, 21),
        hold(6, 6, None, 19),
    ];
    for one in &all {
        tx.put_holding(one).unwrap();
    }
    tx.put_holding(&Holding { audience: 2, ..all[0] }).unwrap();
    assert_eq!(tx.holdings(2).unwrap(), all[1..3]);
    let run = |from, to, backward, after| RankRun { from, to, backward, after };
    let ranked = |tx: &dyn Tx, run, limit| -> Vec<i64> {
        tx.ranked(1, run, limit).unwrap().into_iter().map(|(_, rec)| rec).collect()
    };
    let tx = tx.as_mut();
    assert_eq!(ranked(tx, run(20, 21, false, None), 9), [1, 2, 5]);
    assert_eq!(ranked(tx, run(20, 20, false, None), 9), [1, 2]);
    assert_eq!(ranked(tx, run(20, 21, false, Some((20, 1))), 1), [2]);
    assert_eq!(ranked(tx, run(NO_DAY, 19, true, None), 9), [6, 3]);
    assert_eq!(ranked(tx, run(NO_DAY, 20, true, Some((20, 2))), 9), [1, 6, 3]);
    assert!(ranked(tx, run(NO_DAY, 19, true, Some((NO_DAY, 3))), 9).is_empty());
    tx.put_holding(&hold(1, 1, Some(7), 20)).unwrap();
    assert_eq!(ranked(tx, run(20, 21, false, None), 9), [2, 5]);
}

pub(super) fn memberships_end_and_stay(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let org = tx.insert_audience(AudienceKind::Org, id(9)).unwrap();
    let own = tx.insert_audience(AudienceKind::Person, id(1)).unwrap();
    assert_eq!((tx.audience_of(id(1)).unwrap(), tx.audience_of(id(2)).unwrap()), (Some(own), None));
    let user = UserId(id(1));
    for audience in [own, org] {
        tx.put_membership(user, Membership { audience, until: None }).unwrap();
    }
    tx.put_membership(user, Membership { audience: org, until: Some(7) }).unwrap();
    let until = tx.memberships(user).unwrap().into_iter().map(|one| (one.audience, one.until));
    assert_eq!(until.collect::<Vec<_>>(), [(org, Some(7)), (own, None)]);
}

pub(super) fn devices_and_codes_are_overwritten(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let device = Device {
        id: DeviceId(id(1)),
        user: UserId(id(2)),
        key: [3; 32],
        state: DeviceState::Unconfirmed,
        label: "坚果手机".into(),
        app: "0.1.0".into(),
        prefixes: vec!["0001".into(), "0002".into()],
        enrolled_at: Timestamp(5),
        seen_at: None,
        held: None,
        former: vec![FormerKey { key: [4; 32], from: Timestamp(1), until: Timestamp(5) }],
    };
    tx.put_device(&device).unwrap();
    let active = Device { state: DeviceState::Active, ..device };
    tx.put_device(&active).unwrap();
    assert_eq!(tx.device(active.id).unwrap().as_ref(), Some(&active));
    let held = Some(Outstanding { ops: 3, blobs: 1, oldest: -1 });
    tx.note_seen(active.id, Timestamp(9), held).unwrap();
    let seen = Device { seen_at: Some(Timestamp(9)), held, ..active };
    assert_eq!(tx.devices().unwrap(), [seen]);
    assert_eq!((tx.take_prefixes(4).unwrap(), tx.take_prefixes(4).unwrap()), (0, 4));
    let code = StoredCode {
        name: "7K3P".into(),
        key: Digest::of(b"secret"),
        user: UserId(id(2)),
        device: Some(DeviceId(id(1))),
        expires: Timestamp(7),
        tries: 0,
        used: None,
    };
    tx.put_code(&code).unwrap();
    let used = StoredCode { tries: 2, used: Some((DeviceId(id(1)), "mac".into())), ..code };
    tx.put_code(&used).unwrap();
    assert_eq!((tx.code("7K3P").unwrap(), tx.code("XXXX").unwrap()), (Some(used), None));
}

pub(super) fn blobs_and_their_names_come_back(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let sha256 = Digest::of(b"photo");
    let blob = StoredBlob {
        sha256,
        size: 5,
        media_type: "image/jpeg".into(),
        have: vec![1],
        pos: None,
        uploader: DeviceId(id(1)),
    };
    tx.put_blob(&blob).unwrap();
    assert_eq!((tx.blob(sha256).unwrap().as_ref(), tx.stored_blobs().unwrap().len()), (Some(&blob), 0));
    let stored = StoredBlob { have: vec![], pos: Some(8), ..blob };
    tx.put_blob(&stored).unwrap();
    assert_eq!((tx.blob(sha256).unwrap(), tx.stored_blobs().unwrap()), (Some(stored), vec![sha256]));
    let user = |n: i64| UserId(id(u8::try_from(n).unwrap()));
    for rec in [4, 2, 4] {
        tx.add_blob_ref(sha256, rec, Some(user(rec))).unwrap();
    }
    tx.add_blob_ref(sha256, 4, None).unwrap();
    let named = [2, 4].map(|rec| BlobRef { rec, by: Some(user(rec)) });
    assert_eq!(tx.blob_refs(sha256).unwrap(), named, "the first who said it stays");
    tx.add_blob_holder(sha256, user(2)).unwrap();
    tx.add_blob_holder(sha256, user(2)).unwrap();
    assert_eq!([2, 4].map(|n| tx.is_blob_holder(sha256, user(n)).unwrap()), [true, false]);
    tx.remove_blob(sha256).unwrap();
    assert_eq!(tx.blob(sha256).unwrap(), None);
}

pub(super) fn rows_of_the_lists_are_overwritten_and_found_by_their_words(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let pk = tx.insert_record(RecordId(id(1)), &state("machine", None, json!({}))).unwrap();
    let job = tx.insert_record(RecordId(id(2)), &state("job", None, json!({}))).unwrap();
    assert_eq!(tx.unlisted(9).unwrap(), [pk, job]);
    tx.put_pairs(pk, "hc ce e2 2 gap ").unwrap();
    tx.put_pairs(job, "hc ce e9 9 gap ").unwrap();
    let mut row = JobRow {
        state: "created".into(),
        rank: 0,
        since: None,
        owner: id(3),
        lead: None,
        number: Some("FW20251113-009".into()),
        day: i64::MIN,
        due: i64::MAX,
        customer: None,
        machine: Some(pk),
        card_how: None,
        card_kind: None,
    };
    tx.put_job_row(job, &row).unwrap();
    (row.number, row.lead) = (Some("FW20251113-010".into()), Some(UserId(id(4))));
    tx.put_job_row(job, &row).unwrap();
    assert_eq!(tx.job_row(job).unwrap(), Some(row));
    assert_eq!(tx.unlisted(9).unwrap(), Vec::<i64>::new());
    assert_eq!(tx.highest_number("FW20251113-").unwrap(), 10);
    assert_eq!(tx.highest_number("FW20251114-").unwrap(), 0);
    let found = |tx: &dyn Tx, phrase: &str| tx.worded("machine", &[phrase.to_owned()], 9).unwrap();
    assert_eq!(found(tx.as_ref(), "\"hc ce\""), [pk], "the job has them too, and is no machine");
    assert!(found(tx.as_ref(), "\"e2 gap\"").is_empty() && found(tx.as_ref(), "\"ce hc\"").is_empty());
    tx.put_pairs(pk, "xy y gap ").unwrap();
    assert!(found(tx.as_ref(), "\"hc ce\"").is_empty(), "the old words are gone");
    tx.drop_job_row(job).unwrap();
    assert_eq!(tx.job_row(job).unwrap(), None);
}
