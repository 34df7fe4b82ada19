//! The lab from start to end: how its parts and doors are put together, what stops it, and in which order it ends.

pub mod ephemeral;
pub mod lab;
pub mod log;
pub mod reading;
pub mod run;
pub mod signals;
pub mod trial;
