//! Functions over the windows of a range vector.

pub(crate) mod extended;
pub(crate) mod mixed;
pub(crate) mod over_time;
pub(crate) mod rate;
pub(crate) mod trend;
