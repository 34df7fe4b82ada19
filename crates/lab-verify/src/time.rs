//! Time: the clock, waiting for facts, and how busy the machine is.

pub mod clock;
pub mod machine;
pub mod wait;
