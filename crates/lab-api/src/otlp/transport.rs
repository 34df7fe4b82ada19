//! How requests come: over HTTP and over gRPC.

pub(crate) mod body;
pub(crate) mod bytes_codec;
mod elsewhere;
pub(crate) mod grpc;
pub mod http;
pub mod router;
