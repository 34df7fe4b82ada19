//! Chunks of native histograms whose counts are floats: which buckets there are stands once, then of each histogram its time
//! and its numbers as [`xor`](super::xor) has them.
//!
//! Source: <https://github.com/prometheus/prometheus/blob/main/tsdb/docs/format/chunks.md>.

use lab_histogram::{Buckets, CounterReset, Histogram, Schema};
use lab_metrics::model::histogram_sample::HistogramSample;

use crate::prometheus::read::chunk::bits::{Bits, Values};

/// The largest bound, in thousandths, that is written as a whole number.
const LARGEST_SHORT_BOUND: f64 = 33_554_430.0;

/// The samples in runs that fit into a chunk each: the same buckets, and no reset within.
pub(in crate::prometheus::read) fn runs(samples: &[HistogramSample], most: usize) -> Vec<&[HistogramSample]> {
    let run = samples.chunk_by(|one, two| follows(&one.histogram, &two.histogram));
    run.flat_map(|run| run.chunks(most)).collect()
}

/// Whether a histogram can stand behind another in a chunk. A reader takes it for granted that there was no reset.
fn follows(before: &Histogram, next: &Histogram) -> bool {
    let indexes = |one: &Buckets, two: &Buckets| {
        one.len() == two.len() && one.iter().zip(two.iter()).all(|(one, two)| one.0 == two.0)
    };
    let is_known = match next.reset {
        CounterReset::NotReset => before.reset != CounterReset::Gauge,
        CounterReset::Gauge => before.reset == CounterReset::Gauge,
        CounterReset::Unknown | CounterReset::Reset => false,
    };
    is_known
        && !before.is_stale()
        && !next.is_stale()
        && before.schema == next.schema
        && before.zero_threshold.to_bits() == next.zero_threshold.to_bits()
        && indexes(&before.positive, &next.positive)
        && indexes(&before.negative, &next.negative)
}

/// Compresses one run.
pub(in crate::prometheus::read) fn encode(samples: &[HistogramSample]) -> Vec<u8> {
    let count = u16::try_from(samples.len()).unwrap_or(u16::MAX);
    let mut bytes = count.to_be_bytes().to_vec();
    let Some(first) = samples.first() else { return bytes };
    bytes.push(match first.histogram.reset {
        CounterReset::Unknown => 0b00 << 6,
        CounterReset::NotReset => 0b01 << 6,
        CounterReset::Reset => 0b10 << 6,
        CounterReset::Gauge => 0b11 << 6,
    });
    let mut bits = Bits::after(bytes);
    layout(&first.histogram, &mut bits);
    bits.varbit(first.timestamp);
    let numbers = numbers(&first.histogram);
    for number in &numbers {
        bits.write(*number, 64);
    }
    let mut values: Vec<Values> = numbers.into_iter().map(Values::after).collect();
    let (mut last, mut distance) = (first.timestamp, 0);
    for sample in samples.iter().take(usize::from(count)).skip(1) {
        let now = sample.timestamp.wrapping_sub(last);
        bits.varbit(now.wrapping_sub(distance));
        (last, distance) = (sample.timestamp, now);
        for (value, number) in values.iter_mut().zip(self::numbers(&sample.histogram)) {
            value.write(number, &mut bits);
        }
    }
    bits.into_bytes()
}

/// All numbers of a histogram in their order in a chunk.
fn numbers(histogram: &Histogram) -> Vec<u64> {
    let totals = [histogram.count, histogram.zero_count, histogram.sum];
    let counts = histogram.positive.counts().iter().chain(histogram.negative.counts());
    totals.iter().chain(counts).map(|number| number.to_bits()).collect()
}

fn layout(histogram: &Histogram, bits: &mut Bits) {
    zero_threshold(histogram.zero_threshold, bits);
    bits.varbit(i64::from(histogram.schema.number()));
    for side in [&histogram.positive, &histogram.negative] {
        let spans = side.spans();
        bits.varbit_unsigned(spans.len() as u64);
        for (offset, length) in spans {
            bits.varbit_unsigned(u64::from(length));
            bits.varbit(i64::from(offset));
        }
    }
    if let Schema::Custom(bounds) = &histogram.schema {
        bits.varbit_unsigned(bounds.len() as u64);
        bounds.iter().for_each(|bound| custom_bound(*bound, bits));
    }
}

/// One byte for 0 and for powers of two from 2^-243 to 2^10, which thresholds mostly are; nine for others.
fn zero_threshold(threshold: f64, bits: &mut Bits) {
    const FRACTION: u64 = (1 << 52) - 1;
    if threshold == 0.0 {
        return bits.write(0, 8);
    }
    let exponent = (threshold.to_bits() >> 52).cast_signed() - 1023;
    if threshold.to_bits() & FRACTION == 0 && (-243..=10).contains(&exponent) {
        return bits.write((exponent + 244).cast_unsigned(), 8);
    }
    bits.write(255, 8);
    bits.write(threshold.to_bits(), 64);
}

/// Few bits for whole thousandths from 0 on, which bounds mostly are; 65 for others.
fn custom_bound(bound: f64, bits: &mut Bits) {
    let thousandths = bound * 1000.0;
    let is_short = (0.0..=LARGEST_SHORT_BOUND).contains(&thousandths) && thousandths.round() / 1000.0 == bound;
    if is_short {
        return bits.varbit_unsigned(thousandths.round() as u64 + 1);
    }
    bits.write(0, 1);
    bits.write(bound.to_bits(), 64);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(timestamp: i64, histogram: Histogram) -> HistogramSample {
        HistogramSample { timestamp, histogram: histogram.into() }
    }

    fn exponential(numbers: [f64; 3], positive: [f64; 3]) -> Histogram {
        let [count, zero_count, sum] = numbers;
        Histogram {
            zero_threshold: 2_f64.powi(-128),
            zero_count,
            count,
            sum,
            positive: Buckets::from_pairs([-2, -1, 300].into_iter().zip(positive)),
            negative: Buckets::from_pairs([(5, 1.0)]),
            reset: CounterReset::NotReset,
            ..Histogram::empty(Schema::Exponential(3))
        }
    }

    fn custom(sum: f64, counts: [f64; 3]) -> Histogram {
        Histogram {
            count: 3.0,
            sum,
            positive: Buckets::from_pairs((0..).zip(counts)),
            reset: CounterReset::Gauge,
            ..Histogram::empty(Schema::Custom([-1.0, 0.005, 0.3, 33_554.43, 1e9].into()))
        }
    }

    /// What Prometheus 3.14 makes of the same histograms.
    #[test]
    fn chunks_are_prometheus_own_bit_by_bit() {
        let first = Histogram { reset: CounterReset::Unknown, ..exponential([7.0, 1.0, 20.5], [1.0, 2.0, 2.0]) };
        let second = exponential([9.0, 1.0, 22.5], [2.0, 2.0, 3.0]);
        let growing = [
            sample(1000, first),
            sample(2000, second.clone()),
            sample(3000, second),
            sample(40_000, exponential([1e6 + 9.0, 1.0, 1e9], [2.0, 1e6 + 2.0, 3.0])),
        ];
        let gauges = [sample(-5, custom(1.5, [1.0, 2.0, 0.5])), sample(10, custom(1.0, [2.0, 1.0, 0.5]))];
        let zero = Histogram {
            zero_threshold: 0.3,
            zero_count: 1.5,
            count: 1.5,
            // As Go spells what is not a number.
            sum: f64::from_bits(0x7ff8_0000_0000_0001),
            ..Histogram::empty(Schema::Exponential(-4))
        };
        let recorded: [(&[HistogramSample], &str); 4] = [
            (&growing, GROWING),
            (&gauges, GAUGES),
            (&[sample(1_700_000_000_000, zero)], ZERO),
            (&[sample(5, Histogram::stale())], STALE),
        ];
        for (samples, expected) in recorded {
            assert_eq!(runs(samples, 120), [samples]);
            let hex: Vec<_> = encode(samples).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex.concat(), expected);
        }
    }

    const GROWING: &str = "000400749ca568f84b231c2f8fa10070000000000000ffc000000000000100d2000000000000ffc0000000000001000000\
        00000000010000000000000000ffc0000000000003c7d1a85fb703c25fff6c0600f88ca0cec432124b3b3fb4d65675e5d09080";
    const GAUGES: &str = "0002c000ee5c66557fe00000000000016e96feffffff9073735940000000376801000000000000000000000000000007ff0\
        0000000000007fe000000000000080000000000000007fc00000000000018f3603c25fffc25fff0";
    const ZERO: &str = "000100ff3fd3333333333333de1fc0003179fcad0007ff00000000000007ff0000000000000fff00000000000020";
    const STALE: &str = "00010000185000000000000000000000000000000007ff00000000000020";

    #[test]
    fn a_chunk_ends_where_its_buckets_change_or_a_reset_may_be() {
        let one = exponential([7.0, 1.0, 20.5], [1.0, 2.0, 2.0]);
        let wider = Histogram { positive: Buckets::from_pairs([(1, 2.0)]), ..one.clone() };
        let reset = Histogram { reset: CounterReset::Unknown, ..wider.clone() };
        let all: Vec<_> =
            [one.clone(), one.clone(), wider.clone(), wider.clone(), reset, wider, Histogram::stale(), one]
                .into_iter()
                .map(|histogram| sample(0, histogram))
                .collect();
        let lengths = |most| runs(&all, most).iter().map(|run| run.len()).collect::<Vec<_>>();
        assert_eq!(lengths(120), [2, 2, 2, 1, 1]);
        assert_eq!(lengths(1), [1; 8]);
    }
}
