//! Values of counters and sizes: the change of the step between one whole number and the next. What is no
//! whole number (a staleness marker, a fraction) is written with all its bits.

use crate::store::rows::chunk::bits::{BitReader, BitWriter};
use crate::store::rows::chunk::steps::{VALUE, Widths};

/// Largest whole number that a float holds exactly along with all its neighbours.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// What the writer and the reader of a stream both remember.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Integer {
    last: i64,
    step: i64,
}

impl Integer {
    /// Appends a value.
    pub(crate) fn write(&mut self, bits: &mut BitWriter, value: f64) {
        let short = if let Some(number) = whole(value) {
            let change = self.advance(number);
            VALUE.write(bits, change)
        } else {
            Widths::<5>::write_prefix(bits);
            false
        };
        if !short {
            bits.write(value.to_bits(), 64);
        }
    }

    /// Reads the next value.
    #[inline]
    pub(crate) fn read(&mut self, bits: &mut BitReader<'_>) -> f64 {
        if let Some(change) = VALUE.read(bits) {
            self.step = self.step.wrapping_add(change);
            self.last = self.last.wrapping_add(self.step);
            return self.last as f64;
        }
        let value = f64::from_bits(bits.read(64));
        if let Some(number) = whole(value) {
            self.advance(number);
        }
        value
    }

    fn advance(&mut self, number: i64) -> i64 {
        let step = number.wrapping_sub(self.last);
        let change = step.wrapping_sub(self.step);
        (self.last, self.step) = (number, step);
        change
    }
}

/// The value as a whole number, if that loses nothing (the sign of minus zero included).
pub(crate) fn whole(value: f64) -> Option<i64> {
    let number = value as i64;
    (value.abs() <= LARGEST && (number as f64).to_bits() == value.to_bits()).then_some(number)
}
