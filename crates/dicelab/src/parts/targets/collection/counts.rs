//! What has come from the files that are followed, counted for the collector's page and the lab's metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::Serialize;

/// The counters, shared by the files and those who show them.
#[derive(Clone, Debug, Default)]
pub struct Counts(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    followed: AtomicU64,
    lines: AtomicU64,
    repaired: AtomicU64,
    pieces: AtomicU64,
    packed: AtomicU64,
    leaves_out: AtomicBool,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FileCounts {
    /// Files that are open at present.
    pub followed: u64,
    /// Lines that were read, or entries of several lines.
    pub lines: u64,
    /// Lines with bytes that are not UTF-8, which U+FFFD replaces.
    pub repaired: u64,
    /// Pieces of lines that were too long to be kept whole.
    pub pieces: u64,
    /// Files that are compressed and therefore not read.
    pub packed: u64,
    /// Whether there are more files than are followed at a time.
    pub leaves_out: bool,
}

impl Counts {
    pub fn now(&self) -> FileCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FileCounts {
            followed: count(&self.0.followed),
            lines: count(&self.0.lines),
            repaired: count(&self.0.repaired),
            pieces: count(&self.0.pieces),
            packed: count(&self.0.packed),
            leaves_out: self.0.leaves_out.load(Ordering::Relaxed),
        }
    }

    /// So many files are open.
    pub fn follows(&self, files: usize) {
        self.0.followed.store(files as u64, Ordering::Relaxed);
    }

    /// So many lines were kept.
    pub fn kept(&self, lines: usize) {
        self.0.lines.fetch_add(lines as u64, Ordering::Relaxed);
    }

    /// A line had bytes that are not UTF-8.
    pub fn repaired(&self) {
        self.0.repaired.fetch_add(1, Ordering::Relaxed);
    }

    /// A line was too long, so that a piece of it stands for itself.
    pub fn piece(&self) {
        self.0.pieces.fetch_add(1, Ordering::Relaxed);
    }

    /// A file is compressed.
    pub fn packed(&self) {
        self.0.packed.fetch_add(1, Ordering::Relaxed);
    }

    /// There are more files than are followed at a time, or all of them are followed.
    pub fn leaves_out(&self, is_so: bool) {
        self.0.leaves_out.store(is_so, Ordering::Relaxed);
    }
}
