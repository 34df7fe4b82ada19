//! Bits, and the numbers that chunks make of them.

use prost::encoding::encode_varint;

/// Bytes that grow bit by bit.
#[derive(Debug)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    /// How many bits of the last byte are not used yet.
    free: u32,
}

impl Bits {
    /// Begins after whole bytes.
    pub(super) fn after(bytes: Vec<u8>) -> Self {
        Self { bytes, free: 0 }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes the lowest `width` bits of a number, the highest of them first.
    pub(super) fn write(&mut self, number: u64, width: u32) {
        for at in (0..width).rev() {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            self.free -= 1;
            if let Some(byte) = self.bytes.last_mut() {
                *byte |= u8::from((number >> at) & 1 == 1) << self.free;
            }
        }
    }

    /// A number of whole bytes.
    pub(super) fn varint(&mut self, number: u64) {
        let mut bytes = Vec::with_capacity(10);
        encode_varint(number, &mut bytes);
        for byte in bytes {
            self.write(u64::from(byte), 8);
        }
    }

    /// A signed number as one that is small if it is near zero.
    pub(super) fn zigzag(number: i64) -> u64 {
        ((number << 1) ^ (number >> 63)).cast_unsigned()
    }

    /// A number in as few bits as its size asks for, after a prefix that tells how many.
    pub(super) fn varbit(&mut self, number: i64) {
        let fits = |width: u32| (-((1_i64 << (width - 1)) - 1)..=1 << (width - 1)).contains(&number);
        self.prefixed(number.cast_unsigned(), number == 0, fits);
    }

    /// The same of a number without a sign.
    pub(super) fn varbit_unsigned(&mut self, number: u64) {
        self.prefixed(number, number == 0, |width| number >> width == 0);
    }

    fn prefixed(&mut self, number: u64, is_zero: bool, fits: impl Fn(u32) -> bool) {
        const WIDTHS: [u32; 7] = [3, 6, 9, 12, 18, 25, 56];
        if is_zero {
            return self.write(0, 1);
        }
        match (2..).zip(WIDTHS).find(|(_, width)| fits(*width)) {
            Some((prefix, width)) => {
                // Ones, and a zero behind them.
                self.write((1 << prefix) - 2, prefix);
                self.write(number, width);
            }
            None => {
                self.write(0xff, 8);
                self.write(number, 64);
            }
        }
    }
}

/// Floats of a chunk that follow each other: of each the bits that differ from the one before.
#[derive(Debug, Default)]
pub(super) struct Values {
    last: u64,
    /// The numbers of zeros before and after the bits that were written last.
    window: Option<(u32, u32)>,
}

impl Values {
    /// What follows a float that was written whole.
    pub(super) fn after(value: u64) -> Self {
        Self { last: value, window: None }
    }

    /// Writes the next one.
    pub(super) fn write(&mut self, value: u64, bits: &mut Bits) {
        let differs = value ^ std::mem::replace(&mut self.last, value);
        if differs == 0 {
            return bits.write(0, 1);
        }
        bits.write(1, 1);
        // Five bits are there for the number of zeros in front.
        let (before, after) = (differs.leading_zeros().min(31), differs.trailing_zeros());
        if let Some((before_then, after_then)) = self.window.filter(|then| before >= then.0 && after >= then.1) {
            bits.write(0, 1);
            return bits.write(differs >> after_then, 64 - before_then - after_then);
        }
        self.window = Some((before, after));
        let width = 64 - before - after;
        bits.write(1, 1);
        bits.write(u64::from(before), 5);
        // 64 bits are written as 0.
        bits.write(u64::from(width), 6);
        bits.write(differs >> after, width);
    }
}
