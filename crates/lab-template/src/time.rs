//! Points in time and spans of time, as Go's package `time` has them.

pub(crate) mod calendar;
pub(crate) mod duration;
pub(crate) mod layout;
pub(crate) mod moment;
pub(crate) mod read;
