//! For tests only: [`eventually`](eventually::eventually) instead of sleeping,
//! [`meanwhile`](meanwhile::meanwhile) for what must not block, [servers](server) on free ports, and the block [scripts](script) in which the query languages are tested.

pub mod eventually;
pub mod meanwhile;
pub mod script;
pub mod server;
