//! Answers as Loki writes them: in JSON, with string nanoseconds for lines and numbers of seconds for samples, or in the
//! protobuf messages in which Loki's own parts talk to each other.

pub(crate) mod by_stream;
pub(crate) mod envelope;
pub(crate) mod form;
pub(crate) mod messages;
pub(crate) mod packed;
pub(crate) mod samples;
pub(crate) mod statistics;
pub(crate) mod streams;
