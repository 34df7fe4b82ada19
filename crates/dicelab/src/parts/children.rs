//! The child processes: how they are started, waited for, read and steered.

pub mod collector;
pub mod family;
pub mod faults;
pub mod probe;
pub mod traffic;
