//! An entry as it is read: borrowed from memory or from a chunk.

/// One line with what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRef<'a> {
    /// Nanoseconds since the Unix epoch.
    pub timestamp: i64,
    pub line: &'a str,
    /// Structured metadata, in order of the names.
    pub metadata: &'a [(&'a str, &'a str)],
}

/// A chunk that cannot be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chunk is damaged")]
pub struct Damaged;
