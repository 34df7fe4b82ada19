//! Chunks as Prometheus' store compresses them: the first sample whole, of a time then how its distance to the one before
//! has changed, of a value the bits that differ.
//!
//! Source: <https://github.com/prometheus/prometheus/blob/main/tsdb/docs/format/chunks.md>.

use lab_model::Sample;
use prost::encoding::encode_varint;

/// Compresses at most 65535 samples in order of time.
pub(super) fn encode(samples: &[Sample]) -> Vec<u8> {
    let count = u16::try_from(samples.len()).unwrap_or(u16::MAX);
    let mut bits = Bits { bytes: count.to_be_bytes().to_vec(), free: 0 };
    let mut values = Values { last: 0, window: None };
    let (mut last, mut distance) = (0_i64, 0_i64);
    for (at, sample) in samples.iter().take(usize::from(count)).enumerate() {
        let value = sample.value.to_bits();
        match at {
            0 => {
                bits.varint(zigzag(sample.timestamp));
                bits.write(value, 64);
                values.last = value;
            }
            1 => {
                distance = sample.timestamp.wrapping_sub(last);
                bits.varint(distance.cast_unsigned());
                values.write(value, &mut bits);
            }
            _ => {
                let now = sample.timestamp.wrapping_sub(last);
                change(now.wrapping_sub(distance), &mut bits);
                distance = now;
                values.write(value, &mut bits);
            }
        }
        last = sample.timestamp;
    }
    bits.bytes
}

/// Writes how a distance has changed, after a prefix that tells how many bits that takes.
fn change(change: i64, bits: &mut Bits) {
    let fits = |width: u32| (-((1_i64 << (width - 1)) - 1)..=1 << (width - 1)).contains(&change);
    if change == 0 {
        bits.write(0, 1);
    } else if fits(14) {
        bits.write(0b10, 2);
        bits.write(change.cast_unsigned(), 14);
    } else if fits(17) {
        bits.write(0b110, 3);
        bits.write(change.cast_unsigned(), 17);
    } else if fits(20) {
        bits.write(0b1110, 4);
        bits.write(change.cast_unsigned(), 20);
    } else {
        bits.write(0b1111, 4);
        bits.write(change.cast_unsigned(), 64);
    }
}

/// The values of a chunk.
struct Values {
    last: u64,
    /// The numbers of zeros before and after the bits that were written last.
    window: Option<(u32, u32)>,
}

impl Values {
    fn write(&mut self, value: u64, bits: &mut Bits) {
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

/// Bytes that grow bit by bit.
struct Bits {
    bytes: Vec<u8>,
    /// How many bits of the last byte are not used yet.
    free: u32,
}

impl Bits {
    /// Writes the lowest `width` bits of a number, the highest of them first.
    fn write(&mut self, number: u64, width: u32) {
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

    fn varint(&mut self, number: u64) {
        let mut bytes = Vec::with_capacity(10);
        encode_varint(number, &mut bytes);
        for byte in bytes {
            self.write(u64::from(byte), 8);
        }
    }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(pairs: &[(i64, f64)]) -> Vec<Sample> {
        pairs.iter().map(|(timestamp, value)| Sample { timestamp: *timestamp, value: *value }).collect()
    }

    const RECORDED: [(&[(i64, f64)], &str); 4] = [
        (&[(1000, 1.0)], "0001d00f3ff0000000000000"),
        (&[(1000, 1.0), (2000, 1.0), (3000, 2.5)], "0003d00f3ff0000000000000e807309bffd0"),
        (
            &[
                (-5, f64::INFINITY),
                (10, -0.0),
                (9000, 1e300),
                (9001, 3.0),
                (400_000, 4.0),
                (400_000_000, 5.0),
                (400_000_001, 5.0),
            ],
            "0007097ff00000000000000fc067ffe1187e0fbf8df90f22001d67ddce38f8ff90f22001d67e5f7568006000000000000\
             f0000000017cb72298001000000000000fffffffffe82e96810",
        ),
        (
            &[
                (1_700_000_000_000, 0.1),
                (1_700_000_015_000, 0.2),
                (1_700_000_030_001, 0.300_000_000_000_000_04),
                (1_700_000_045_000, -7.0),
                (1_700_000_060_000, 123_456_789.0),
                (1_700_000_075_000, 123_456_790.0),
            ],
            "000680a0abfef9623fb999999999999a9875d21f8001d7a6aaaaaaaaaaabdfff60fbff3cccccccccccd8001a0605bcd150\
             0000040000000018000000",
        ),
    ];

    /// What Prometheus 3.14 makes of the same samples.
    #[test]
    fn chunks_are_prometheus_own_bit_by_bit() {
        for (pairs, expected) in RECORDED {
            let bytes = encode(&samples(pairs));
            let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            assert_eq!(hex, expected, "{pairs:?}");
        }
    }
}
