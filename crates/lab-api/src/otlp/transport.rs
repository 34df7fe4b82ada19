//! How requests come: over HTTP and over gRPC.

pub(crate) mod body;
pub mod grpc;
pub mod http;
