//! The histogram itself.

use lab_model::{Sum, value};

use crate::buckets::{Buckets, Quantity};
use crate::schema::{HIGHEST_SCHEMA, Schema};

/// A native histogram. Counts are floats, and may be negative after a subtraction.
#[derive(Clone, Debug)]
pub struct Histogram<N = f64> {
    /// Where the bounds of the buckets lie.
    pub schema: Schema,
    /// Observations at most this far from zero are counted in the zero bucket; 0 with custom bounds.
    pub zero_threshold: f64,
    /// Observations in the zero bucket.
    pub zero_count: N,
    /// All observations, those that are not a number among them.
    pub count: N,
    /// The sum of all observations. The staleness marker here marks the end of a series.
    pub sum: N,
    /// Buckets above the zero bucket, or all buckets of custom bounds.
    pub positive: Buckets<N>,
    /// Buckets below the zero bucket, by the distance of their bounds from zero.
    pub negative: Buckets<N>,
    /// What is known about a reset of the counter.
    pub reset: CounterReset,
}

/// What is known about a reset of the counter between a histogram and the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CounterReset {
    /// It has to be looked for.
    #[default]
    Unknown,
    /// There was one.
    Reset,
    /// There was none.
    NotReset,
    /// The histogram is no counter: its counts may go up and down.
    Gauge,
}

/// A side of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Observations below the zero bucket.
    Negative,
    /// Observations above the zero bucket, or all of them where bounds are custom.
    Positive,
}

impl Histogram {
    /// A histogram without observations.
    pub fn empty(schema: Schema) -> Self {
        Self {
            schema,
            zero_threshold: 0.0,
            zero_count: 0.0,
            count: 0.0,
            sum: 0.0,
            positive: Buckets::default(),
            negative: Buckets::default(),
            reset: CounterReset::Unknown,
        }
    }

    /// The marker that ends a series of histograms.
    pub fn stale() -> Self {
        Self { sum: value::stale_nan(), ..Self::empty(Schema::Exponential(0)) }
    }

    /// Whether this is the marker that ends a series.
    pub fn is_stale(&self) -> bool {
        value::is_stale(self.sum)
    }

    /// Whether anything but the counter reset differs: to the bit, empty buckets included.
    pub fn is_same(&self, other: &Self) -> bool {
        let bits = |one: &Self| [one.count, one.sum, one.zero_count].map(f64::to_bits);
        let same = |one: &Buckets, two: &Buckets| {
            one.len() == two.len()
                && one.iter().zip(two.iter()).all(|(one, two)| one.0 == two.0 && one.1.to_bits() == two.1.to_bits())
        };
        self.schema == other.schema
            && self.zero_threshold == other.zero_threshold
            && bits(self) == bits(other)
            && same(&self.positive, &other.positive)
            && same(&self.negative, &other.negative)
    }

    /// A copy whose sums carry their rounding errors along.
    pub fn carrying(&self) -> Histogram<Sum> {
        self.converted(Sum::new)
    }

    /// Bytes that it holds.
    pub fn size(&self) -> usize {
        let bounds = if let Schema::Custom(bounds) = &self.schema { bounds.len() * 8 } else { 0 };
        size_of::<Self>() + (self.positive.len() + self.negative.len()) * 12 + bounds
    }
}

impl<N: Quantity> Histogram<N> {
    /// Whether it has custom bounds.
    pub fn is_custom(&self) -> bool {
        matches!(self.schema, Schema::Custom(_))
    }

    /// Every count and the sum times a factor; what is turned round is no counter any more.
    pub fn scale(&mut self, factor: f64) {
        self.change(|quantity| quantity.scaled(factor));
        if factor < 0.0 {
            self.reset = CounterReset::Gauge;
        }
    }

    /// Removes empty buckets.
    pub fn compact(&mut self) {
        self.positive.compact();
        self.negative.compact();
    }

    /// Whether a count or the sum has left what a float holds.
    pub fn has_overflow(&self) -> bool {
        let totals = [self.zero_count, self.count, self.sum].into_iter();
        let counts = self.positive.iter().chain(self.negative.iter()).map(|(_, count)| count);
        totals.chain(counts).any(|quantity| quantity.value().is_infinite())
    }

    /// The same observations at a lower exponential resolution; unchanged if it is no higher than that.
    pub fn reduce_resolution(&mut self, target: i32) {
        if let Schema::Exponential(from) = self.schema
            && target < from
        {
            self.positive = self.positive.reduced(from, target);
            self.negative = self.negative.reduced(from, target);
            self.schema = Schema::Exponential(target);
        }
    }

    /// Reduces a resolution that formats provide for, but that is finer than what is computed with.
    pub fn fit(&mut self) {
        if self.schema.is_too_fine() {
            self.reduce_resolution(HIGHEST_SCHEMA);
        }
    }

    /// The same in plain floats.
    pub fn plain(&self) -> Histogram {
        self.converted(Quantity::value)
    }

    /// Changes every count and the sum.
    pub(crate) fn change(&mut self, new: impl Fn(N) -> N) {
        for quantity in [&mut self.zero_count, &mut self.count, &mut self.sum] {
            *quantity = new(*quantity);
        }
        self.positive.change(|_, count| new(count));
        self.negative.change(|_, count| new(count));
    }

    fn converted<M: Quantity>(&self, convert: impl Fn(N) -> M) -> Histogram<M> {
        Histogram {
            schema: self.schema.clone(),
            zero_threshold: self.zero_threshold,
            zero_count: convert(self.zero_count),
            count: convert(self.count),
            sum: convert(self.sum),
            positive: self.positive.converted(&convert),
            negative: self.negative.converted(&convert),
            reset: self.reset,
        }
    }
}

impl Histogram<Sum> {
    /// Every count and the sum by a divisor, in plain floats.
    pub fn divided(&self, divisor: f64) -> Histogram {
        self.converted(|quantity| quantity.divided(divisor))
    }
}

impl Histogram {
    /// Every count and the sum by a divisor. Division by zero leaves no buckets.
    pub fn divide(&mut self, divisor: f64) {
        self.change(|quantity| quantity / divisor);
        if divisor == 0.0 {
            (self.positive, self.negative) = (Buckets::default(), Buckets::default());
        }
        if divisor < 0.0 {
            self.reset = CounterReset::Gauge;
        }
    }
}
