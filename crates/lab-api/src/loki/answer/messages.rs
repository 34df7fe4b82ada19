//! The messages of Loki's answers in protobuf, by the numbers of their fields: `QueryResponse` and what it can hold.

use prost::{Message, Oneof};

use crate::loki::answer::statistics::Statistics;

/// The answer to any of the questions, with its status.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct QueryResponse {
    /// Loki sets it for an answer that is an error; over HTTP errors are bare text.
    #[prost(message, optional, tag = "1")]
    pub(crate) status: Option<Status>,
    #[prost(oneof = "Reply", tags = "2, 3, 4, 5, 6, 10, 11, 12, 13")]
    pub(crate) reply: Option<Reply>,
}

/// `google.rpc.Status` of something that went well.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Status {}

/// What is answered.
#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Reply {
    #[prost(message, tag = "2")]
    Series(SeriesReply),
    #[prost(message, tag = "3")]
    Labels(LabelsReply),
    #[prost(message, tag = "4")]
    Amounts(AmountsReply),
    #[prost(message, tag = "5")]
    Samples(SamplesReply),
    #[prost(message, tag = "6")]
    Streams(StreamsReply),
    #[prost(message, tag = "10")]
    Shards(ShardsReply),
    #[prost(message, tag = "11")]
    Fields(FieldsReply),
    #[prost(message, tag = "12")]
    Patterns(PatternsReply),
    #[prost(message, tag = "13")]
    DetectedLabels(DetectedLabelsReply),
}

/// Label sets of streams.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SeriesReply {
    #[prost(string, tag = "1")]
    pub(crate) status: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) data: Vec<LabelSet>,
    #[prost(uint32, tag = "3")]
    pub(crate) version: u32,
    #[prost(message, optional, tag = "5")]
    pub(crate) statistics: Option<Statistics>,
}

/// The labels of a stream as a list of pairs.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct LabelSet {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Pair>,
}

/// A name and a value.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Pair {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

/// Names of labels, or values of one.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct LabelsReply {
    #[prost(string, tag = "1")]
    pub(crate) status: String,
    #[prost(string, repeated, tag = "2")]
    pub(crate) data: Vec<String>,
    #[prost(uint32, tag = "3")]
    pub(crate) version: u32,
    #[prost(message, optional, tag = "5")]
    pub(crate) statistics: Option<Statistics>,
}

/// How much there is.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AmountsReply {
    #[prost(message, optional, tag = "1")]
    pub(crate) response: Option<Amounts>,
}

/// Streams, chunks, bytes and entries of a selection.
#[derive(Clone, Copy, PartialEq, Message, serde::Serialize)]
pub(crate) struct Amounts {
    #[prost(uint64, tag = "1")]
    pub(crate) streams: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) chunks: u64,
    #[prost(uint64, tag = "3")]
    pub(crate) bytes: u64,
    #[prost(uint64, tag = "4")]
    pub(crate) entries: u64,
}

/// Samples, with what they have cost.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SamplesReply {
    #[prost(message, optional, tag = "1")]
    pub(crate) response: Option<SamplesResponse>,
    #[prost(message, optional, tag = "2")]
    pub(crate) statistics: Option<Statistics>,
}

/// Samples as Prometheus answers them.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SamplesResponse {
    #[prost(string, tag = "1")]
    pub(crate) status: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) data: Option<SamplesData>,
    #[prost(string, repeated, tag = "6")]
    pub(crate) warnings: Vec<String>,
}

/// The kind of a result and its series.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SamplesData {
    #[prost(string, tag = "1")]
    pub(crate) result_type: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) result: Vec<SampleStream>,
}

/// A series with its labels and samples.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SampleStream {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) samples: Vec<Sample>,
}

/// A value at a time in ms since the epoch.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Sample {
    #[prost(double, tag = "1")]
    pub(crate) value: f64,
    #[prost(int64, tag = "2")]
    pub(crate) timestamp_ms: i64,
}

/// Lines by stream, with what they have cost.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamsReply {
    #[prost(string, tag = "1")]
    pub(crate) status: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) data: Option<StreamsData>,
    /// 0 forward, 1 backward.
    #[prost(int32, tag = "5")]
    pub(crate) direction: i32,
    #[prost(uint32, tag = "6")]
    pub(crate) limit: u32,
    #[prost(uint32, tag = "7")]
    pub(crate) version: u32,
    #[prost(message, optional, tag = "8")]
    pub(crate) statistics: Option<Statistics>,
    #[prost(string, repeated, tag = "10")]
    pub(crate) warnings: Vec<String>,
}

/// The kind of a result and its streams.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamsData {
    #[prost(string, tag = "1")]
    pub(crate) result_type: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) result: Vec<StreamMessage>,
}

/// Lines with the same labels, which stand as a text.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StreamMessage {
    #[prost(string, tag = "1")]
    pub(crate) labels: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) entries: Vec<EntryMessage>,
}

/// A line with its time and its own labels.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct EntryMessage {
    #[prost(message, optional, tag = "1")]
    pub(crate) timestamp: Option<Timestamp>,
    #[prost(string, tag = "2")]
    pub(crate) line: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) structured_metadata: Vec<Pair>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) parsed: Vec<Pair>,
}

/// A time since the epoch.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

/// How a selection can be split.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ShardsReply {
    #[prost(message, optional, tag = "1")]
    pub(crate) response: Option<ShardsBody>,
}

/// The parts of a selection.
#[derive(Clone, PartialEq, Message, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShardsBody {
    #[prost(message, repeated, tag = "1")]
    pub(crate) shards: Vec<Shard>,
    #[prost(message, optional, tag = "2")]
    pub(crate) statistics: Option<Statistics>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) chunk_groups: Vec<ChunkGroup>,
}

/// The streams whose fingerprints lie within bounds.
#[derive(Clone, PartialEq, Message, serde::Serialize)]
pub(crate) struct Shard {
    #[prost(message, optional, tag = "1")]
    pub(crate) bounds: Option<Bounds>,
    #[prost(message, optional, tag = "2")]
    pub(crate) stats: Option<Amounts>,
}

/// The least and the greatest fingerprint of a shard.
#[derive(Clone, Copy, PartialEq, Message, serde::Serialize)]
pub(crate) struct Bounds {
    #[prost(uint64, tag = "1")]
    pub(crate) min: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) max: u64,
}

/// References to chunks, which the lab gives to nobody.
#[derive(Clone, Copy, PartialEq, Message, serde::Serialize)]
pub(crate) struct ChunkGroup {}

/// Fields of lines, or values of one.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct FieldsReply {
    #[prost(message, optional, tag = "1")]
    pub(crate) response: Option<FieldsBody>,
}

/// The fields, or the values of one of them.
#[derive(Clone, PartialEq, Message, serde::Serialize)]
pub(crate) struct FieldsBody {
    #[prost(message, repeated, tag = "1")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<FieldMessage>,
    #[prost(uint32, tag = "2")]
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) limit: u32,
    #[prost(string, repeated, tag = "3")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) values: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What is known of a field.
#[derive(Clone, PartialEq, Message, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FieldMessage {
    #[prost(string, tag = "1")]
    pub(crate) label: String,
    #[prost(string, tag = "2")]
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[prost(uint64, tag = "3")]
    pub(crate) cardinality: u64,
    #[prost(string, repeated, tag = "4")]
    #[serde(serialize_with = "some")]
    pub(crate) parsers: Vec<String>,
    #[prost(string, repeated, tag = "6")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) json_path: Vec<String>,
}

/// Go writes an empty list as null.
fn some<S: serde::Serializer>(list: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&(!list.is_empty()).then_some(list), serializer)
}

/// Patterns of lines.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PatternsReply {
    #[prost(message, optional, tag = "1")]
    pub(crate) response: Option<Patterns>,
}

/// The patterns, those with most lines first.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Patterns {
    #[prost(message, repeated, tag = "1")]
    pub(crate) series: Vec<PatternSeries>,
}

/// A pattern and how many lines are of it over time.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PatternSeries {
    #[prost(string, tag = "1")]
    pub(crate) pattern: String,
    #[prost(message, repeated, tag = "2")]
    pub(crate) samples: Vec<PatternSample>,
    #[prost(string, tag = "3")]
    pub(crate) level: String,
}

/// How many lines there are at a time in ms since the epoch.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct PatternSample {
    #[prost(int64, tag = "1")]
    pub(crate) timestamp_ms: i64,
    #[prost(int64, tag = "2")]
    pub(crate) value: i64,
}

/// Labels of streams.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DetectedLabelsReply {
    #[prost(message, optional, tag = "1")]
    pub(crate) response: Option<DetectedLabels>,
}

/// The labels that streams have.
#[derive(Clone, PartialEq, Message, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DetectedLabels {
    #[prost(message, repeated, tag = "1")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) detected_labels: Vec<DetectedLabel>,
}

/// A label and how many values it has.
#[derive(Clone, PartialEq, Message, serde::Serialize)]
pub(crate) struct DetectedLabel {
    #[prost(string, tag = "1")]
    pub(crate) label: String,
    #[prost(uint64, tag = "2")]
    pub(crate) cardinality: u64,
}

#[cfg(test)]
mod tests;
