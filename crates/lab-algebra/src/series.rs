//! Series over the steps of a grid: what they are, how they are collected, and their order.

pub(crate) mod collector;
pub(crate) mod column;
pub(crate) mod grid;
pub(crate) mod histograms;
pub(crate) mod order;
