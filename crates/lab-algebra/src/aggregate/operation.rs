//! The aggregations by name.

/// The aggregations.
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
