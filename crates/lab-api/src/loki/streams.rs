//! What there is in a time range, without asking for lines: labels, volumes, and fields that could be asked for.

pub(crate) mod detected;
pub(crate) mod labels;
pub(crate) mod patterns;
pub(crate) mod volume;
