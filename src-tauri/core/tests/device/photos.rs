//! Photos: in pieces in, small out, with their bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fieldcard_core::error::ErrorCode;
use serde_json::{Value, json};

use super::device::{Device, JOB};
use super::office::rec;

const CHUNK: usize = 256 * 1024;

/// A picture with noise in it, so that it has some size.
pub(crate) fn picture(width: u32, height: u32) -> Vec<u8> {
    let pixel = |x: u32, y: u32| {
        let noise = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503);
        image::Rgb([noise.to_be_bytes()[0], noise.to_be_bytes()[1], (x ^ y).to_be_bytes()[3]])
    };
    let mut out = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(width, height, pixel).write_to(&mut out, image::ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

pub(crate) fn send(device: &mut Device, bytes: &[u8]) -> String {
    let photo = device.make(json!({"type": "photo.begin", "size": bytes.len(), "media_type": "image/jpeg"}));
    for (index, chunk) in bytes.chunks(CHUNK).enumerate() {
        device.act(
            json!({"type": "photo.chunk", "photo": photo, "index": index, "base64": STANDARD.encode(chunk)}),
        );
    }
    photo
}

pub(crate) fn finish(photo: &str, phase: &str) -> Value {
    json!({"type": "photo.finish", "photo": photo, "job": rec(JOB), "phase": phase})
}

fn taken(page: &Value, phase: &str) -> usize {
    let sets = page["photos"].as_array().unwrap();
    sets.iter().find(|set| set["phase"] == phase).map_or(0, |set| set["photos"].as_array().unwrap().len())
}

#[test]
fn a_photo_is_shrunk_shown_sent_and_counted() {
    let mut device = Device::with_job();
    device.begin_work();
    let to_go = device.page()["photos_to_go"].as_u64().unwrap();
    let bytes = picture(2400, 1200);
    assert!(bytes.len() > 2 * CHUNK, "{}", bytes.len());
    let photo = send(&mut device, &bytes);
    let done = device.act(finish(&photo, "nameplate"));
    assert_eq!(done.rec.as_deref(), Some(photo.as_str()));
    let page = device.page();
    assert_eq!((taken(&page, "nameplate"), page["photos_to_go"].as_u64().unwrap()), (1, to_go - 1));
    let url = |device: &mut Device, size: &str| {
        let view = device.view(json!({"type": "photo", "photo": photo, "size": size}));
        let url = view["url"].as_str().unwrap().to_owned();
        let bytes = STANDARD.decode(url.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        (bytes.len(), image::load_from_memory(&bytes).unwrap().into_rgb8().dimensions())
    };
    let (full, thumb) = (url(&mut device, "full"), url(&mut device, "thumb"));
    assert_eq!((full.1, thumb.1), ((2048, 1024), (320, 160)));
    assert!(thumb.0 < full.0 / 8);
    device.sync();
    assert_eq!(device.office.blobs.len(), 1);
    let record = device.office.records.values().find(|r| r.kind == "photo").unwrap();
    assert_eq!((&record.fields["width"], &record.fields["phase"]), (&json!(2048), &json!("nameplate")));
}

#[test]
fn a_photo_struck_out_is_shown_no_more_and_comes_back() {
    let mut device = Device::with_job();
    let photo = send(&mut device, &picture(64, 48));
    let made = device.act(finish(&photo, "other"));
    device.undo(&made);
    assert_eq!(taken(&device.page(), "other"), 0);
    let photo = send(&mut device, &picture(48, 64));
    device.act(finish(&photo, "other"));
    let done = device.act(json!({"type": "photo.void", "photo": photo}));
    assert_eq!(taken(&device.page(), "other"), 0);
    let view = device.try_view(json!({"type": "photo", "photo": photo, "size": "thumb"}));
    assert_eq!(view.unwrap_err().code, ErrorCode::NotFound);
    device.undo(&done);
    assert_eq!(taken(&device.page(), "other"), 1);
}

#[test]
fn a_photo_stands_with_what_it_shows() {
    let mut device = Device::with_job();
    device.begin_work();
    device.make(json!({"type": "part_line.add", "job": rec(JOB), "name": "主泵"}));
    let asked = |device: &mut Device| device.page()["parts"][0]["photos"][1]["required"].clone();
    assert_eq!(asked(&mut device), json!(1));
    let old = device.page()["parts"][0]["old"]["old_part"].clone();
    let photo = send(&mut device, &picture(64, 48));
    let mut request = finish(&photo, "old_part");
    request["of"] = old;
    device.act(request);
    let page = device.page();
    assert_eq!(page["parts"][0]["photos"][1]["photos"][0]["photo"], json!(photo));
    assert_eq!((taken(&page, "old_part"), asked(&mut device)), (0, json!(0)));
    let photo = send(&mut device, &picture(64, 48));
    let mut request = finish(&photo, "old_part");
    request["of"] = json!(rec(super::device::MACHINE));
    assert_eq!(device.refused(request).0, ErrorCode::NotFound);
}

#[test]
fn what_is_no_photo_is_refused_in_plain_words() {
    let mut device = Device::with_job();
    let begin = |size: u64| json!({"type": "photo.begin", "size": size, "media_type": "image/jpeg"});
    assert_eq!(device.refused(begin(0)).0, ErrorCode::PhotoUnreadable);
    let error = device.try_act(begin(41 << 20)).unwrap_err();
    assert_eq!(error.code, ErrorCode::PhotoTooLarge);
    assert_eq!((&error.facts["mb"], &error.facts["limit"]), (&"41".to_owned(), &"40".to_owned()));
    let text = send(&mut device, b"this is a text and no picture");
    assert_eq!(device.refused(finish(&text, "other")).0, ErrorCode::PhotoUnreadable);
    let cut = picture(640, 480);
    let half = send(&mut device, &cut[..200]);
    assert_eq!(device.refused(finish(&half, "other")).0, ErrorCode::PhotoUnreadable);
    assert_eq!(
        device.page()["photos"].as_array().unwrap().iter().filter(|s| s["photos"] != json!([])).count(),
        0
    );
}

#[test]
fn pieces_come_in_order_and_all_of_them() {
    let mut device = Device::with_job();
    let bytes = picture(64, 48);
    let photo = device.make(json!({"type": "photo.begin", "size": bytes.len(), "media_type": "image/jpeg"}));
    let chunk = |index: u32, bytes: &[u8]| json!({"type": "photo.chunk", "photo": photo, "index": index, "base64": STANDARD.encode(bytes)});
    assert_eq!(device.refused(chunk(1, &bytes)), (ErrorCode::InvalidValue, "index".into()));
    device.act(chunk(0, &bytes[..100]));
    assert_eq!(device.refused(chunk(0, &bytes[..100])), (ErrorCode::InvalidValue, "index".into()));
    assert_eq!(device.refused(chunk(1, &bytes)), (ErrorCode::InvalidValue, "base64".into()));
    assert_eq!(device.refused(finish(&photo, "other")).0, ErrorCode::NotFound);
    let unknown = send(&mut device, &bytes);
    assert_eq!(device.refused(finish(&unknown, "selfie")), (ErrorCode::InvalidValue, "phase".into()));
    assert_eq!(device.refused(finish(&rec(80).to_string(), "other")).0, ErrorCode::NotFound);
}

#[test]
fn originals_that_never_end_make_room_for_the_next() {
    let mut device = Device::with_job();
    let begin = json!({"type": "photo.begin", "size": 30 << 20, "media_type": "image/jpeg"});
    let first = device.make(begin.clone());
    device.make(begin);
    let chunk = json!({"type": "photo.chunk", "photo": first, "index": 0, "base64": "AAAA"});
    assert_eq!(device.refused(chunk).0, ErrorCode::NotFound);
}

#[test]
fn a_picture_that_stands_on_two_jobs_is_awaited_by_both() {
    let mut device = Device::with_job();
    let other = json!({"type": "job.create", "customer": "王老板", "place": "北坡", "phone": "13900000009",
        "serial": "SN-99", "model": "ZE60", "job_type": "repair", "report": "不着车"});
    let other = device.make(other);
    device.sync();
    device.office.no_blobs = true;
    let bytes = picture(64, 48);
    let one = send(&mut device, &bytes);
    device.act(finish(&one, "other"));
    let two = send(&mut device, &bytes);
    device.act(json!({"type": "photo.finish", "photo": two, "job": other, "phase": "other"}));
    device.sync();
    let states = |device: &mut Device| {
        let held = device.core.store().unwrap().outbox.job_is_held(other.parse().unwrap()).unwrap();
        let page = device.view(json!({"type": "job_page", "job": other}));
        let queue = device.view(json!({"type": "sync_screen"}))["queue"].clone();
        let jobs: Vec<Value> = queue.as_array().unwrap().iter().map(|row| row["job"].clone()).collect();
        (held, page["data"].clone(), jobs.contains(&json!(other)), jobs.contains(&json!(rec(JOB))))
    };
    assert_eq!(states(&mut device), (false, json!("waiting"), true, true), "its bytes are not sent");
    device.office.no_blobs = false;
    device.sync();
    assert_eq!(states(&mut device), (true, json!("held"), false, false));
    assert_eq!(device.office.blobs.len(), 1, "the bytes go once");
}
