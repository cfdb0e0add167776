//! The command line: what it refuses in a sentence, and what `doctor` finds.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::BlobPut;
use serde_json::json;

use super::site::{log_in, put};
use super::support::{Running, command, folder, init};

fn program(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_fieldcard-server"))
        .args(["--data", folder.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let dir = folder();
    init(dir.path());
    let first = Running::start(dir.path(), &["--http"]);
    let (code, said) = program(dir.path(), &["serve", "--http", "--listen", "127.0.0.1:0"]);
    assert!(code == Some(1) && said.contains("another fieldcard-server is running"), "{code:?} {said}");
    first.kill();
    // A lock of a process that was killed holds nobody up.
    assert_eq!(Running::start(dir.path(), &["--http"]).stop(), Some(0));
}

#[test]
fn refusals_are_one_clear_sentence() {
    let dir = folder();
    let nothing = dir.path().join("nothing");
    for arguments in [&["serve"][..], &["doctor"], &["export"], &["user", "list"], &["backup", "/tmp/x"]] {
        let (code, said) = program(&nothing, arguments);
        assert!(code == Some(1) && said.contains("holds no Fieldcard data"), "{arguments:?} {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let data = dir.path().join("data");
    init(&data);
    for (arguments, sentence) in [
        (&["init", "--org-name", "x"][..], "holds Fieldcard data already"),
        (&["serve", "--http", "--listen", "0.0.0.0:0"], "in the open"),
        (&["user", "passwd", "nobody"], "there is no account nobody"),
        (&["user", "add", "wang", "--name", "x", "--role", "manager"], "this login cannot be taken"),
        (&["device", "code", "nobody"], "there is no account nobody"),
        (&["device", "confirm", "123456"], "no device with these digits"),
        (&["device", "revoke", "x"], "is no device id"),
        (&["restore", dir.path().to_str().unwrap()], "holds no good backup"),
    ] {
        let (code, said) = program(&data, arguments);
        assert!(code == Some(1) && said.contains(sentence), "{arguments:?} {said}");
    }
    assert_eq!(program(&data, &["user", "add", "x", "--name", "y", "--role", "king"]).0, Some(2));
}

#[test]
fn a_store_of_a_later_version_is_not_touched() {
    let dir = folder();
    init(dir.path());
    let path = dir.path().join("fieldcard.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for arguments in [&["serve", "--http", "--listen", "127.0.0.1:0"][..], &["doctor"], &["user", "list"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_fieldcard-server"))
            .args(["--data", dir.path().to_str().unwrap()])
            .args(arguments)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(1));
        assert!(text.contains("version 99"), "{arguments:?} {text}");
    }
}

#[test]
fn a_key_that_others_can_read_stops_the_server() {
    let dir = folder();
    init(dir.path());
    fs::set_permissions(dir.path().join("keys/org.key"), PermissionsExt::from_mode(0o644)).unwrap();
    let (code, said) = program(dir.path(), &["serve", "--http", "--listen", "127.0.0.1:0"]);
    assert!(code == Some(1) && said.contains("chmod 600"), "{said}");
}

/// A store with one whole blob that it names.
fn with_blob(folder: &Path) -> std::path::PathBuf {
    init(folder);
    let (bytes, pos) = (b"a photo", 1);
    let sha256 = Digest::of(bytes);
    let connection = rusqlite::Connection::open(folder.join("fieldcard.db")).unwrap();
    let row = "INSERT INTO blob (sha256, size, media_type, pos, uploader) VALUES (?1, 7, 'x', ?2, ?3)";
    connection.execute(row, rusqlite::params![sha256.0, pos, [0_u8; 16]]).unwrap();
    let name = sha256.to_string();
    let path = folder.join("blobs").join(&name[..2]).join(&name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn doctor_finds_each_planted_fault_and_nothing_in_a_sound_folder() {
    let dir = folder();
    let backups = dir.path().join("backups");
    let blob = with_blob(dir.path());
    command(dir.path(), &["backup", backups.to_str().unwrap()]).unwrap();
    assert_eq!(command(dir.path(), &["doctor"]).unwrap(), "all is well\n");
    let database = dir.path().join("fieldcard.db");
    let sql = |text: &str| rusqlite::Connection::open(&database).unwrap().execute_batch(text).unwrap();
    // 1: a byte of an op. 2: a feed row that points nowhere. 3: a blob's bytes. 4: an open key. 5: old backup.
    sql("UPDATE op SET body = CAST(body || ' ' AS BLOB) WHERE pos = 1");
    sql("INSERT INTO feed (audience, rec, pos, state) VALUES (77, 4711, 2, 'put')");
    fs::write(&blob, b"a phot0").unwrap();
    fs::set_permissions(dir.path().join("keys/token.key"), PermissionsExt::from_mode(0o640)).unwrap();
    for entry in fs::read_dir(&backups).unwrap() {
        let path = entry.unwrap().path().join("manifest.json");
        if let Ok(text) = fs::read_to_string(&path) {
            let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
            manifest["at"] = 1_000_000_000_000_i64.into();
            fs::write(&path, manifest.to_string()).unwrap();
        }
    }
    let findings = command(dir.path(), &["doctor"]).unwrap_err();
    for expected in [
        "do not fit at position 1",
        "tables: 1 feed rows point to records that do not exist",
        "its bytes are not what its name says",
        "token key:",
        "backup: the newest is of 2001-09-09",
    ] {
        assert!(findings.contains(expected), "{expected}: {findings}");
    }
    assert!(findings.ends_with("5 findings"), "{findings}");
    fs::remove_file(&blob).unwrap();
    assert!(command(dir.path(), &["doctor"]).unwrap_err().contains(": missing"));
}

#[test]
fn a_torn_page_is_found() {
    let dir = folder();
    init(dir.path());
    let path = dir.path().join("fieldcard.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = fs::read(&path).unwrap();
    for page in bytes.chunks_mut(4096).skip(1) {
        page[..64].fill(0x5a);
    }
    fs::write(&path, bytes).unwrap();
    let findings = command(dir.path(), &["doctor"]).unwrap_err();
    assert!(findings.contains("store:"), "{findings}");
}

#[test]
fn a_damaged_store_is_never_called_a_good_backup() {
    let dir = folder();
    let backups = dir.path().join("b");
    let blob = with_blob(dir.path());
    fs::write(&blob, b"a phot0").unwrap();
    let said = command(dir.path(), &["backup", backups.to_str().unwrap()]).unwrap_err();
    assert!(said.contains("is damaged"), "{said}");
    let nothing = command(&dir.path().join("r"), &["restore", backups.to_str().unwrap()]).unwrap_err();
    assert!(nothing.contains("holds no good backup"), "{nothing}");
}

#[test]
fn backups_count_from_the_second_newest() {
    let dir = folder();
    let backups = dir.path().join("b");
    init(dir.path());
    let covered = || -> Option<i64> {
        let connection = rusqlite::Connection::open(dir.path().join("fieldcard.db")).unwrap();
        connection.query_row("SELECT backup_pos FROM org_head", [], |row| row.get(0)).unwrap()
    };
    let back_up = || command(dir.path(), &["backup", backups.to_str().unwrap()]).unwrap();
    let first = back_up();
    assert_eq!(covered().unwrap_or(0), 0, "one backup may be lost");
    command(dir.path(), &["user", "add", "li", "--name", "李", "--role", "technician"]).unwrap();
    back_up();
    let head = first.split_whitespace().find_map(|word| word.parse::<i64>().ok());
    assert_eq!(covered(), head);
}

#[test]
fn a_full_or_forbidden_disk_leaves_no_half_folder() {
    let dir = folder();
    let file = dir.path().join("a-file");
    fs::write(&file, b"x").unwrap();
    let said = command(&file.join("data"), &["init", "--org-name", "x"]).unwrap_err();
    assert!(said.contains("a-file"), "{said}");
}

#[test]
fn an_init_that_fails_can_be_tried_again() {
    let dir = folder();
    let data = dir.path().join("d");
    let bad_login = ["init", "--org-name", "x", "--admin", "not a login"];
    assert!(command(&data, &bad_login).is_err());
    init(&data);
}

/// SHA-256 over every row of every table but the org's own, which a restore changes on purpose.
fn tables(folder: &Path) -> Vec<(String, Digest)> {
    let connection = rusqlite::Connection::open(folder.join("fieldcard.db")).unwrap();
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut names = connection.prepare(names).unwrap();
    let names: Vec<String> =
        names.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let digest = |name: String| {
        let mut rows = connection.prepare(&format!("SELECT * FROM \"{name}\" ORDER BY 1, 2")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        let mut text = String::new();
        while let Some(row) = rows.next().unwrap() {
            let cells =
                (0..columns).map(|at| format!("{:?}", row.get::<_, rusqlite::types::Value>(at).unwrap()));
            text.extend(cells.chain(["\n".to_owned()]));
        }
        (name, Digest::of(text.as_bytes()))
    };
    names.into_iter().map(digest).filter(|(name, _)| name != "org_head").collect()
}

/// Name and digest of every blob's bytes.
fn blobs(folder: &Path) -> Vec<(String, Digest)> {
    let inside =
        |path: &Path| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    let shards = inside(&folder.join("blobs")).into_iter().filter(|path| path.is_dir());
    let files = shards.flat_map(|shard| inside(&shard)).filter(|path| path.is_file());
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut found: Vec<_> = files
        .map(|path| (name(&path), Digest::of(&fs::read(&path).unwrap())))
        .filter(|(name, _)| name.len() == 64)
        .collect();
    found.sort();
    found
}

/// A phone's job with a photo, over HTTP to a server of its own.
fn work(data: &Path) {
    command(data, &["user", "add", "li", "--name", "李师傅", "--role", "technician"]).unwrap();
    let server = Running::with(data, &[]);
    let (mut api, mut phone) = log_in(data, &server, 7, &[]);
    let (made, job) = phone.create_on(None, "job", &json!({"assignee": phone.user, "report": "动臂无力"}));
    let photo = put(&vec![7; 40_000]);
    let fields = json!({"sha256": photo.sha256, "size": photo.size, "media_type": photo.media_type});
    // An answer counts by the link that is the phone's last: one request at a time.
    let told = api.sync(&phone.token, &made).unwrap();
    assert_eq!(phone.acknowledged(&told).len(), 1);
    let request = phone.create_on(Some(job), "photo", &fields).0;
    let told = api.sync(&phone.token, &request).unwrap();
    assert_eq!(told.outcomes.map(|told| told.link), Some(phone.head));
    for (unit, bytes) in (0..).zip(photo.bytes.chunks(16 * 1024)) {
        let part = BlobPut { unit, bytes: bytes.to_vec(), digest: Digest::of(bytes), ..photo.clone() };
        api.blob_put(&phone.token, &part).unwrap();
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn what_was_backed_up_is_restored_with_the_same_hashes() {
    let dir = folder();
    let (data, backups, fresh) = (dir.path().join("d"), dir.path().join("b"), dir.path().join("r"));
    init(&data);
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/demo-data");
    let lists = ["org.csv", "people.csv", "customers.xlsx", "faults.csv", "labour.csv", "campaigns.csv"];
    let lists = lists.map(|list| demo.join(list).to_str().unwrap().to_owned());
    let import: Vec<&str> = std::iter::once("import").chain(lists.iter().map(String::as_str)).collect();
    command(&data, &import).unwrap();
    work(&data);
    let entered = (command(&data, &["export"]).unwrap(), tables(&data), blobs(&data));
    assert!(entered.0.lines().count() > 400 && entered.1.len() > 15 && entered.2.len() >= 2);
    for (name, digest) in &entered.2 {
        assert_eq!(name, &digest.to_string());
    }
    let nothing = Digest::of(b"");
    for name in ["op", "link", "device", "device_head", "record", "blob", "blob_ref", "feed"] {
        assert!(entered.1.iter().any(|(one, rows)| one == name && *rows != nothing), "{name} is empty");
    }
    command(&data, &["backup", backups.to_str().unwrap()]).unwrap();
    command(&data, &["user", "add", "late", "--name", "晚", "--role", "technician"]).unwrap();
    assert_ne!(tables(&data), entered.1, "the comparison sees a change");
    command(&fresh, &["restore", backups.to_str().unwrap()]).unwrap();
    assert_eq!((command(&fresh, &["export"]).unwrap(), tables(&fresh), blobs(&fresh)), entered);
    assert_eq!(
        command(&fresh, &["doctor", "--backups", backups.to_str().unwrap()]).unwrap(),
        "all is well\n"
    );
}
