//! What a point adds to the sum of its series, and how two of them make one.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint, number_data_point,
};

use crate::otlp::signals::metrics::custom;
use crate::otlp::signals::metrics::delta::exponential::Exponential;
use crate::otlp::signals::metrics::exponential::side::Side;
use crate::otlp::signals::metrics::exponential::{Exponential as Treatment, native};
use crate::otlp::signals::metrics::point::{Family, NoPoint};

/// What one point says, or many points together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Addend {
    Integer(i64),
    Float(f64),
    Histogram { count: u64, sum: Option<f64>, buckets: Vec<u64>, bounds: Vec<f64> },
    Exponential(Exponential),
}

/// A data point whose values can be added up.
pub(crate) trait Point {
    fn attributes(&self) -> &[KeyValue];
    fn flags(&self) -> u32;
    fn start_ns(&self) -> u64;
    fn time_ns(&self) -> u64;
    fn set_time_ns(&mut self, time_ns: u64);
    fn addend(&self) -> Addend;
    /// Refuses what cannot become a sample.
    fn check(&self, family: &Family<'_>, exponential: Treatment) -> Result<(), NoPoint>;
    /// Makes the point say a sum that began at a time.
    fn set(&mut self, sum: &Addend, start_ns: u64);
}

impl Addend {
    /// Both together. Histograms with other bounds cannot be added: the later one stands alone, as after a reset.
    pub(crate) fn plus(&self, more: &Self) -> Self {
        match (self, more) {
            (Self::Integer(one), Self::Integer(two)) => Self::Integer(one.saturating_add(*two)),
            (Self::Integer(one), Self::Float(two)) => Self::Float(*one as f64 + two),
            (Self::Float(one), Self::Integer(two)) => Self::Float(one + *two as f64),
            (Self::Float(one), Self::Float(two)) => Self::Float(one + two),
            (
                Self::Histogram { count, sum, buckets, bounds },
                Self::Histogram { count: more, sum: more_sum, buckets: more_buckets, bounds: more_bounds },
            ) if bounds == more_bounds && buckets.len() == more_buckets.len() => Self::Histogram {
                count: count.saturating_add(*more),
                sum: sum.zip(*more_sum).map(|(one, two)| one + two),
                buckets: buckets.iter().zip(more_buckets).map(|(one, two)| one.saturating_add(*two)).collect(),
                bounds: bounds.clone(),
            },
            (Self::Exponential(one), Self::Exponential(two)) => Self::Exponential(one.plus(two)),
            _ => more.clone(),
        }
    }

    /// How many buckets a point has that says it.
    pub(crate) fn width(&self) -> usize {
        match self {
            Self::Histogram { buckets, .. } => buckets.len(),
            Self::Exponential(histogram) => histogram.width(),
            Self::Integer(_) | Self::Float(_) => 0,
        }
    }

    /// Bytes that buckets take.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Histogram { buckets, bounds, .. } => (buckets.len() + bounds.len()) * 8,
            Self::Exponential(histogram) => histogram.size(),
            Self::Integer(_) | Self::Float(_) => 0,
        }
    }
}

impl Point for NumberDataPoint {
    fn attributes(&self) -> &[KeyValue] {
        &self.attributes
    }

    fn flags(&self) -> u32 {
        self.flags
    }

    fn start_ns(&self) -> u64 {
        self.start_time_unix_nano
    }

    fn time_ns(&self) -> u64 {
        self.time_unix_nano
    }

    fn set_time_ns(&mut self, time_ns: u64) {
        self.time_unix_nano = time_ns;
    }

    fn check(&self, _: &Family<'_>, _: Treatment) -> Result<(), NoPoint> {
        Ok(())
    }

    fn addend(&self) -> Addend {
        match self.value {
            Some(number_data_point::Value::AsInt(value)) => Addend::Integer(value),
            Some(number_data_point::Value::AsDouble(value)) => Addend::Float(value),
            None => Addend::Integer(0),
        }
    }

    fn set(&mut self, sum: &Addend, start_ns: u64) {
        self.start_time_unix_nano = start_ns;
        self.value = match sum {
            Addend::Integer(value) => Some(number_data_point::Value::AsInt(*value)),
            Addend::Float(value) => Some(number_data_point::Value::AsDouble(*value)),
            Addend::Histogram { .. } | Addend::Exponential(_) => self.value,
        };
    }
}

impl Point for HistogramDataPoint {
    fn attributes(&self) -> &[KeyValue] {
        &self.attributes
    }

    fn flags(&self) -> u32 {
        self.flags
    }

    fn start_ns(&self) -> u64 {
        self.start_time_unix_nano
    }

    fn time_ns(&self) -> u64 {
        self.time_unix_nano
    }

    fn set_time_ns(&mut self, time_ns: u64) {
        self.time_unix_nano = time_ns;
    }

    fn check(&self, family: &Family<'_>, _: Treatment) -> Result<(), NoPoint> {
        if family.config.convert_histograms_to_nhcb {
            custom::to_custom(self)?;
        }
        Ok(())
    }

    fn addend(&self) -> Addend {
        let (buckets, bounds) = (self.bucket_counts.clone(), self.explicit_bounds.clone());
        Addend::Histogram { count: self.count, sum: self.sum, buckets, bounds }
    }

    fn set(&mut self, total: &Addend, start_ns: u64) {
        self.start_time_unix_nano = start_ns;
        if let Addend::Histogram { count, sum, buckets, .. } = total {
            (self.count, self.sum) = (*count, *sum);
            self.bucket_counts.clone_from(buckets);
        }
    }
}

impl Point for ExponentialHistogramDataPoint {
    fn attributes(&self) -> &[KeyValue] {
        &self.attributes
    }

    fn flags(&self) -> u32 {
        self.flags
    }

    fn start_ns(&self) -> u64 {
        self.start_time_unix_nano
    }

    fn time_ns(&self) -> u64 {
        self.time_unix_nano
    }

    fn set_time_ns(&mut self, time_ns: u64) {
        self.time_unix_nano = time_ns;
    }

    fn check(&self, _: &Family<'_>, exponential: Treatment) -> Result<(), NoPoint> {
        if exponential == Treatment::Native {
            native::to_native(self)?;
        }
        Ok(())
    }

    fn addend(&self) -> Addend {
        Addend::Exponential(Exponential {
            count: self.count,
            sum: self.sum,
            zero_count: self.zero_count,
            zero_threshold: self.zero_threshold,
            scale: self.scale,
            positive: Side::of(self.positive.as_ref()),
            negative: Side::of(self.negative.as_ref()),
        })
    }

    fn set(&mut self, total: &Addend, start_ns: u64) {
        self.start_time_unix_nano = start_ns;
        if let Addend::Exponential(total) = total {
            (self.count, self.sum, self.scale) = (total.count, total.sum, total.scale);
            (self.zero_count, self.zero_threshold) = (total.zero_count, total.zero_threshold);
            (self.positive, self.negative) = (total.positive.message(), total.negative.message());
        }
    }
}
