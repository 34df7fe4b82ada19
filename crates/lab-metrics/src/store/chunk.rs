//! A chunk: up to [`MAX_SAMPLES`] samples of one series in a few bits each.
//!
//! ```text
//! count      u16, big endian
//! coding     u8: 0 integer, 1 xor
//! first      i64, big endian: timestamp of the first sample in ms
//! then for each sample, as a bit stream: timestamp (not for the first one), value
//! ```
//!
//! A timestamp is the change of its distance to the one before, so a steady scrape costs one bit. A value
//! is, in [integer](integer) coding, the change of the step between whole numbers (counters, sizes) and, in
//! [xor](xor) coding, the bits that differ from the value before (Pelkonen et al., "Gorilla", VLDB 2015).
//! Every bit of every value survives, staleness markers and other NaN payloads included.

mod bits;
pub(crate) mod builder;
mod integer;
pub(crate) mod reader;
mod steps;
mod xor;

#[cfg(test)]
mod tests;

/// Samples after which a chunk is sealed: half an hour at 5 s, an hour and a half at 15 s.
pub(crate) const MAX_SAMPLES: u16 = 360;
/// Bytes after which a chunk is sealed, whatever it holds.
pub(crate) const MAX_BYTES: usize = 1600;
/// Bytes before the bit stream.
const HEADER: usize = 11;

/// How the values of a chunk are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Whole numbers; anything else costs 70 bits.
    Integer,
    /// Any number.
    Xor,
}
