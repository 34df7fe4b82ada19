//! Bits, most significant first.

/// Bits that one look at the stream is sure to show.
const PEEK: u32 = 57;

/// A growing stream.
#[derive(Clone, Debug)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that are still free, 0 to 7.
    free: u32,
}

impl BitWriter {
    /// A stream that goes on after `header`.
    pub(crate) fn after(header: Vec<u8>) -> Self {
        Self { bytes: header, free: 0 }
    }

    /// A stream that goes on where another one ended: behind the first `bits` bits of these bytes.
    pub(crate) fn resume(mut bytes: Vec<u8>, bits: usize) -> Self {
        bytes.truncate(bits.div_ceil(8));
        let free = (bytes.len() * 8).saturating_sub(bits) as u32;
        // What stands behind the end would be mixed with what is appended.
        if let Some(last) = bytes.last_mut() {
            *last &= u8::MAX << free;
        }
        Self { bytes, free }
    }

    /// Appends the low `count` bits of `value`, 0 to 64.
    pub(crate) fn write(&mut self, value: u64, mut count: u32) {
        while count > 0 {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let taken = count.min(self.free);
            let part = (value >> (count - taken)) & ((1 << taken) - 1);
            if let Some(last) = self.bytes.last_mut() {
                *last |= (part << (self.free - taken)) as u8;
            }
            self.free -= taken;
            count -= taken;
        }
    }

    /// Everything so far, header included.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The header, to be updated in place.
    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

/// Reads a stream; beyond its end there are zeros, and [`BitReader::overrun`] tells.
#[derive(Clone, Debug)]
pub(crate) struct BitReader<'a> {
    bytes: &'a [u8],
    /// The next bit.
    at: usize,
}

impl<'a> BitReader<'a> {
    /// Reads from the first bit of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next bits, left-aligned; at least [`PEEK`] of them are real.
    #[inline]
    fn peek(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = match rest.first_chunk::<8>() {
            Some(word) => u64::from_be_bytes(*word),
            None => rest.iter().rev().fold(0, |word, byte| (word >> 8) | (u64::from(*byte) << 56)),
        };
        word << (self.at % 8)
    }

    /// How many ones come next, at most `limit`; skips them and the zero that ends them, if any.
    #[inline]
    pub(crate) fn ones(&mut self, limit: u32) -> u32 {
        let ones = self.peek().leading_ones().min(limit);
        self.at += (ones + u32::from(ones < limit)) as usize;
        ones
    }

    /// The next `count` bits, 0 to 64.
    #[inline]
    pub(crate) fn read(&mut self, count: u32) -> u64 {
        if count > PEEK {
            let high = self.read(count - 32);
            return (high << 32) | self.read(32);
        }
        let word = self.peek();
        self.at += count as usize;
        if count == 0 { 0 } else { word >> (64 - count) }
    }

    /// How many bits were read.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// True if more was read than there is: the stream is damaged.
    #[inline]
    pub(crate) fn overrun(&self) -> bool {
        self.at > self.bytes.len() * 8
    }
}
