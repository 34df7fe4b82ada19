//! Log lines by stream.

use prost::Message;

use crate::messages::metrics::Pair;

/// Streams with their lines.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct LogPortion {
    #[prost(message, repeated, tag = "1")]
    pub streams: Vec<Stream>,
}

/// Some lines of a stream.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Stream {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    pub entries: Vec<Entry>,
}

/// One line with what belongs to it.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Entry {
    /// Nanoseconds since the Unix epoch.
    #[prost(sfixed64, tag = "1")]
    pub time_ns: i64,
    #[prost(string, tag = "2")]
    pub line: String,
    /// Structured metadata: labels of this line alone.
    #[prost(message, repeated, tag = "3")]
    pub metadata: Vec<Pair>,
}
