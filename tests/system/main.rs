//! Both real cores in one process: what a day must come to, whatever the pages are cut into.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_input;
mod bad_path;
mod bench;
mod check;
mod convergence;
mod datasets;
mod evidence;
mod exchange;
mod keys;
mod lost_elsewhere;
mod patience;
mod proxy;
mod pruning;
mod restore;
mod runner;
mod second_client;
mod sequences;
mod small_disk;
mod table;
mod unsent;
mod whole_day;
