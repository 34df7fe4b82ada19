//! Parameters of Tempo's endpoints, and what they ask for.

pub(crate) mod given;
mod legacy;
mod logfmt;
pub(crate) mod metrics;
pub(crate) mod range;
pub(crate) mod search;
pub(crate) mod tags;
pub(crate) mod trace;
