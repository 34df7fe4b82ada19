//! A histogram as text, in the notation of Prometheus: `{count:3, sum:4.5, (1,2]:3}`.

use std::fmt::{self, Display, Formatter};

use lab_model::format_short_float;

use crate::bucket::Bucket;
use crate::histogram::Histogram;

/// With the brackets of mathematics: a round one where the bound does not belong to the bucket.
impl Display for Bucket {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let open = if self.lower_inclusive { '[' } else { '(' };
        let close = if self.upper_inclusive { ']' } else { ')' };
        let [lower, upper, count] = [self.lower, self.upper, self.count].map(format_short_float);
        write!(f, "{open}{lower},{upper}{close}:{count}")
    }
}

/// Empty buckets are left out, and buckets that overlap the zero bucket have their whole width.
impl Display for Histogram {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{{count:{}, sum:{}", format_short_float(self.count), format_short_float(self.sum))?;
        for bucket in self.uncut_buckets().filter(|bucket| bucket.count != 0.0) {
            write!(f, ", {bucket}")?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use crate::buckets::Buckets;
    use crate::histogram::Histogram;
    use crate::schema::Schema;

    #[test]
    fn a_histogram_is_written_as_prometheus_writes_it() {
        let one = Histogram {
            count: 9.0,
            sum: -1.5,
            zero_threshold: 0.001,
            zero_count: 2.0,
            positive: Buckets::from_pairs([(1, 3.0), (2, 0.0)]),
            negative: Buckets::from_pairs([(0, 4.0)]),
            ..Histogram::empty(Schema::Exponential(0))
        };
        assert_eq!(one.to_string(), "{count:9, sum:-1.5, [-1,-0.5):4, [-0.001,0.001]:2, (1,2]:3}");
        let wide = Histogram { zero_threshold: 1.5, ..one };
        assert_eq!(wide.to_string(), "{count:9, sum:-1.5, [-1,-0.5):4, [-1.5,1.5]:2, (1,2]:3}");
        let custom = Histogram {
            count: 3.0,
            positive: Buckets::from_pairs([(0, 1.0), (1, 2.0)]),
            ..Histogram::empty(Schema::Custom([0.5].into()))
        };
        assert_eq!(custom.to_string(), "{count:3, sum:0, [-Inf,0.5]:1, (0.5,+Inf]:2}");
    }
}
