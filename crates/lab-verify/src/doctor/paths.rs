//! The paths of the signals, one module each, and what several of them ask.

pub(crate) mod faults;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod page;
mod receiver;
mod sent;
pub(crate) mod services;
pub(crate) mod traces;
