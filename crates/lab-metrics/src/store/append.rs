//! The way in.
//!
//! * [`push`]: what a sender hands over in one request; [`journal`]: the same as a record.
//! * [`way`]: from whoever brings samples to their series.
//! * [`samples`]: what is asked of each sample of a series.

pub(crate) mod journal;
pub mod outbox;
pub mod push;
pub(crate) mod samples;
pub(crate) mod way;
