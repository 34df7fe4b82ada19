//! What can be read off a histogram, as its buckets allow.

pub(crate) mod fraction;
pub(crate) mod moments;
pub(crate) mod quantile;
pub(crate) mod trim;
