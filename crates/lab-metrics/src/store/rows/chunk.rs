//! The codec of samples: a chunk is up to [`MAX_SAMPLES`](format::MAX_SAMPLES) samples of one series in a few bits each.
//!
//! A timestamp is the change of its distance to the one before, so a steady scrape costs one bit. A value is, in
//! [decimal] coding, the change of the step between numbers of few decimal places (counters, sizes, seconds) and, in [xor] coding, the bits that
//! differ from the value before (Pelkonen et al., "Gorilla", VLDB 2015). Every bit of every value survives, staleness
//! markers and other NaN payloads included. Native histograms have chunks of their own, see [histogram].

pub(crate) mod bits;
pub(crate) mod builder;
pub(crate) mod decimal;
pub(crate) mod format;
pub(crate) mod histogram;
pub(crate) mod reader;
pub(crate) mod steps;
pub(crate) mod xor;

#[cfg(test)]
mod tests;
