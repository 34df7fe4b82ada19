//! What a trace store accepts and keeps. Everything beyond is refused or dropped, and counted.

use std::time::Duration;

/// Bounds on what arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Spans of one trace; later ones are rejected.
    pub trace_spans: u64,
    /// Encoded bytes of one trace; later spans are rejected.
    pub trace_bytes: u64,
    /// Encoded bytes of one attribute's value; longer texts are cut off there.
    pub attribute_bytes: usize,
    /// Bytes that wait in memory for the disk.
    pub pending_bytes: u64,
    /// Bytes of distinct resources and scopes.
    pub origin_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            trace_spans: 100_000,
            trace_bytes: 32 << 20,
            attribute_bytes: 16 << 10,
            pending_bytes: 64 << 20,
            origin_bytes: 16 << 20,
        }
    }
}

/// Bounds on what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Fragments whose first span began longer ago are removed.
    pub max_age: Duration,
    /// Beyond this size the oldest fragments are removed.
    pub max_bytes: u64,
}
