//! What the hub keeps, in the hub's own words. Dull by design: nothing here decides anything.
//!
//! [`Storage`] opens transactions; a [`Tx`] is all the tables at once, in six parts: [`log`] (positions,
//! ops, chains), [`records`], [`feed`] (audiences and what they see), [`devices`], [`blobs`] and [`lists`].
//!
//! # The contract
//!
//! - A transaction that is dropped leaves no trace. What `commit` acknowledged outlives a power cut.
//! - Write transactions of one store follow one another: the second waits in `begin` until the first has
//!   ended, or fails with [`StorageError::Busy`]. So positions become visible in their order, and a reader
//!   whose cursor stands behind a committed position has seen everything before it.
//! - Every read of one transaction sees one state. `read()` may be older than what others write meanwhile,
//!   never half of it.
//! - Lists come in the order that the method names; nothing depends on chance.
//! - After [`StorageError::Broken`] the store must be dropped and opened again: what happened is unknown.
//!
//! # The recipe for another backend
//!
//! Write `migrations/server-<name>/0001_first.sql` with the same tables, implement [`Storage`] and the six
//! parts over it, one file a part, and add one line to `conformance`. When that suite passes, every test
//! of the hub does.

pub mod accounts;
pub mod blob_files;
pub mod blobs;
pub mod db;
pub mod devices;
pub mod feed;
pub mod inspect;
pub mod lists;
pub mod log;
pub mod records;
pub mod sqlite;

#[cfg(test)]
mod conformance;

/// Number of a row: a record, or whatever the method says. Means nothing outside the store.
pub type Pk = i64;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The disk is full. The transaction is lost, the store is whole.
    #[error("the disk is full")]
    DiskFull,
    /// Another writer held the store too long.
    #[error("the store is busy")]
    Busy,
    /// The store was written by a later version of the program.
    #[error("the store has version {found}; this program knows {newest}")]
    FromLaterVersion {
        /// Version of the store.
        found: i64,
        /// Newest version this program knows.
        newest: usize,
    },
    /// A row says what no row may say.
    #[error("damaged row: {0}")]
    Damaged(&'static str),
    /// Anything else; the store must be opened again.
    #[error("store: {0}")]
    Broken(String),
}

/// A store of one org.
pub trait Storage: Send {
    /// Begins a transaction that writes; waits for the one before.
    fn begin(&mut self) -> Result<Box<dyn Tx + '_>, StorageError>;

    /// Begins a transaction that only reads.
    fn read(&mut self) -> Result<Box<dyn Tx + '_>, StorageError>;
}

/// One transaction over all tables.
pub trait Tx:
    log::Log + records::Records + feed::Feeds + devices::Devices + blobs::Blobs + lists::Lists
{
    /// Makes everything since `begin` durable and visible at once.
    fn commit(self: Box<Self>) -> Result<(), StorageError>;

    /// Marks a place to go back to; one at a time.
    fn savepoint(&mut self) -> Result<(), StorageError>;

    /// Forgets the place and keeps what was written since.
    fn keep(&mut self) -> Result<(), StorageError>;

    /// Goes back to the place, and forgets it.
    fn undo(&mut self) -> Result<(), StorageError>;
}
