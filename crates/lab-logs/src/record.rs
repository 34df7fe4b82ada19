//! The words of the log signal: a *stream* is identified by its [`Labels`], an [`Entry`] is one line in it.

use std::sync::Arc;

use lab_model::Labels;

/// One line of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Nanoseconds since the Unix epoch.
    pub timestamp: i64,
    /// The line as it was written, without its line feed.
    pub line: Arc<str>,
    /// Structured metadata: labels of this line alone, such as `trace_id`.
    pub metadata: Labels,
}

impl Entry {
    /// An entry without structured metadata.
    pub fn new(timestamp: i64, line: impl Into<Arc<str>>) -> Self {
        Self { timestamp, line: line.into(), metadata: Labels::empty() }
    }

    /// The same entry with structured metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Labels) -> Self {
        self.metadata = metadata;
        self
    }

    /// Bytes that count against limits and rates: the line and its structured metadata.
    pub fn bytes(&self) -> usize {
        self.line.len() + self.metadata.text_bytes()
    }
}

/// A line as a query answers it, its labels kept apart by where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Nanoseconds since the Unix epoch.
    pub timestamp: i64,
    /// The line, possibly rewritten by the query.
    pub line: Arc<str>,
    /// Labels of the stream.
    pub stream: Labels,
    /// Labels of this line alone (structured metadata).
    pub metadata: Labels,
    /// Labels that the query's parsers extracted or that it set.
    pub parsed: Labels,
}

impl LogLine {
    /// All labels as one set; what the query extracted wins over metadata, and that over the stream.
    pub fn labels(&self) -> Labels {
        let mut all = self.stream.to_builder();
        for label in self.metadata.iter().chain(&self.parsed) {
            all.keep(label.name.clone(), label.value.clone());
        }
        all.build()
    }
}
