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

impl EntryRef<'_> {
    /// Bytes of the line and its structured metadata.
    pub fn bytes(&self) -> usize {
        self.line.len() + self.metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    }
}

/// A chunk that cannot be read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the chunk is damaged")]
pub struct Damaged;
