//! Batches of Jaeger's clients in Thrift's binary protocol, as the Collector translates them.

mod status;
mod thrift;
pub(super) mod translate;
