//! Values of counters, sizes and seconds: whole numbers, or numbers of a few decimal places, which are whole numbers of
//! tenths, hundredths and so on. What is written is the change of the step between one such number and the next. Any other
//! value (a staleness marker, more places) is written with all its bits.

use crate::store::rows::chunk::bits::{BitReader, BitWriter};
use crate::store::rows::chunk::steps::{VALUE, Widths};

/// The most decimal places: nanoseconds as seconds.
pub(crate) const MOST_PLACES: u8 = 9;
/// Largest whole number that a float holds exactly along with all its neighbours.
const LARGEST: u64 = 9_007_199_254_740_992;
/// How many of the smallest units one is, by the number of places. Floats hold all of them exactly.
const SCALES: [f64; MOST_PLACES as usize + 1] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// What the writer and the reader of a stream both remember.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Decimal {
    places: u8,
    last: i64,
    step: i64,
}

impl Decimal {
    /// A stream of numbers with so many decimal places.
    pub(crate) fn of(places: u8) -> Self {
        Self { places, last: 0, step: 0 }
    }

    /// Appends a value.
    pub(crate) fn write(&mut self, bits: &mut BitWriter, value: f64) {
        let short = if let Some(number) = units(value, self.places) {
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
            return value(self.last, self.places);
        }
        let value = f64::from_bits(bits.read(64));
        if let Some(number) = units(value, self.places) {
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

/// The value in units of its last decimal place, if that loses no bit (the sign of minus zero included).
pub(crate) fn units(of: f64, places: u8) -> Option<i64> {
    let number = if places == 0 { of as i64 } else { (of * scale(places)).round() as i64 };
    (number.unsigned_abs() <= LARGEST && value(number, places).to_bits() == of.to_bits()).then_some(number)
}

/// How many decimal places a value has, from `least` on; none if there are too many.
pub(crate) fn places_of(value: f64, least: u8) -> Option<u8> {
    (least..=MOST_PLACES).find(|places| units(value, *places).is_some())
}

/// The value of so many units.
fn value(units: i64, places: u8) -> f64 {
    if places == 0 { units as f64 } else { units as f64 / scale(places) }
}

fn scale(places: u8) -> f64 {
    SCALES.get(usize::from(places)).copied().unwrap_or(1.0)
}
