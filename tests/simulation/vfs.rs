//! The part of the simulated disk that SQLite calls: a VFS over [`super::disk`].
//!
//! Locks always succeed: a world has one connection a file. The clock stands still, since nothing in the
//! schema may ask it. Read [`register`].
#![expect(unsafe_code, reason = "SQLite's interface for file systems is C")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Once;

use rusqlite::ffi as sqlite;

use super::disk::{self, Fault};

/// The name under which stores are opened on it.
pub const NAME: &str = "simulated";

/// Bytes of one region of shared memory, as SQLite asks for them.
const REGION: usize = 32 * 1024;

/// The shared memory of each file. A region never moves while its file is open.
type Shared = BTreeMap<String, Vec<Box<[u8]>>>;

thread_local! {
    static SHARED: RefCell<Shared> = const { RefCell::new(BTreeMap::new()) };
}

/// Shared memory goes with the processes that shared it.
pub(super) fn forget_shared(node: &str) {
    SHARED.with_borrow_mut(|shared| shared.retain(|name, _| disk::node_of(name) != node));
}

/// No process is left.
pub(super) fn forget_all_shared() {
    SHARED.with_borrow_mut(BTreeMap::clear);
}

/// What SQLite allocates for an open file.
#[repr(C)]
struct Handle {
    base: sqlite::sqlite3_file,
    name: *mut String,
    delete_on_close: bool,
}

fn code(fault: Fault, other: c_int) -> c_int {
    match fault {
        Fault::Full => sqlite::SQLITE_FULL,
        Fault::Sync => sqlite::SQLITE_IOERR_FSYNC,
        Fault::Dead | Fault::Missing => other,
    }
}

fn done(result: Result<(), Fault>, other: c_int) -> c_int {
    result.map_or_else(|fault| code(fault, other), |()| sqlite::SQLITE_OK)
}

/// The name of an open file.
///
/// # Safety
/// `file` is one that [`open`] filled in and [`close`] has not yet seen.
unsafe fn name<'a>(file: *mut sqlite::sqlite3_file) -> &'a str {
    // SAFETY: by contract `file` begins a `Handle` whose `name` came from `Box::into_raw`.
    unsafe { (*(*file.cast::<Handle>()).name).as_str() }
}

/// The text of a path.
///
/// # Safety
/// `path` is a C string of SQLite's that outlives the answer.
unsafe fn text<'a>(path: *const c_char) -> &'a str {
    // SAFETY: by contract.
    unsafe { CStr::from_ptr(path) }.to_str().unwrap_or("?/not-text")
}

unsafe extern "C" fn open(
    _: *mut sqlite::sqlite3_vfs,
    path: sqlite::sqlite3_filename,
    file: *mut sqlite::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes for `file`; `pMethods` must be null if the open fails.
    unsafe { (*file).pMethods = std::ptr::null() };
    let path = if path.is_null() {
        format!("temp/{:x}", disk::salt())
    } else {
        // SAFETY: SQLite's own path.
        unsafe { text(path) }.to_owned()
    };
    let journals =
        sqlite::SQLITE_OPEN_MAIN_JOURNAL | sqlite::SQLITE_OPEN_WAL | sqlite::SQLITE_OPEN_SUPER_JOURNAL;
    let opened = disk::open(&path, flags & sqlite::SQLITE_OPEN_CREATE != 0, flags & journals != 0);
    if opened.is_err() {
        return sqlite::SQLITE_CANTOPEN;
    }
    let handle = file.cast::<Handle>();
    // SAFETY: as above; `out` may be null.
    unsafe {
        (*handle).name = Box::into_raw(Box::new(path));
        (*handle).delete_on_close = flags & sqlite::SQLITE_OPEN_DELETEONCLOSE != 0;
        (*file).pMethods = &raw const METHODS;
        if !out.is_null() {
            *out = flags;
        }
    }
    sqlite::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut sqlite::sqlite3_file) -> c_int {
    let handle = file.cast::<Handle>();
    // SAFETY: each open file is closed once; the name came from `Box::into_raw`.
    let (name, delete) = unsafe { (Box::from_raw((*handle).name), (*handle).delete_on_close) };
    if delete {
        // A temporary file that stays costs memory and nothing else.
        let _ = disk::delete(&name, false);
    }
    sqlite::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut sqlite::sqlite3_file, to: *mut c_void, n: c_int, at: i64) -> c_int {
    let (Ok(n), Ok(at)) = (usize::try_from(n), usize::try_from(at)) else { return sqlite::SQLITE_IOERR_READ };
    // SAFETY: SQLite gives `n` bytes at `to`.
    let bytes = unsafe { std::slice::from_raw_parts_mut(to.cast::<u8>(), n) };
    // SAFETY: an open file.
    match disk::read(unsafe { name(file) }, at, bytes) {
        Ok(there) if there == n => sqlite::SQLITE_OK,
        Ok(there) => {
            bytes[there..].fill(0);
            sqlite::SQLITE_IOERR_SHORT_READ
        }
        Err(_) => sqlite::SQLITE_IOERR_READ,
    }
}

unsafe extern "C" fn write(file: *mut sqlite::sqlite3_file, from: *const c_void, n: c_int, at: i64) -> c_int {
    let (Ok(n), Ok(at)) = (usize::try_from(n), usize::try_from(at)) else {
        return sqlite::SQLITE_IOERR_WRITE;
    };
    // SAFETY: SQLite gives `n` bytes at `from`; an open file.
    let (name, bytes) = unsafe { (name(file), std::slice::from_raw_parts(from.cast::<u8>(), n)) };
    done(disk::write(name, at, bytes), sqlite::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut sqlite::sqlite3_file, size: i64) -> c_int {
    let Ok(size) = usize::try_from(size) else { return sqlite::SQLITE_IOERR_TRUNCATE };
    // SAFETY: an open file.
    done(disk::truncate(unsafe { name(file) }, size), sqlite::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut sqlite::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    done(disk::sync(unsafe { name(file) }), sqlite::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut sqlite::sqlite3_file, out: *mut i64) -> c_int {
    // SAFETY: an open file.
    let size = disk::size(unsafe { name(file) }).unwrap_or(0);
    // SAFETY: SQLite's own variable.
    unsafe { *out = i64::try_from(size).unwrap_or(i64::MAX) };
    sqlite::SQLITE_OK
}

unsafe extern "C" fn lock(_: *mut sqlite::sqlite3_file, _: c_int) -> c_int {
    sqlite::SQLITE_OK
}

unsafe extern "C" fn check_lock(_: *mut sqlite::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: SQLite's own variable.
    unsafe { *out = 0 };
    sqlite::SQLITE_OK
}

unsafe extern "C" fn control(_: *mut sqlite::sqlite3_file, what: c_int, out: *mut c_void) -> c_int {
    if what != sqlite::SQLITE_FCNTL_MMAP_SIZE {
        return sqlite::SQLITE_NOTFOUND;
    }
    // SAFETY: for this request SQLite gives a 64-bit size. Nothing is ever mapped here.
    unsafe { *out.cast::<i64>() = 0 };
    sqlite::SQLITE_OK
}

unsafe extern "C" fn sector_size(_: *mut sqlite::sqlite3_file) -> c_int {
    512
}

unsafe extern "C" fn traits(_: *mut sqlite::sqlite3_file) -> c_int {
    sqlite::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn map_shared(
    file: *mut sqlite::sqlite3_file,
    region: c_int,
    _: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: an open file.
    let name = unsafe { name(file) };
    let Ok(region) = usize::try_from(region) else { return sqlite::SQLITE_IOERR_SHMMAP };
    let found = SHARED.with_borrow_mut(|shared| {
        let regions = shared.entry(name.to_owned()).or_default();
        while regions.len() <= region && extend != 0 {
            regions.push(vec![0; REGION].into_boxed_slice());
        }
        regions.get_mut(region).map_or(std::ptr::null_mut(), |region| region.as_mut_ptr())
    });
    // SAFETY: SQLite's own variable. The box does not move while the file is open.
    unsafe { *out = found.cast() };
    sqlite::SQLITE_OK
}

unsafe extern "C" fn lock_shared(_: *mut sqlite::sqlite3_file, _: c_int, _: c_int, _: c_int) -> c_int {
    sqlite::SQLITE_OK
}

unsafe extern "C" fn barrier(_: *mut sqlite::sqlite3_file) {}

unsafe extern "C" fn unmap_shared(file: *mut sqlite::sqlite3_file, delete: c_int) -> c_int {
    if delete != 0 {
        // SAFETY: an open file.
        SHARED.with_borrow_mut(|shared| shared.remove(unsafe { name(file) }));
    }
    sqlite::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut sqlite::sqlite3_vfs, path: *const c_char, sync: c_int) -> c_int {
    // SAFETY: SQLite's own path.
    match disk::delete(unsafe { text(path) }, sync != 0) {
        Err(Fault::Missing) => sqlite::SQLITE_IOERR_DELETE_NOENT,
        result => done(result, sqlite::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(
    _: *mut sqlite::sqlite3_vfs,
    path: *const c_char,
    _: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite's own path and variable.
    unsafe { *out = c_int::from(disk::size(text(path)).is_some_and(|size| size > 0)) };
    sqlite::SQLITE_OK
}

unsafe extern "C" fn full_path(
    _: *mut sqlite::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite's own path.
    let bytes = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if usize::try_from(room).is_ok_and(|room| bytes.len() <= room) {
        // SAFETY: there is room.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
        sqlite::SQLITE_OK
    } else {
        sqlite::SQLITE_CANTOPEN
    }
}

unsafe extern "C" fn random(_: *mut sqlite::sqlite3_vfs, n: c_int, out: *mut c_char) -> c_int {
    for at in 0..usize::try_from(n).unwrap_or(0) {
        // SAFETY: SQLite gives `n` bytes.
        unsafe { *out.add(at) = c_char::from_le_bytes([disk::salt().to_le_bytes()[0]]) };
    }
    n
}

unsafe extern "C" fn sleep(_: *mut sqlite::sqlite3_vfs, us: c_int) -> c_int {
    us
}

unsafe extern "C" fn julian_day(_: *mut sqlite::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: SQLite's own variable.
    unsafe { *out = 2_461_000.5 };
    sqlite::SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut sqlite::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

static METHODS: sqlite::sqlite3_io_methods = sqlite::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_lock),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(traits),
    xShmMap: Some(map_shared),
    xShmLock: Some(lock_shared),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(unmap_shared),
    xFetch: None,
    xUnfetch: None,
};

/// Makes SQLite know the disk, as the default: so SQLite's own random numbers come from the seed, too.
pub fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: all-zero is valid for a struct of integers, pointers and optional functions.
        let mut vfs: sqlite::sqlite3_vfs = unsafe { std::mem::zeroed() };
        vfs.iVersion = 1;
        vfs.szOsFile = c_int::try_from(size_of::<Handle>()).unwrap_or(c_int::MAX);
        vfs.mxPathname = 255;
        vfs.zName = c"simulated".as_ptr();
        vfs.xOpen = Some(open);
        vfs.xDelete = Some(delete);
        vfs.xAccess = Some(access);
        vfs.xFullPathname = Some(full_path);
        vfs.xRandomness = Some(random);
        vfs.xSleep = Some(sleep);
        vfs.xCurrentTime = Some(julian_day);
        vfs.xGetLastError = Some(last_error);
        // SAFETY: the struct lives as long as the program.
        let code = unsafe { sqlite::sqlite3_vfs_register(Box::into_raw(Box::new(vfs)), 1) };
        // Without it every open by this name fails, and says so.
        debug_assert_eq!(code, sqlite::SQLITE_OK);
    });
}
