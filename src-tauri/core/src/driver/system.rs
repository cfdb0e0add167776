//! The ports of a real device: its clocks, its randomness, a keystore in a file.
//!
//! The file keystore is what is there where the system offers none (headless Linux): one file, 0600, in the
//! state folder and not beside the stores, so that a copy of the stores does not bring it along.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use fieldcard_schema::time::ClockReading;

use super::images::ImageCrate;
use crate::ports::{Chance, Clock, Keystore, KeystoreError, Ports};

/// The ports of this machine, with its secrets in `keystore`.
pub fn ports(keystore: Box<dyn Keystore>) -> Ports {
    Ports {
        clock: Box::new(SystemClock::start()),
        chance: Box::new(SystemChance),
        keystore,
        images: Box::new(ImageCrate),
    }
}

/// The machine's clocks. `boot` is when this process began: the monotonic part starts there.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    began: Instant,
    boot: i64,
}

#[expect(clippy::disallowed_methods, reason = "this is the port")]
fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl SystemClock {
    /// The clocks as from now.
    #[expect(clippy::disallowed_methods, reason = "this is the port")]
    pub fn start() -> Self {
        Self { began: Instant::now(), boot: wall_ms() }
    }
}

impl Clock for SystemClock {
    fn read(&self) -> ClockReading {
        let mono = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        ClockReading(wall_ms(), mono, self.boot)
    }

    fn zone(&self) -> String {
        // As the C library does it: the environment says more than the system.
        if let Ok(zone) = std::env::var("TZ")
            && zone.contains('/')
        {
            return zone.trim_start_matches(':').to_owned();
        }
        iana_time_zone::get_timezone().unwrap_or_else(|_| {
            let minutes = self.offset_minutes();
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        })
    }

    fn offset_minutes(&self) -> i32 {
        chrono::Local::now().offset().local_minus_utc() / 60
    }
}

/// What this machine calls itself: its model and its name in the network, as far as it says either. A technician
/// may have typed a better one.
pub fn own_name() -> String {
    // Written by the firmware on a PC or laptop; other systems have no such file.
    #[cfg(target_os = "linux")]
    let model = fs::read_to_string("/sys/class/dmi/id/product_name").unwrap_or_default();
    #[cfg(not(target_os = "linux"))]
    let model = String::new();
    #[cfg(unix)]
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let host = std::env::var("COMPUTERNAME").unwrap_or_default();
    named_by(&model, &host)
}

fn named_by(model: &str, host: &str) -> String {
    let host = if host == "localhost" { "" } else { host };
    let said: Vec<&str> = [model.trim(), host.trim()].into_iter().filter(|text| !text.is_empty()).collect();
    if said.is_empty() { std::env::consts::OS.to_owned() } else { said.join(" · ") }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "this is the port; no key without chance"
    )]
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}

/// Secrets in one file.
#[derive(Debug)]
pub struct FileKeystore {
    path: PathBuf,
}

impl FileKeystore {
    /// The keystore in `folder`, which is made when it is not there.
    pub fn open(folder: &Path) -> Result<Self, KeystoreError> {
        fs::create_dir_all(folder).map_err(|e| KeystoreError(e.to_string()))?;
        Ok(Self { path: folder.join("keystore.json") })
    }

    /// Whether anything was ever put in.
    pub fn is_used(&self) -> bool {
        self.path.exists()
    }

    fn read(&self) -> Result<BTreeMap<String, Vec<u8>>, KeystoreError> {
        match fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| KeystoreError(e.to_string())),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(e) => Err(KeystoreError(e.to_string())),
        }
    }

    fn write(&self, map: &BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(&serde_json::to_vec(map)?)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        if let (true, Some(folder)) = (cfg!(unix), self.path.parent()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }
}

impl Keystore for FileKeystore {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, KeystoreError> {
        Ok(self.read()?.remove(name))
    }

    fn put(&mut self, name: &str, value: &[u8]) -> Result<(), KeystoreError> {
        let mut map = self.read()?;
        map.insert(name.to_owned(), value.to_vec());
        self.write(&map).map_err(|e| KeystoreError(e.to_string()))
    }

    fn remove(&mut self, name: &str) -> Result<(), KeystoreError> {
        let mut map = self.read()?;
        if map.remove(name).is_none() {
            return Ok(());
        }
        self.write(&map).map_err(|e| KeystoreError(e.to_string()))
    }

    fn is_guarded(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_outlive_the_process_and_are_for_this_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = FileKeystore::open(&folder.path().join("state")).unwrap();
        assert_eq!(store.get("device_key").unwrap(), None);
        assert!(!store.is_guarded());
        store.put("device_key", &[1, 2, 3]).unwrap();
        store.put("other", &[4]).unwrap();
        let again = FileKeystore::open(&folder.path().join("state")).unwrap();
        assert_eq!(again.get("device_key").unwrap(), Some(vec![1, 2, 3]));
        store.remove("device_key").unwrap();
        store.remove("never").unwrap();
        assert_eq!((again.get("device_key").unwrap(), again.get("other").unwrap()), (None, Some(vec![4])));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&store.path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_device_is_called_by_its_model_and_its_host() {
        assert_eq!(named_by("ThinkPad X13\n", "qin-laptop"), "ThinkPad X13 · qin-laptop");
        assert_eq!(named_by("", "qin-laptop"), "qin-laptop");
        assert_eq!(named_by(" ", "localhost"), std::env::consts::OS);
    }

    #[test]
    fn the_monotonic_clock_does_not_go_back() {
        let clock = SystemClock::start();
        let (one, two) = (clock.read(), clock.read());
        assert!(two.since(one).is_some_and(|ms| ms >= 0));
    }
}
