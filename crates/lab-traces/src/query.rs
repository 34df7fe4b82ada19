//! The questions that a store answers in TraceQL.
//!
//! | Question | Answer |
//! |---|---|
//! | [`search`] | the newest traces that match |
//! | [`metrics`] | series that are computed from spans |
//! | [`tags`] | the names of attributes, and their values |
//!
//! All three look at one trace after the other, newest first ([`walk`]), and say what is missing where an answer is not
//! complete.

pub mod metrics;
pub mod search;
pub mod tags;
pub mod walk;
