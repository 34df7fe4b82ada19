//! Structured values in log fields.

use serde::Serialize;

/// A field value that keeps its JSON shape: `rolls = json(&[1, 2])` is logged as `"rolls":[1,2]`.
///
/// It travels as bytes, which `tracing` hands through as they are and which have no other meaning in a log
/// line. A value that cannot be serialised is logged as `null`.
pub fn json<T: Serialize + ?Sized>(value: &T) -> Box<[u8]> {
    serde_json::to_vec(value).unwrap_or_else(|_| b"null".to_vec()).into_boxed_slice()
}
