//! The questions that a store answers in TraceQL.
//!
//! | Question | Answer |
//! |---|---|
//! | [`search`] | the newest traces that match |
//! | [`metrics`] | series that are computed from spans |
//! | [`tags`] | the names of attributes, and their values |
//! | [`excerpt`] | of one trace the spans that a filter selects, with their families |
//!
//! The first three look at one trace after the other, newest first ([`walk`]), and say what is missing where an answer is not
//! complete.

pub mod excerpt;
pub mod metrics;
pub mod search;
pub mod tags;
pub mod walk;
