//! The spans of one trace together: [`tree`] puts them under their parents, [`critical`] finds what the duration was
//! spent on, [`clock`] tells services apart whose clocks disagree, [`hops`] calls that lost their trace on the way,
//! [`own`] what a service spent on a request itself; [`extent`] says when a trace began and ended and who took part.
//! [`analysis`] says what only a trace can: what ran at the same time, what the duration was spent on, how two traces differ.
//! [`batch`] reads off how the rolls of a batch overlapped, and [`waterfall`] draws a trace.

pub mod analysis;
pub mod batch;
pub mod clock;
pub mod critical;
pub mod extent;
#[cfg(test)]
pub(crate) mod fake;
pub mod hops;
pub mod own;
pub mod tree;
pub mod waterfall;
