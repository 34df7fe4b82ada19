//! Answers: the messages of `tempopb`, and how they are written as JSON and as protobuf.

pub(crate) mod attribute;
pub(crate) mod diff;
pub(crate) mod format;
pub(crate) mod json;
pub(crate) mod messages;
pub(crate) mod models;
pub(crate) mod object;
pub(crate) mod otlp;
