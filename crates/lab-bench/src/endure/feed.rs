//! What is sent to a lab under load: bodies of the three signals, and one sender's connection.

pub mod logs;
pub mod metrics;
pub mod sender;
pub mod signal;
pub mod traces;
