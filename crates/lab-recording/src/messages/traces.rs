//! Spans as OTLP has them (`ExportTraceServiceRequest`), each span as it came.

use bytes::Bytes;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

/// The spans of some resources. The wire has no difference between this and OTLP's message, whose spans are decoded.
#[derive(Clone, PartialEq, Message)]
pub struct SpanPortion {
    #[prost(message, repeated, tag = "1")]
    pub resources: Vec<PackedResource>,
}

/// A resource with its spans.
#[derive(Clone, PartialEq, Message)]
pub struct PackedResource {
    #[prost(message, optional, tag = "1")]
    pub resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    pub scopes: Vec<PackedScope>,
    #[prost(string, tag = "3")]
    pub schema_url: String,
}

/// A scope with its spans, each encoded.
#[derive(Clone, PartialEq, Message)]
pub struct PackedScope {
    #[prost(message, optional, tag = "1")]
    pub scope: Option<InstrumentationScope>,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    pub spans: Vec<Bytes>,
    #[prost(string, tag = "3")]
    pub schema_url: String,
}
