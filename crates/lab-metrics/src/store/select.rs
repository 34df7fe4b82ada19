//! Reading: the samples of one series, put together from memory and disk.

pub(crate) mod samples;
