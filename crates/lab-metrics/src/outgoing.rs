//! What leaves the lab by itself: samples by remote write, alerts to an Alertmanager.
//!
//! Both wait in bounded queues ([`queue`]) and are sent by tasks that whoever starts the lab owns. What cannot be delivered
//! is repeated with growing pauses; what does not fit into a queue, or is refused for good, is dropped and counted. The
//! messages are made outside of this crate, since it knows no wire format.

pub mod alertmanager;
pub mod batch;
pub mod config;
mod delivery;
pub mod queue;
pub mod remote_write;
