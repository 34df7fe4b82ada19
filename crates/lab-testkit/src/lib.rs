//! For tests only: [`eventually`](eventually::eventually) instead of sleeping,
//! [`meanwhile`](meanwhile::meanwhile) for what must not block, [servers](server) on free ports, the block [scripts](script) in which the query languages are tested,
//! [`parity`] with the real products, and [`peers`], the programs of others.

pub mod eventually;
pub mod meanwhile;
pub mod parity;
pub mod peers;
pub mod script;
pub mod server;
