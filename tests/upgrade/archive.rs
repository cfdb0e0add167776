//! A folder as one zip, and back: files as they are, private to this user.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Files that mean nothing to the next process.
const PASSING: [&str; 2] = ["-shm", "lock"];

pub(crate) fn pack(folder: &Path, zip: &Path) {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        let mut entries: Vec<_> = fs::read_dir(&next).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                waiting.push(path);
            } else if !PASSING.iter().any(|end| name.ends_with(end)) {
                let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
                writer.start_file(name, options).unwrap();
                writer.write_all(&fs::read(&path).unwrap()).unwrap();
            }
        }
    }
    fs::write(zip, writer.finish().unwrap().into_inner()).unwrap();
}

fn private(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn unpack(zip: &Path, folder: &Path) {
    let mut archive = ZipArchive::new(Cursor::new(fs::read(zip).unwrap())).unwrap();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let path = folder.join(file.enclosed_name().unwrap());
        let beside = path.parent().unwrap();
        fs::create_dir_all(beside).unwrap();
        beside
            .ancestors()
            .take_while(|above| above.starts_with(folder))
            .for_each(|above| private(above, 0o700));
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        fs::write(&path, bytes).unwrap();
        private(&path, 0o600);
    }
}
