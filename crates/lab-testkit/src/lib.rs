//! For tests only: [`eventually`](eventually::eventually) instead of sleeping,
//! [`meanwhile`](meanwhile::meanwhile) for what must not block, [servers](server) on free ports, the block [scripts](script) in which the query languages are tested,
//! and [`parity`] with the real products.

pub mod eventually;
pub mod meanwhile;
pub mod parity;
pub mod script;
pub mod server;
