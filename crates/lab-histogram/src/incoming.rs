//! Histograms from outside: whether one makes sense, and what a classic one is as a native one.

pub(crate) mod check;
pub(crate) mod classic;
