//! What a lab that shows a run file says of it.

use lab_recording::manifest::Manifest;
use serde::Serialize;

/// The run that is shown. Such a lab takes nothing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ShownRun {
    /// The first whole second of the run, in milliseconds since the Unix epoch; what a page begins with.
    pub start_ms: i64,
    /// The first whole second after it.
    pub end_ms: i64,
}

impl ShownRun {
    /// The run of a file.
    pub fn of(manifest: &Manifest) -> Self {
        let second = |ns: i64| ns.div_euclid(1_000_000_000) * 1000;
        Self { start_ms: second(manifest.start_ns), end_ms: second(manifest.end_ns) + 1000 }
    }
}
