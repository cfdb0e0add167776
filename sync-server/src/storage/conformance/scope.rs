//! What the suite asks of audiences, feeds, devices, blobs and lists.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, RecordId, UserId};
use fieldcard_schema::merge::{RecordState, Why};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::Outstanding;
use serde_json::json;
use uuid::Uuid;

use super::super::blobs::{BlobPart, BlobRef, StoredBlob};
use super::super::devices::{Device, DeviceState, FormerKey, Seen, StoredCode};
use super::super::feed::{AudienceKind, FeedRow, FeedState, Holding, Membership, NO_DAY, RankRun};
use super::super::lists::{JobFilter, JobOrder, JobRow};
use super::super::records::StoredException;
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

pub(super) fn what_left_is_forgotten_up_to_a_floor(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let org = tx.insert_audience(AudienceKind::Org, id(9)).unwrap();
    let region = tx.insert_audience(AudienceKind::Region, id(8)).unwrap();
    let row = |pos, rec, state| FeedRow { pos, rec, state };
    let rows = [
        row(1, 10, FeedState::Put),
        row(2, 11, FeedState::Void),
        row(4, 12, FeedState::Leave),
        row(6, 13, FeedState::Leave),
    ];
    for one in rows {
        tx.move_feed(org, one).unwrap();
    }
    tx.move_feed(region, row(3, 10, FeedState::Put)).unwrap();
    assert_eq!(tx.forget_closures(5).unwrap(), 2);
    assert_eq!(tx.feed_after(org, 0, 9).unwrap(), [rows[0], rows[3]]);
    assert_eq!((tx.floor_of(org).unwrap(), tx.floor_of(region).unwrap()), (4, 0));
    assert_eq!(tx.forget_closures(5).unwrap(), 0);
    assert_eq!(tx.floor_of(org).unwrap(), 4, "a floor never sinks");
    assert_eq!(tx.regions().unwrap(), [(region, id(8))]);
    assert_eq!(tx.people_within(id(8)).unwrap(), []);
    for (at, head) in [(10, 5), (20, 9), (20, 11)] {
        tx.note_head(Timestamp(at), head).unwrap();
    }
    let heads = [9, 10, 19, 20, 99].map(|at| tx.head_at(Timestamp(at)).unwrap());
    assert_eq!(heads, [None, Some(5), Some(5), Some(11), Some(11)]);
}

pub(super) fn what_an_audience_holds_is_listed(store: &mut dyn Storage) {
    let mut tx = begin(store);
    for n in 1..=4 {
        let record = RecordState { void: n == 4, ..state("note", None, json!({})) };
        let rec = tx.insert_record(RecordId(id(n)), &record).unwrap();
        let until = (n == 3).then_some(9);
        tx.put_holding(&Holding { rec, audience: 1, via: rec, until, day: NO_DAY }).unwrap();
        tx.put_holding(&Holding { rec, audience: 1, via: 77, until, day: NO_DAY }).unwrap();
    }
    let mut listed: Vec<_> = tx.listed(1).unwrap().into_iter().map(|(rec, _)| rec).collect();
    listed.sort();
    assert_eq!(
        listed,
        [1, 2].map(|n| RecordId(id(n))),
        "each once; neither what left nor what is struck out"
    );
    assert_eq!(tx.listed(2).unwrap(), []);
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
        partial: false,
        forked_at: None,
    };
    tx.put_device(&device).unwrap();
    let active = Device { state: DeviceState::Active, ..device };
    tx.put_device(&active).unwrap();
    assert_eq!(tx.device(active.id).unwrap().as_ref(), Some(&active));
    let held = Some(Outstanding { ops: 3, blobs: 1, oldest: -1 });
    tx.note_seen(active.id, &Seen { at: Timestamp(9), held, partial: true }).unwrap();
    tx.note_fork(active.id, Timestamp(8)).unwrap();
    let (seen_at, forked_at) = (Some(Timestamp(9)), Some(Timestamp(8)));
    let seen = Device { seen_at, held, partial: true, forked_at, ..active };
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
    let twin = StoredCode { name: "8K3P".into(), used: None, ..used.clone() };
    let later = StoredCode { name: "9K3P".into(), expires: Timestamp(8), ..twin.clone() };
    let for_new = StoredCode { name: "AK3P".into(), device: None, ..twin.clone() };
    for code in [&twin, &later, &for_new] {
        tx.put_code(code).unwrap();
    }
    tx.spend_twin(&used).unwrap();
    let spent = StoredCode { used: Some((DeviceId(id(1)), String::new())), ..twin };
    let codes = ["7K3P", "8K3P", "9K3P", "AK3P", "XXXX"].map(|name| tx.code(name).unwrap());
    assert_eq!(codes, [Some(used), Some(spent), Some(later), Some(for_new), None]);
}

pub(super) fn blobs_and_their_names_come_back(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let sha256 = Digest::of(b"photo");
    let blob =
        StoredBlob { sha256, size: 5, media_type: "image/jpeg".into(), pos: 7, uploader: DeviceId(id(1)) };
    assert_eq!((tx.blob(sha256).unwrap(), tx.stored_blobs().unwrap()), (None, vec![]));
    tx.put_blob(&blob).unwrap();
    let stored = StoredBlob { pos: 8, ..blob };
    tx.put_blob(&stored).unwrap();
    assert_eq!((tx.blob(sha256).unwrap(), tx.stored_blobs().unwrap()), (Some(stored), vec![sha256]));
    assert_eq!(tx.unnamed_bytes(DeviceId(id(1))).unwrap(), 5);
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
    assert_eq!(tx.unnamed_bytes(DeviceId(id(1))).unwrap(), 0);
}

pub(super) fn parts_of_blobs_are_each_senders_own(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let (sha256, other) = (Digest::of(b"photo"), Digest::of(b"another"));
    let (one, two) = (DeviceId(id(1)), DeviceId(id(2)));
    let part = |sha256, by, at| BlobPart {
        sha256,
        by,
        size: 5,
        media_type: "image/jpeg".into(),
        have: vec![1],
        at: Timestamp(at),
    };
    for part in [part(sha256, one, 3), part(sha256, two, 7), part(other, one, 5)] {
        tx.put_blob_part(&part).unwrap();
    }
    let again = BlobPart { have: vec![3], ..part(sha256, one, 4) };
    tx.put_blob_part(&again).unwrap();
    assert_eq!(tx.blob_part(sha256, one).unwrap(), Some(again));
    assert_eq!(tx.blob_part(sha256, two).unwrap(), Some(part(sha256, two, 7)));
    assert_eq!(tx.blob_part(other, two).unwrap(), None);
    assert_eq!(tx.blob_senders(sha256).unwrap(), [one, two]);
    let mut stale = [(sha256, one), (other, one)];
    stale.sort();
    assert_eq!(tx.stale_parts(Timestamp(7)).unwrap(), stale);
    assert_eq!(tx.stale_parts(Timestamp(4)).unwrap(), []);
    assert_eq!((tx.unnamed_bytes(one).unwrap(), tx.unnamed_bytes(two).unwrap()), (10, 5));
    tx.add_blob_ref(sha256, 4, None).unwrap();
    assert_eq!((tx.unnamed_bytes(one).unwrap(), tx.unnamed_bytes(two).unwrap()), (5, 0));
    tx.drop_blob_part(sha256, one).unwrap();
    tx.drop_blob_part(sha256, one).unwrap();
    assert_eq!(tx.blob_senders(sha256).unwrap(), [two]);
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
    assert_eq!(tx.job_row(job).unwrap().as_ref(), Some(&row));
    assert_eq!(tx.unlisted(9).unwrap(), Vec::<i64>::new());
    assert_eq!(tx.highest_number("FW20251113-").unwrap(), 10);
    assert_eq!(tx.highest_number("FW20251114-").unwrap(), 0);
    for (n, number) in
        (10..).zip(["FW20251113-99", "FW20251113-1000", "FW20251113-9Z", "FW20251113-", "FW20251115-7"])
    {
        let other = RecordId(id(n));
        let other = tx.insert_record(other, &state("job", None, json!({}))).unwrap();
        tx.put_job_row(other, &JobRow { number: Some(number.to_owned()), ..row.clone() }).unwrap();
    }
    assert_eq!(tx.highest_number("FW20251113-").unwrap(), 1000, "by its count, not by its letters");
    let found = |tx: &dyn Tx, phrase: &str| tx.worded("machine", &[phrase.to_owned()], 9).unwrap();
    assert_eq!(found(tx.as_ref(), "\"hc ce\""), [pk], "the job has them too, and is no machine");
    assert!(found(tx.as_ref(), "\"e2 gap\"").is_empty() && found(tx.as_ref(), "\"ce hc\"").is_empty());
    tx.put_pairs(pk, "xy y gap ").unwrap();
    assert!(found(tx.as_ref(), "\"hc ce\"").is_empty(), "the old words are gone");
    tx.drop_job_row(job).unwrap();
    assert_eq!(tx.job_row(job).unwrap(), None);
}

pub(super) fn who_asks_for_no_units_is_told_of_no_jobs(store: &mut dyn Storage) {
    let tx = begin(store);
    let all = JobFilter::default();
    assert_eq!(tx.jobs_listed(&all, JobOrder::Newest, None, 9).unwrap(), []);
    assert_eq!(tx.jobs_counted(&all, 9).unwrap(), 0);
}

/// In a store of which `company` is the unit above all others.
pub(super) fn jobs_are_listed_as_they_are_asked_for(store: &mut dyn Storage, company: Uuid) {
    let mut tx = begin(store);
    let (one, two) = (UserId(id(3)), UserId(id(4)));
    let row = |state: &str, rank, due, lead: UserId| JobRow {
        state: state.into(),
        rank,
        since: Some(due),
        owner: lead.0,
        lead: Some(lead),
        number: None,
        day: due,
        due,
        customer: None,
        machine: None,
        card_how: None,
        card_kind: None,
    };
    let rows = [row("closed", 9, 30, one), row("created", 0, 20, two), row("closed", 9, 10, one)];
    let mut jobs = Vec::new();
    for (n, row) in (1..).zip(&rows) {
        let job = tx.insert_record(RecordId(id(n)), &state("job", None, json!({}))).unwrap();
        tx.put_job_row(job, row).unwrap();
        tx.put_pairs(job, if n == 2 { "hc ce e2 2 gap " } else { "xy y gap " }).unwrap();
        jobs.push(job);
    }
    let listed = |tx: &dyn Tx, filter: &JobFilter, order, after| -> Vec<i64> {
        let found = tx.jobs_listed(filter, order, after, 9).unwrap();
        found.into_iter().map(|place| place.job).collect()
    };
    let tx = tx.as_mut();
    let all = JobFilter { units: vec![company], ..JobFilter::default() };
    assert_eq!(listed(tx, &all, JobOrder::Newest, None), [jobs[2], jobs[1], jobs[0]]);
    assert_eq!(listed(tx, &all, JobOrder::Due, None), [jobs[2], jobs[1], jobs[0]]);
    assert_eq!(listed(tx, &all, JobOrder::Rank, None), [jobs[1], jobs[2], jobs[0]]);
    let first = tx.jobs_listed(&all, JobOrder::Due, None, 1).unwrap();
    assert_eq!(listed(tx, &all, JobOrder::Due, Some(first[0])), [jobs[1], jobs[0]]);
    for (filter, found) in [
        (JobFilter { states: vec!["closed".into()], ..all.clone() }, 2),
        (JobFilter { lead: Some(two), ..all.clone() }, 1),
        (JobFilter { from: Some(20), to: Some(30), ..all.clone() }, 1),
        (JobFilter { phrases: vec!["\"hc ce\"".into()], ..all.clone() }, 1),
        (JobFilter { units: vec![id(1)], ..all.clone() }, 0),
        (JobFilter { exceptions: true, ..all.clone() }, 0),
    ] {
        assert_eq!(listed(tx, &filter, JobOrder::Newest, None).len(), found, "{filter:?}");
        assert_eq!(tx.jobs_counted(&filter, 9).unwrap(), found as u64, "{filter:?}");
    }
    assert_eq!(tx.jobs_counted(&all, 2).unwrap(), 2, "counted up to that");
    let waits = StoredException { record: 99, op: 4, about: Some(jobs[0]), field: None, why: Why::NotYours };
    tx.open_exception(&waits).unwrap();
    assert_eq!((tx.exceptions_on(jobs[0]).unwrap(), tx.exceptions_on(jobs[1]).unwrap()), (1, 0));
    let held = Holding { rec: jobs[0], audience: 1, via: jobs[0], until: None, day: NO_DAY };
    tx.put_holding(&held).unwrap();
    assert_eq!(tx.jobs_over(&["closed"], 31, 9).unwrap(), [jobs[0]], "the other is held by nobody");
    assert_eq!(tx.jobs_over(&["closed"], 30, 9).unwrap(), Vec::<i64>::new());
    assert_eq!(tx.jobs_over(&["created"], 31, 9).unwrap(), Vec::<i64>::new());
    let owner = json!({"customer": RecordId(id(50))});
    let machine = tx.insert_record(RecordId(id(51)), &state("machine", None, owner)).unwrap();
    assert_eq!(tx.machines_of(&RecordId(id(50)).to_string(), 9).unwrap(), [machine]);
    assert_eq!(tx.machines_of(&RecordId(id(52)).to_string(), 9).unwrap(), Vec::<i64>::new());
}
