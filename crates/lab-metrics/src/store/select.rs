//! Reading: the series of a time range with their names and values, and the samples of a series from memory and disk.

pub(crate) mod samples;
pub(crate) mod series;
