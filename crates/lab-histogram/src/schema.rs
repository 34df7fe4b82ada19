//! The resolution of a histogram: where the bounds of its buckets lie.

mod fractions;

use std::sync::Arc;

use self::fractions::FRACTIONS;

/// The number by which formats and answers name custom bounds.
pub const CUSTOM_SCHEMA: i32 = -53;
/// The coarsest exponential resolution: each bound is 2^16 times the one before.
pub const LOWEST_SCHEMA: i32 = -4;
/// The finest exponential resolution: 256 buckets between two powers of two.
pub const HIGHEST_SCHEMA: i32 = 8;

/// The finest exponential resolution that formats provide for; what is finer than [`HIGHEST_SCHEMA`] is reduced to that.
const FINEST_OF_FORMATS: i32 = 52;

/// Where the bounds of the buckets lie.
#[derive(Clone, Debug)]
pub enum Schema {
    /// Each bound is 2^(2^-n) times the one before, and 1 is a bound; n from [`LOWEST_SCHEMA`] to [`HIGHEST_SCHEMA`].
    Exponential(i32),
    /// These upper bounds, ascending and finite; behind the last one stands a bucket up to infinity.
    Custom(Arc<[f64]>),
}

impl Schema {
    /// The number by which formats and answers name the schema.
    pub fn number(&self) -> i32 {
        match self {
            Self::Exponential(number) => *number,
            Self::Custom(_) => CUSTOM_SCHEMA,
        }
    }

    /// Whether it is finer than what is computed with, and a resolution for all that.
    pub(crate) fn is_too_fine(&self) -> bool {
        matches!(self, Self::Exponential(number) if (HIGHEST_SCHEMA + 1..=FINEST_OF_FORMATS).contains(number))
    }

    /// The upper bound of a bucket on the positive side; of the custom bounds' neighbours, minus and plus infinity.
    pub fn bound(&self, index: i32) -> f64 {
        match self {
            Self::Exponential(schema) => exponential_bound(index, *schema),
            Self::Custom(bounds) => match usize::try_from(index) {
                Err(_) => f64::NEG_INFINITY,
                Ok(index) => bounds.get(index).copied().unwrap_or(f64::INFINITY),
            },
        }
    }
}

/// Two custom schemas are equal if their bounds are.
impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exponential(one), Self::Exponential(two)) => one == two,
            (Self::Custom(one), Self::Custom(two)) => one == two,
            _ => false,
        }
    }
}

/// The upper bound of bucket `index`: 2^(index / 2^schema). The bucket that would end just beyond the largest float ends
/// at the largest float, so that the one behind it holds infinity alone.
pub(crate) fn exponential_bound(index: i32, schema: i32) -> f64 {
    let (fraction, exponent) = if schema < 0 {
        (0.5, (i64::from(index) << -schema) + 1)
    } else {
        let place = (index & ((1 << schema) - 1)) << (HIGHEST_SCHEMA - schema).max(0);
        let fraction = usize::try_from(place).ok().and_then(|place| FRACTIONS.get(place));
        (fraction.copied().unwrap_or(0.5), i64::from(index >> schema) + 1)
    };
    if fraction == 0.5 && exponent == 1025 { f64::MAX } else { times_power_of_two(fraction, exponent) }
}

/// The index that a bucket has once the resolution is reduced from `from` to `to`.
pub(crate) fn reduced_index(index: i32, from: i32, to: i32) -> i32 {
    // The smallest index belongs to a bucket below every float; that it stays where it is changes nothing.
    (index.saturating_sub(1) >> (from - to).clamp(0, 31)) + 1
}

/// `fraction · 2^exponent`, beyond the range of floats infinity or zero.
fn times_power_of_two(fraction: f64, exponent: i64) -> f64 {
    let exponent = exponent.clamp(-2044, 2044) as i32;
    // Two steps, because 2^exponent itself may not be a float.
    let half = exponent / 2;
    fraction * power_of_two(half) * power_of_two(exponent - half)
}

/// 2^exponent for exponents from -1022 to 1023.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_powers_of_two_and_what_lies_between_them() {
        let bounds = |schema, indexes: [i32; 5]| indexes.map(|index| exponential_bound(index, schema));
        assert_eq!(bounds(0, [-2, -1, 0, 1, 2]), [0.25, 0.5, 1.0, 2.0, 4.0]);
        assert_eq!(bounds(-1, [-2, -1, 0, 1, 2]), [0.0625, 0.25, 1.0, 4.0, 16.0]);
        assert_eq!(bounds(2, [-2, 0, 1, 4, 8]), [FRACTIONS[128], 1.0, 2.0 * FRACTIONS[64], 2.0, 4.0]);
        assert_eq!(exponential_bound(1, 8), 1.0027112750502025);
        assert_eq!(exponential_bound(-1074, 0), 5e-324);
    }

    #[test]
    fn the_last_bucket_ends_at_the_largest_float_and_the_next_one_at_infinity() {
        for (schema, last) in [(-4, 64), (0, 1024), (3, 8192), (8, 262_144)] {
            assert_eq!(exponential_bound(last, schema), f64::MAX);
            assert_eq!(exponential_bound(last + 1, schema), f64::INFINITY);
            assert!(exponential_bound(last - 1, schema) < f64::MAX);
        }
        assert_eq!(exponential_bound(i32::MAX, 8), f64::INFINITY);
        assert_eq!(exponential_bound(i32::MIN, -4), 0.0);
    }

    #[test]
    fn a_bucket_lies_within_the_one_that_it_is_reduced_to() {
        for index in -40..40 {
            let (coarse, fine) = (reduced_index(index, 3, 1), exponential_bound(index, 3));
            assert!(fine <= exponential_bound(coarse, 1) && fine > exponential_bound(coarse - 1, 1), "{index}");
        }
    }

    #[test]
    fn custom_bounds_have_infinite_neighbours() {
        let schema = Schema::Custom([1.0, 2.5].into());
        assert_eq!([-1, 0, 1, 2].map(|index| schema.bound(index)), [f64::NEG_INFINITY, 1.0, 2.5, f64::INFINITY]);
    }
}
