//! Signed numbers that are mostly zero or small: a prefix of ones names the width.

use crate::store::rows::chunk::bits::{BitReader, BitWriter};

/// The widths that prefixes of one, two, three … ones stand for; no one at all is the number zero, and as
/// many ones as there are widths plus one is 64 bits.
#[derive(Clone, Copy)]
pub(crate) struct Widths<const N: usize>(pub(super) [u32; N]);

/// Changes between the distances of timestamps, in ms.
pub(crate) const TIME: Widths<4> = Widths([7, 14, 20, 32]);
/// Changes between the steps of whole numbers.
pub(crate) const VALUE: Widths<5> = Widths([3, 7, 12, 20, 32]);

impl<const N: usize> Widths<N> {
    /// Writes a number; false if it needs the full 64 bits, which the caller then writes after the prefix.
    pub(crate) fn write(self, bits: &mut BitWriter, number: i64) -> bool {
        if number == 0 {
            bits.write(0, 1);
            return true;
        }
        let folded = zigzag(number);
        for (at, width) in self.0.iter().enumerate() {
            if folded >> width == 0 {
                let ones = at as u32 + 1;
                bits.write((1 << (ones + 1)) - 2, ones + 1);
                bits.write(folded, *width);
                return true;
            }
        }
        Self::write_prefix(bits);
        false
    }

    /// Writes the prefix for 64 bits.
    pub(crate) fn write_prefix(bits: &mut BitWriter) {
        let ones = N as u32 + 1;
        bits.write((1 << ones) - 1, ones);
    }

    /// Reads a number; `None` if 64 bits follow.
    #[inline]
    pub(crate) fn read(self, bits: &mut BitReader<'_>) -> Option<i64> {
        match bits.ones(N as u32 + 1) as usize {
            0 => Some(0),
            ones => self.0.get(ones - 1).map(|width| unzigzag(bits.read(*width))),
        }
    }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(folded: u64) -> i64 {
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}
