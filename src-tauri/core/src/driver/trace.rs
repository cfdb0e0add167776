//! What the engine was told and what it asked for, one line each: the last of them for a report, and all of them
//! on the error stream while `FIELDCARD_TRACE` is set.

use std::collections::VecDeque;
use std::time::Instant;

use super::progress;
use crate::sync::{Effect, Event, trace};

/// The variable that makes it speak.
const SPEAKS: &str = "FIELDCARD_TRACE";

/// Lines that are kept.
const LINES: usize = 300;

/// The last lines.
#[derive(Debug)]
pub(super) struct Trace {
    began: Instant,
    lines: VecDeque<String>,
    speaks: bool,
}

impl Trace {
    pub(super) fn begin() -> Self {
        let speaks = std::env::var_os(SPEAKS).is_some_and(|value| !value.is_empty());
        Self { began: progress::now(), lines: VecDeque::new(), speaks }
    }

    pub(super) fn told(&mut self, event: &Event) {
        self.say(&format!("<- {}", trace::of_event(event)));
    }

    pub(super) fn wanted(&mut self, effect: &Effect) {
        self.say(&format!("-> {}", trace::of_effect(effect)));
    }

    #[expect(clippy::print_stderr, reason = "asked for by whoever set the variable")]
    pub(super) fn say(&mut self, what: &str) {
        let line = format!("{:>9.3} {what}", self.began.elapsed().as_secs_f64());
        if self.speaks {
            eprintln!("{line}");
        }
        if self.lines.len() >= LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    /// The lines that are kept, oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.iter().cloned().collect()
    }
}
