//! What a proof counted: the line of JSON with which it ends, and which `./dev test` shows under its table.

use serde_json::Value;

/// Says it, on a line of its own: a test's name may stand before it.
#[expect(clippy::print_stdout, reason = "the run says what it did")]
pub fn say(counts: &Value) {
    println!("\n{counts}");
}
