//! Just enough protobuf to read OTLP messages without decoding them: spans are stored as the bytes that came.
//!
//! [`fields`](fields::Fields) reads the fields of one message; [`schema`] proves that a message and all that
//! is inside it is well formed, so that whoever decodes it later cannot fail.

pub(crate) mod fields;
pub(crate) mod schema;
pub(crate) mod span_key;
