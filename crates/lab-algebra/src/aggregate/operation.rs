//! The aggregations by name.

/// What can be done with the series of a group.
#[allow(missing_docs, reason = "each is the aggregation of that name")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    Sum,
    Avg,
    Count,
    Min,
    Max,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    Limitk,
    LimitRatio,
    Quantile,
    CountValues,
}

impl Aggregation {
    /// True for those with a parameter before the vector.
    pub fn has_parameter(self) -> bool {
        use Aggregation::{Bottomk, CountValues, LimitRatio, Limitk, Quantile, Topk};
        matches!(self, Bottomk | CountValues | LimitRatio | Limitk | Quantile | Topk)
    }
}
