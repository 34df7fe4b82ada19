//! The parts that a lab is put together from, before anything is served: child processes, foreign programs, stores, scrape
//! targets, and the status that is gathered from all of them.

pub mod children;
pub mod clock;
pub mod program;
pub mod requests;
pub mod span_metrics;
pub mod stall;
pub mod status;
pub mod storage;
pub mod targets;
