//! What a service stands on: the server with its drain, the frame around each request, the client, error bodies.

pub(crate) mod app;
pub(crate) mod client;
pub mod problem;
pub mod query;
pub mod readiness;
pub mod server;
