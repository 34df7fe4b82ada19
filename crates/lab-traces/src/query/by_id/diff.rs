//! What differs between two traces, in the form of Tempo's `POST /api/v2/traces/diff`.
//!
//! Spans are the same if service, name and kind are; among several of them the parent decides, and then the order. Small
//! differences of durations and sizes are noise ([`tolerance`]).
//!
//! | Part | What it says |
//! |---|---|
//! | [`patch`] | every span that was added, removed or changed |
//! | [`summary`] | what became slower, larger or more erroneous, service by service |

pub(crate) mod pairs;
pub mod patch;
pub mod side;
pub mod summary;
pub mod tolerance;
pub mod warnings;
