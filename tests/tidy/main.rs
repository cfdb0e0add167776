//! The taste of this code base, made executable: what a reviewer would have to say again and again.
//!
//! One rule is one function from a [`tree::Tree`] to findings, and two tests: the tree as it stands has none,
//! and a small sample that breaks the rule is caught (a rule that catches nothing is blind). A rule whose
//! subject is not there yet costs nothing and wakes up with the first file it concerns.
//!
//! Never here: what clippy or the compiler can say. Read next: [`arrows`], the rule that matters most.

#![expect(clippy::panic, reason = "a rule that cannot read its subject must fail, with the file's name")]

mod arrows;
mod crates;
mod hygiene;
mod names;
mod portable;
mod routes;
mod rust;
mod shape;
mod sql;
mod storage;
mod tree;
mod ui;
