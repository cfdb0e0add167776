//! A disk that is full when a test says so: files keep what they hold, none of them grows.
//!
//! A SQLite VFS over the system's own, for the calling thread alone. It changes one thing, the answer to a
//! write behind a file's end, and that is the answer of a real full disk.

#![expect(unsafe_code, reason = "SQLite's VFS is an interface of C")]

use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_int, c_void};
use std::path::PathBuf;
use std::sync::OnceLock;

use rusqlite::ffi;

/// Name of the VFS, for `Place::vfs`.
pub(crate) const NAME: &str = "small-disk";

type Write = unsafe extern "C" fn(*mut ffi::sqlite3_file, *const c_void, c_int, i64) -> c_int;

thread_local!(static FULL: Cell<bool> = const { Cell::new(false) });
// A file whose bytes are all that is left of the disk: while it is not there, they may be written.
thread_local!(static KEPT: RefCell<Option<PathBuf>> = const { RefCell::new(None) });
static WRITE: OnceLock<Write> = OnceLock::new();

/// From now on the disk is full for this thread, or has room again.
pub(crate) fn fill(full: bool) {
    FULL.set(full);
    KEPT.set(None);
}

/// From now on it is full, but for the room of this file.
pub(crate) fn fill_but(kept: PathBuf) {
    FULL.set(true);
    KEPT.set(Some(kept));
}

fn is_full() -> bool {
    FULL.get() && KEPT.with_borrow(|kept| kept.as_ref().is_none_or(|kept| kept.exists()))
}

/// Makes the VFS known; again is harmless.
pub(crate) fn register() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        // SAFETY: the default VFS lives as long as the process, and so does the leaked copy.
        unsafe {
            assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
            let mut vfs = *ffi::sqlite3_vfs_find(std::ptr::null());
            vfs.zName = c"small-disk".as_ptr();
            vfs.pNext = std::ptr::null_mut();
            vfs.xOpen = Some(open);
            assert_eq!(ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0), ffi::SQLITE_OK);
        }
    });
}

/// Opens by the default VFS and puts our write in place of its own.
unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over a file of the default VFS's size; the method table is copied, never changed.
    unsafe {
        let base = ffi::sqlite3_vfs_find(std::ptr::null());
        let Some(base_open) = (*base).xOpen else { return ffi::SQLITE_CANTOPEN };
        let answer = base_open(base, name, file, flags, out);
        if answer == ffi::SQLITE_OK && !(*file).pMethods.is_null() {
            let mut methods = *(*file).pMethods;
            if let Some(base_write) = methods.xWrite {
                WRITE.get_or_init(|| base_write);
            }
            methods.xWrite = Some(write);
            (*file).pMethods = Box::leak(Box::new(methods));
        }
        answer
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, bytes: *const c_void, len: c_int, at: i64) -> c_int {
    // SAFETY: called by SQLite for a file that `open` made.
    unsafe {
        let mut size = 0;
        if let Some(size_of) = (*(*file).pMethods).xFileSize {
            size_of(file, &raw mut size);
        }
        if is_full() && at + i64::from(len) > size {
            return ffi::SQLITE_FULL;
        }
        WRITE.get().map_or(ffi::SQLITE_IOERR_WRITE, |base| base(file, bytes, len, at))
    }
}
