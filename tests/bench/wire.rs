//! A real server process with one technician's device, and a path between them that counts bytes.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fieldcard_core::driver::http::HttpApi;
use fieldcard_core::driver::tls::Trust;
use fieldcard_core::enrolment::Invitation;
use fieldcard_core::store::Place;
use fieldcard_core::sync::Event;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_server::desk::Desk;
use fieldcard_server::folder::DataFolder;
use fieldcard_server::hub::office::Wanted;
use fieldcard_tests::device::Device;
use fieldcard_tests::ports::TestClock;
use fieldcard_tests::server::Server;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;

use crate::AnyError;
use crate::workload::Row;

/// 2026-11-23 10:00 in Shanghai: what the device's clock shows.
pub(crate) const NOW: i64 = 1_795_399_200_000;

/// The login of the one technician.
pub(crate) const TECHNICIAN: &str = "qin";

/// Jobs that the office takes in by one transaction.
const JOBS_A_TRANSACTION: usize = 500;

/// An org with one technician; not running yet.
pub(crate) fn office() -> Result<Server, AnyError> {
    let server = Server::init("衡川重工云岭服务部")?;
    server.command(&["user", "add", TECHNICIAN, "--name", "秦师傅", "--role", "technician"])?;
    Ok(server)
}

/// Starts a server on a core of its own and stays on another: waking a thread on the other core is dear, and
/// who is where would be left to chance. On one core nobody is pinned.
pub(crate) fn pinned<T>(start: impl FnOnce() -> Result<T, AnyError>) -> Result<T, AnyError> {
    if std::thread::available_parallelism()?.get() < 2 && !PINNED.load(Ordering::Relaxed) {
        return start();
    }
    PINNED.store(true, Ordering::Relaxed);
    // What is started here inherits the core, its threads too.
    stay_on(1)?;
    let started = start();
    stay_on(0)?;
    started
}

/// Whether this program stays on one core already: then the system counts one.
static PINNED: AtomicBool = AtomicBool::new(false);

fn stay_on(core: usize) -> Result<(), AnyError> {
    let mut cores = CpuSet::new();
    cores.set(core)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &cores)?)
}

/// Takes rows in as an import does, every job assigned to the technician, before the server starts.
pub(crate) fn fill(server: &Server, rows: &[Row]) -> Result<(), AnyError> {
    let mut desk = Desk::open(&DataFolder::at(server.folder()), Digest::ZERO)?;
    let account = desk.accounts.account_by_login(TECHNICIAN)?.ok_or("no technician")?;
    let jobs: Vec<Vec<Wanted>> =
        rows.chunk_by(|_, next| next.job.is_some()).map(|job| wanted(job, account.user)).collect();
    for some in jobs.chunks(JOBS_A_TRANSACTION) {
        for taken in desk.hub.import_rows(some)? {
            taken?;
        }
    }
    Ok(())
}

fn wanted(job: &[Row], user: UserId) -> Vec<Wanted> {
    let one = |row: &Row| {
        let mut set = row.set.clone();
        if row.kind == Job::KIND {
            set.insert("assignee".to_owned(), user.to_string().into());
        }
        Wanted { kind: row.kind, rec: row.rec, job: row.job, set, user, at: None }
    };
    job.iter().map(one).collect()
}

/// A technician's device, enrolled and confirmed, with a token in its hand and nothing fetched yet.
pub(crate) struct Technician {
    pub(crate) device: Device,
    pub(crate) api: HttpApi,
    /// Where its files are.
    pub(crate) folder: tempfile::TempDir,
}

impl Technician {
    /// Enrols over the real way; the office confirms the six digits.
    pub(crate) fn enrol(server: &Server, seed: u64) -> Result<Self, AnyError> {
        let folder = tempfile::tempdir()?;
        let clock = TestClock::at(NOW);
        let mut device = Device::new(Place::folder(folder.path()), &clock, seed)?;
        let qr = server.code(TECHNICIAN)?;
        let mut api = server.api(qr.org_key)?;
        api.look()?;
        let tls_key = api.tls_key_seen().ok_or("no TLS key was seen")?;
        let invitation = Invitation::read("", &qr.to_text()).ok_or("the code cannot be read")?;
        device.core.begin_enrolment(&invitation, tls_key, "bench")?;
        device.exchange(&mut api)?;
        let owner = device.owner()?.ok_or("the enrolment got no answer")?;
        server.command(&["device", "confirm", &owner.fingerprint])?;
        Ok(Self { device, api, folder })
    }

    /// Exchanges until nothing is left to do.
    pub(crate) fn exchange(&mut self) -> Result<(), AnyError> {
        if self.device.exchange(&mut self.api)? { Ok(()) } else { Err("the exchange does not end".into()) }
    }

    /// Exchanges until everything is there and can be used. The comparison that follows is left.
    pub(crate) fn pull(&mut self) -> Result<(), AnyError> {
        self.device.tell(Event::Wanted)?;
        while self.device.core.store()?.cache.is_partial()? {
            if !self.device.exchange_once(&mut self.api)? {
                return Err("the engine rests in the middle of a pull".into());
            }
        }
        Ok(())
    }

    /// Exchanges until every op has its outcome; how many calls that took.
    pub(crate) fn push(&mut self) -> Result<usize, AnyError> {
        let before = self.device.calls;
        self.device.tell(Event::Wanted)?;
        while self.device.core.store()?.outbox.outstanding()?.is_some() {
            if !self.device.exchange_once(&mut self.api)? {
                return Err("the engine rests with unsent work".into());
            }
        }
        Ok(self.device.calls - before)
    }

    /// Goes over a counting path from now on.
    pub(crate) fn count_bytes(&mut self, server: &Server) -> Result<Counted, AnyError> {
        let counted = Counted::before(server)?;
        let org_key = server.code(TECHNICIAN)?.org_key;
        let url = format!("https://127.0.0.1:{}", counted.port);
        self.api = HttpApi::new(&url, &Trust::OrgKey(org_key))?;
        Ok(counted)
    }

    /// The records that the device shows.
    pub(crate) fn count(&mut self) -> Result<u64, AnyError> {
        Ok(self.device.core.store()?.cache.count()?)
    }

    /// Whether the device shows this record.
    pub(crate) fn shows(&mut self, rec: RecordId) -> Result<bool, AnyError> {
        Ok(self.device.core.store()?.cache.seen(rec)?.is_some())
    }
}

/// A path to a server that counts what goes over it both ways, TLS and HTTP included.
pub(crate) struct Counted {
    port: u16,
    bytes: Arc<AtomicUsize>,
}

impl Counted {
    fn before(server: &Server) -> Result<Self, AnyError> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let counted = Self { port: listener.local_addr()?.port(), bytes: Arc::default() };
        let (bytes, to) = (counted.bytes.clone(), server.url().replace("https://", ""));
        // Ends with the process: the bench is short.
        std::thread::Builder::new().spawn(move || {
            for near in listener.incoming().flatten() {
                // A connection that cannot be made shows as one that failed, on the device.
                drop(TcpStream::connect(&to).and_then(|far| both_ways(&near, &far, &bytes)));
            }
        })?;
        Ok(counted)
    }

    /// Bytes so far.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

fn both_ways(near: &TcpStream, far: &TcpStream, bytes: &Arc<AtomicUsize>) -> std::io::Result<()> {
    for (from, to) in [(near, far), (far, near)] {
        let (from, to, bytes) = (from.try_clone()?, to.try_clone()?, bytes.clone());
        std::thread::Builder::new().spawn(move || carry(from, to, &bytes))?;
    }
    Ok(())
}

fn carry(mut from: TcpStream, mut to: TcpStream, bytes: &AtomicUsize) {
    let mut piece = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        bytes.fetch_add(count, Ordering::Relaxed);
        if to.write_all(&piece[..count]).is_err() {
            break;
        }
    }
    // The other end hears that this one has hung up; it may have done so already.
    drop(to.shutdown(std::net::Shutdown::Both));
}
