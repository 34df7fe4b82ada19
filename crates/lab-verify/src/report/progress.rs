//! Progress on stderr, while the report goes to stdout.

use std::io::Write as _;

/// Of fewer requests no progress is told: they are read in a second or two.
const LARGE: usize = 10_000;
/// How often it is told, as a share of the whole.
const STEP: f64 = 0.1;

/// Writes a line of progress. If stderr is closed, the line is dropped.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Tells how far something has come that takes long.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    of: &'static str,
    next: f64,
}

impl Progress {
    /// Progress of reading something of so many requests.
    pub fn of(what: &'static str, requests: usize, of: &'static str) -> Self {
        Self { what, of, next: if requests < LARGE { f64::INFINITY } else { STEP } }
    }

    /// Says the share that is done, if it is time to.
    pub fn say(&mut self, done: f64) {
        if done >= self.next {
            say(&format!("  {}: {:.0} % {}", self.what, done * 100.0, self.of));
            self.next = (done / STEP).floor() * STEP + STEP;
        }
    }
}
