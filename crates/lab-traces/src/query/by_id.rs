//! Questions about traces whose ids are known: a part of one ([`excerpt`]), and what differs between two ([`diff`]).

pub mod diff;
pub mod excerpt;
