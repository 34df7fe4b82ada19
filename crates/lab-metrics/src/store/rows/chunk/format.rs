//! The layout of a chunk, in memory and in a row.
//!
//! ```text
//! count      u16, big endian
//! coding     u8: 0 whole numbers, 17 to 25 numbers of 1 to 9 decimal places, 1 xor; of native histograms 2 whole counts,
//!            3 any counts
//! first      i64, big endian: timestamp of the first sample in ms
//! then for each sample, as a bit stream: timestamp (not for the first one), value
//! ```
//!
//! The row of a full chunk has count, coding and first time in its head; its body is the bit stream alone.

use crate::store::rows::chunk::decimal::MOST_PLACES;

/// Samples after which a chunk is sealed: half an hour at 5 s, an hour and a half at 15 s.
pub(crate) const MAX_SAMPLES: u16 = 360;
/// Bytes after which a chunk is sealed, whatever it holds.
pub(crate) const MAX_BYTES: usize = 1600;
/// Bytes before the bit stream.
pub(crate) const HEADER: usize = 11;

/// The byte before that of one decimal place.
const PLACES: u8 = 16;

/// The coding of native histograms whose counts are whole numbers, and of all others.
pub(crate) const WHOLE_COUNTS: u8 = 2;
pub(crate) const FLOAT_COUNTS: u8 = 3;

/// How the values of a chunk are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// Numbers of so many decimal places; anything else costs 70 bits.
    Decimal(u8),
    Xor,
}

impl Coding {
    /// Whole numbers, which most counters are.
    pub(crate) const WHOLE: Self = Self::Decimal(0);

    /// How a chunk says it.
    pub(crate) fn byte(self) -> u8 {
        match self {
            Self::Decimal(0) => 0,
            Self::Xor => 1,
            Self::Decimal(places) => PLACES + places,
        }
    }

    /// What a chunk says; none of a chunk of histograms.
    pub(crate) fn of(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::WHOLE),
            1 => Some(Self::Xor),
            _ => byte.checked_sub(PLACES).filter(|places| (1..=MOST_PLACES).contains(places)).map(Self::Decimal),
        }
    }
}
