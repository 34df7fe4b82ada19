//! The layout of a chunk, in memory and in a row.
//!
//! ```text
//! count      u16, big endian
//! coding     u8: 0 integer, 1 xor; of native histograms 2 whole counts, 3 any counts
//! first      i64, big endian: timestamp of the first sample in ms
//! then for each sample, as a bit stream: timestamp (not for the first one), value
//! ```
//!
//! The row of a full chunk has count, coding and first time in its head; its body is the bit stream alone.

/// Samples after which a chunk is sealed: half an hour at 5 s, an hour and a half at 15 s.
pub(crate) const MAX_SAMPLES: u16 = 360;
/// Bytes after which a chunk is sealed, whatever it holds.
pub(crate) const MAX_BYTES: usize = 1600;
/// Bytes before the bit stream.
pub(crate) const HEADER: usize = 11;

/// The coding of native histograms whose counts are whole numbers, and of all others.
pub(crate) const WHOLE_COUNTS: u8 = 2;
pub(crate) const FLOAT_COUNTS: u8 = 3;

/// How the values of a chunk are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Whole numbers; anything else costs 70 bits.
    Integer,
    Xor,
}
