//! Questions to the trace store, from parameters to messages. Every protocol of the port asks them: HTTP, gRPC and MCP.

pub(crate) mod metrics;
pub(crate) mod search;
pub(crate) mod tags;
