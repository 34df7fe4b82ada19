//! The codec of native histograms: the buckets of a chunk are written once, then each histogram as a few bits a number.

pub(crate) mod builder;
pub(crate) mod layout;
pub(crate) mod reader;

#[cfg(test)]
mod tests;
