//! SQLite on the real disk, in a process that kills itself right before a chosen call of the file system.
//!
//! For test programs only. The system's own VFS does all the work; in front of its writes, syncs and
//! truncations stands a count. A label is the kind of file and of call, such as `wal-sync`; see [`LABELS`].
#![expect(unsafe_code, reason = "SQLite's interface for file systems is C")]

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use rusqlite::ffi as sqlite;

/// Every place where a process can be made to die.
pub const LABELS: [&str; 6] = ["db-write", "db-sync", "db-truncate", "wal-write", "wal-sync", "wal-truncate"];

/// Index into [`LABELS`] of the call to die at, and how many of them are left.
static LABEL: AtomicUsize = AtomicUsize::new(usize::MAX);
static LEFT: AtomicU64 = AtomicU64::new(0);
/// The system's own way to open.
static OPEN: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());

/// Methods of one open file: the system's, with the three calls taken over. Begins with what SQLite knows.
#[repr(C)]
struct Methods {
    taken: sqlite::sqlite3_io_methods,
    system: *const sqlite::sqlite3_io_methods,
    is_wal: bool,
}

type OpenCall = unsafe extern "C" fn(
    *mut sqlite::sqlite3_vfs,
    sqlite::sqlite3_filename,
    *mut sqlite::sqlite3_file,
    c_int,
    *mut c_int,
) -> c_int;

/// The methods of an open file.
///
/// # Safety
/// `file` was opened by [`open`].
unsafe fn methods<'a>(file: *mut sqlite::sqlite3_file) -> &'a Methods {
    // SAFETY: `open` put a `Methods` that is never freed behind `pMethods`.
    unsafe { &*(*file).pMethods.cast::<Methods>() }
}

/// Dies here if this is the call.
///
/// # Safety
/// As for [`methods`].
unsafe fn pass(file: *mut sqlite::sqlite3_file, call: usize) {
    // SAFETY: by contract.
    let label = call + if unsafe { methods(file) }.is_wal { 3 } else { 0 };
    if LABEL.load(Ordering::Relaxed) == label && LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        // Nothing runs after this: no destructor, no handler, no flush.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

unsafe extern "C" fn write(file: *mut sqlite::sqlite3_file, from: *const c_void, n: c_int, at: i64) -> c_int {
    // SAFETY: SQLite's own call, passed on as it came.
    unsafe {
        pass(file, 0);
        (*methods(file).system).xWrite.map_or(sqlite::SQLITE_IOERR, |write| write(file, from, n, at))
    }
}

unsafe extern "C" fn sync(file: *mut sqlite::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite's own call, passed on as it came.
    unsafe {
        pass(file, 1);
        (*methods(file).system).xSync.map_or(sqlite::SQLITE_IOERR, |sync| sync(file, flags))
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite::sqlite3_file, size: i64) -> c_int {
    // SAFETY: SQLite's own call, passed on as it came.
    unsafe {
        pass(file, 2);
        (*methods(file).system).xTruncate.map_or(sqlite::SQLITE_IOERR, |truncate| truncate(file, size))
    }
}

unsafe extern "C" fn open(
    vfs: *mut sqlite::sqlite3_vfs,
    path: sqlite::sqlite3_filename,
    file: *mut sqlite::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: `register` stored the system's own function, of this type.
    let system: OpenCall = unsafe { std::mem::transmute(OPEN.load(Ordering::Acquire)) };
    // SAFETY: SQLite's own call, passed on as it came.
    let code = unsafe { system(vfs, path, file, flags, out) };
    // SAFETY: the system's VFS fills `pMethods` in, or leaves it null.
    let found = unsafe { (*file).pMethods };
    if code == sqlite::SQLITE_OK && !found.is_null() {
        // SAFETY: a table of functions that lives as long as the program.
        let mut taken = unsafe { *found };
        taken.xWrite = Some(write);
        taken.xSync = Some(sync);
        taken.xTruncate = Some(truncate);
        let is_wal = flags & sqlite::SQLITE_OPEN_WAL != 0;
        let methods = Box::leak(Box::new(Methods { taken, system: found, is_wal }));
        // SAFETY: an open file; the table is never freed.
        unsafe { (*file).pMethods = &raw const methods.taken };
    }
    code
}

/// Counts from now on, and kills this process before the `nth` call with `label`.
pub fn die_at(label: &str, nth: u64) {
    // SAFETY: finds the default VFS, which lives as long as the program.
    let vfs = unsafe { sqlite::sqlite3_vfs_find(std::ptr::null()) };
    // SAFETY: as above; nothing is open yet.
    unsafe {
        let system = (*vfs).xOpen.map_or(std::ptr::null_mut(), |open| open as *mut c_void);
        OPEN.store(system, Ordering::Release);
        (*vfs).xOpen = Some(open);
    }
    LEFT.store(nth, Ordering::Relaxed);
    LABEL.store(LABELS.iter().position(|known| *known == label).unwrap_or(usize::MAX), Ordering::Relaxed);
}
