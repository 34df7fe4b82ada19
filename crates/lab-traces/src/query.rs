//! The questions that a store answers in TraceQL.
//!
//! | Question | Answer |
//! |---|---|
//! | [`search`] | the newest traces that match |
//! | [`metrics`] | series that are computed from spans |
//! | [`tags`] | the names of attributes, and their values |
//! | [`by_id`] | a part of one trace, and what differs between two |
//!
//! Questions about each span by itself are answered from columns ([`columns`]). All others look at one trace after the
//! other, newest first ([`traces`]); which traces that has to be, the columns say, too ([`candidates`]). An answer that is
//! not complete says what is missing.

pub mod by_id;
pub(crate) mod candidates;
pub(crate) mod columns;
pub mod metrics;
pub(crate) mod requirement;
pub mod search;
pub mod tags;
pub(crate) mod traces;
pub mod walk;
