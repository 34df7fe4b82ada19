//! Functions over the windows of a range vector.

pub(crate) mod extended;
pub(crate) mod interpolated;
pub(crate) mod mixed;
pub(crate) mod notes;
pub(crate) mod over_time;
pub(crate) mod rate;
pub(crate) mod trend;
