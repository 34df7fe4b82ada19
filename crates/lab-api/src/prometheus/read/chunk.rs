//! Chunks in the formats of Prometheus' own store.

mod bits;
pub(super) mod float_histogram;
pub(super) mod xor;
