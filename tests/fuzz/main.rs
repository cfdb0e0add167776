//! Every decoder of bytes from outside, fed with what nobody should send.
//!
//! Each target says what must hold of any bytes: no panic, what was read is written back the same, what comes
//! out has a limit. Its seeds are `corpus/<name>/` and the golden files that the target names; all of them are
//! replayed as they are, then bolero makes inputs: seeds that were bent, and bytes from nowhere. A failure
//! prints the seed of chance; put the input that failed into the corpus.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod calls;
mod files;
mod texts;
mod wire;

use std::cell::Cell;
use std::panic::RefUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fieldcard_tests::proof;
use serde_json::json;

/// How bolero bends a seed: which one, edits as (what, where, value), and bytes of its own.
type Recipe = (u16, Vec<(u8, u16, u8)>, Vec<u8>);

/// Most edits of one input: more of them leave nothing of the seed.
const EDITS: usize = 6;

/// One in so many inputs is not bent from a seed.
const FROM_NOWHERE: u16 = 8;

/// Adds a target to what all of them together came to, and says it: the last line counts every target.
fn count(inputs: usize) {
    static ALL: Mutex<(usize, usize)> = Mutex::new((0, 0));
    let mut all = ALL.lock().unwrap();
    *all = (all.0 + 1, all.1 + inputs);
    proof::say(&json!({"targets": all.0, "inputs": all.1, "panics": 0}));
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files of a folder below `tests`, in order; or the file.
fn seeds_in(path: &str) -> Vec<Vec<u8>> {
    let path = top().join(path);
    if path.is_file() {
        return vec![std::fs::read(path).unwrap()];
    }
    let entries = std::fs::read_dir(&path).into_iter().flatten();
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|p| p.is_file()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

fn bend(seeds: &[Vec<u8>], (which, edits, fresh): &Recipe) -> Vec<u8> {
    if seeds.is_empty() || which.is_multiple_of(FROM_NOWHERE) {
        return fresh.clone();
    }
    let other = &seeds[usize::from(*which / 7) % seeds.len()];
    let mut bytes = seeds[usize::from(*which) % seeds.len()].clone();
    for (what, at, value) in edits.iter().take(EDITS) {
        let at = usize::from(*at) * (bytes.len() + 1) / (usize::from(u16::MAX) + 1);
        match what % 7 {
            0 if at < bytes.len() => bytes[at] ^= value | 1,
            1 => bytes.insert(at, *value),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => drop(bytes.splice(at..at, fresh.iter().copied())),
            5 => {
                bytes.truncate(at);
                bytes.extend_from_slice(&other[at.min(other.len())..]);
            }
            _ => bytes.extend_from_within(at..),
        }
    }
    bytes
}

/// Feeds `target`, which answers whether it could read anything: in a run some inputs must be readable.
#[expect(clippy::print_stdout, reason = "the run says what it did")]
fn fuzz(name: &str, inputs: usize, seeds: Vec<Vec<u8>>, target: impl Fn(&[u8]) -> bool + RefUnwindSafe) {
    let mut all = seeds_in(&format!("fuzz/corpus/{name}"));
    let evil = all.len();
    all.extend(seeds);
    let read = Cell::new(0_u64);
    let feed = |bytes: &[u8]| read.set(read.get() + u64::from(target(bytes)));
    for seed in &all {
        feed(seed);
    }
    let as_they_are = read.get();
    bolero::check!().with_iterations(inputs).with_type::<Recipe>().for_each(|recipe| {
        target(&bend(&all, recipe));
    });
    println!(
        "fuzz {name}: {inputs} inputs, {} seeds ({evil} of the corpus), {as_they_are} readable",
        all.len()
    );
    count(inputs + all.len());
    assert!(as_they_are > 0, "{name}: no seed can be read, so nothing behind the first check is tried");
}
