//! Room for what is pushed.
//!
//! * [`patience`]: a sender is held back for a moment while a store has no room.
//! * [`bodies`]: one budget for the bodies of all requests, taken before they are read.

pub mod bodies;
pub(crate) mod patience;
