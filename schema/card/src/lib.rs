//! The sealed service card: its bytes, its seal and their verification.
//!
//! Map: [`canonical`] is the one spelling of every record here; [`card`] is the card and [`frozen`] its
//! text between hand-over and Confirm; [`strokes`] packs ink; [`seal`] signs bytes; [`chain`] ties a
//! device's cards together; [`endorsement`] names cards that are countersigned or signed in a batch;
//! [`statement`] holds what the office signs ([`statement::Receipt`] first of all); [`bundle`] is the file
//! a customer takes away and [`verify`] judges it.
//!
//! The one rule of this crate: bytes are verified as they were stored, never serialised again. It knows no
//! file, clock, chance or network; keys are handed in and never kept. The format: docs/service-card.md.

pub mod b64;
pub mod bundle;
pub mod canonical;
pub mod card;
pub mod chain;
pub mod endorsement;
pub mod frozen;
pub mod seal;
pub mod statement;
pub mod strokes;
pub mod verify;

pub use canonical::{Canonical, FormatError};
pub use card::Card;
pub use frozen::{FrozenCard, SignOff};
pub use seal::{KeyId, PublicKey, Seal};
pub use statement::{Receipt, Signed};
