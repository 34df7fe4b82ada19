//! Values of any kind: the bits that differ from the value before. `0` = none; `10` = they lie within the
//! window of the last ones; `11` = a new window follows, 6 bits for the leading zeros and 6 for its width.

use crate::store::rows::chunk::bits::{BitReader, BitWriter};

/// What the writer and the reader of a stream both remember.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Xor {
    last: u64,
    leading: u32,
    /// Bits of the window; 0 before the first one.
    width: u32,
}

impl Xor {
    /// Appends a value.
    pub(crate) fn write(&mut self, bits: &mut BitWriter, value: f64) {
        let difference = value.to_bits() ^ self.last;
        self.last = value.to_bits();
        if difference == 0 {
            bits.write(0, 1);
            return;
        }
        let (leading, trailing) = (difference.leading_zeros(), difference.trailing_zeros());
        let fits = self.width > 0 && leading >= self.leading && trailing >= 64 - self.leading - self.width;
        if fits {
            bits.write(0b10, 2);
        } else {
            (self.leading, self.width) = (leading, 64 - leading - trailing);
            bits.write(0b11, 2);
            bits.write(u64::from(self.leading), 6);
            bits.write(u64::from(self.width - 1), 6);
        }
        bits.write(difference >> (64 - self.leading - self.width), self.width);
    }

    /// Reads the next value.
    #[inline]
    pub(crate) fn read(&mut self, bits: &mut BitReader<'_>) -> f64 {
        let kind = bits.ones(2);
        if kind == 2 {
            self.leading = bits.read(6) as u32;
            // A damaged stream must not shift beyond the word.
            self.width = (bits.read(6) as u32 + 1).min(64 - self.leading);
        }
        if kind > 0 {
            // `width` is 0 only if the stream is damaged: a window is used before it was given.
            let shift = 64 - self.leading - self.width;
            self.last ^= bits.read(self.width).checked_shl(shift).unwrap_or_default();
        }
        f64::from_bits(self.last)
    }
}
