//! How requests come: over HTTP and over gRPC, and in other formats than OTLP.

pub(crate) mod body;
pub(crate) mod bytes_codec;
mod elsewhere;
pub(crate) mod grpc;
pub mod http;
mod others;
mod packing;
pub mod router;
