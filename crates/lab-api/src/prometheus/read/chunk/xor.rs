//! Chunks as Prometheus' store compresses them: the first sample whole, of a time then how its distance to the one before
//! has changed, of a value the bits that differ.
//!
//! Source: <https://github.com/prometheus/prometheus/blob/main/tsdb/docs/format/chunks.md>.

use lab_model::Sample;

use crate::prometheus::read::chunk::bits::{Bits, Values};

/// Compresses at most 65535 samples in order of time.
pub(in crate::prometheus::read) fn encode(samples: &[Sample]) -> Vec<u8> {
    let count = u16::try_from(samples.len()).unwrap_or(u16::MAX);
    let mut bits = Bits::after(count.to_be_bytes().to_vec());
    let mut values = Values::default();
    let (mut last, mut distance) = (0_i64, 0_i64);
    for (at, sample) in samples.iter().take(usize::from(count)).enumerate() {
        let value = sample.value.to_bits();
        match at {
            0 => {
                bits.varint(Bits::zigzag(sample.timestamp));
                bits.write(value, 64);
                values = Values::after(value);
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
    bits.into_bytes()
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
