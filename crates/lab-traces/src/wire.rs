//! Just enough protobuf to walk a message without decoding it: spans are stored as the bytes they came as.
//!
//! [`fields`](fields::Fields) reads one message's fields, [`schema`] proves that a message and all that
//! is inside it is well formed, so that whoever decodes it later cannot fail.

pub(crate) mod fields;
pub(crate) mod schema;
pub(crate) mod span_id;
