//! Messages of remote read (`prometheus.ReadRequest` and its answers), as far as the lab looks into them.

use crate::prometheus::write::v1::{Label, TimeSeries};

/// The form of an answer: all samples in one message.
pub const SAMPLES: i32 = 0;
/// The form of an answer: frames of compressed chunks.
pub const STREAMED_XOR_CHUNKS: i32 = 1;
/// The encoding of a chunk of native histograms whose counts are floats.
pub const FLOAT_HISTOGRAM: i32 = 3;
/// The encoding of a chunk of numbers: times by the change of their distance, values by what differs from the one before.
pub const XOR: i32 = 1;

#[derive(Clone, PartialEq, prost::Message)]
pub struct ReadRequest {
    #[prost(message, repeated, tag = "1")]
    pub queries: Vec<Query>,
    /// The forms that the sender understands, the best first.
    #[prost(int32, repeated, tag = "2")]
    pub accepted_response_types: Vec<i32>,
}

/// One selection of series; hints of what it is for are not looked into.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Query {
    #[prost(int64, tag = "1")]
    pub start_timestamp_ms: i64,
    /// The last time that is asked for.
    #[prost(int64, tag = "2")]
    pub end_timestamp_ms: i64,
    #[prost(message, repeated, tag = "3")]
    pub matchers: Vec<LabelMatcher>,
}

/// A condition on a label.
#[derive(Clone, PartialEq, prost::Message)]
pub struct LabelMatcher {
    /// 0 `=`, 1 `!=`, 2 `=~`, 3 `!~`.
    #[prost(int32, tag = "1")]
    pub kind: i32,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(string, tag = "3")]
    pub value: String,
}

/// The answer with all samples: one result for each query.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ReadResponse {
    #[prost(message, repeated, tag = "1")]
    pub results: Vec<QueryResult>,
}

/// The series of one query, sorted by their labels.
#[derive(Clone, PartialEq, prost::Message)]
pub struct QueryResult {
    #[prost(message, repeated, tag = "1")]
    pub timeseries: Vec<TimeSeries>,
}

/// One frame of the other form of an answer.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ChunkedReadResponse {
    #[prost(message, repeated, tag = "1")]
    pub chunked_series: Vec<ChunkedSeries>,
    /// The place of the query in the request.
    #[prost(int64, tag = "2")]
    pub query_index: i64,
}

/// A series, or a part of one.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ChunkedSeries {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub chunks: Vec<Chunk>,
}

/// Samples that are compressed together.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Chunk {
    #[prost(int64, tag = "1")]
    pub min_time_ms: i64,
    #[prost(int64, tag = "2")]
    pub max_time_ms: i64,
    /// [`XOR`] or [`FLOAT_HISTOGRAM`] here.
    #[prost(int32, tag = "3")]
    pub encoding: i32,
    /// The compressed samples.
    #[prost(bytes = "vec", tag = "4")]
    pub data: Vec<u8>,
}
