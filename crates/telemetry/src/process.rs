//! How a service lives as a process: what asks it to stop, and what its supervisor tells it.

pub(crate) mod fault_orders;
pub mod lifeline;
pub mod shutdown;
