//! Requests that have no JSON: remote write 1.0 and 2.0, and Loki's own protobuf.

use prost::Message;

use crate::doors::letter::Marks;

/// A request of remote write 1.0, `prometheus.WriteRequest`.
#[derive(Clone, PartialEq, Message)]
struct Write1 {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<Series1>,
}

#[derive(Clone, PartialEq, Message)]
struct Series1 {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Sample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

/// A request of remote write 2.0, `io.prometheus.write.v2.Request`.
#[derive(Clone, PartialEq, Message)]
struct Write2 {
    #[prost(string, repeated, tag = "4")]
    symbols: Vec<String>,
    #[prost(message, repeated, tag = "5")]
    timeseries: Vec<Series2>,
}

#[derive(Clone, PartialEq, Message)]
struct Series2 {
    #[prost(uint32, repeated, tag = "1")]
    labels: Vec<u32>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
}

/// A push to Loki, `logproto.PushRequest`.
#[derive(Clone, PartialEq, Message)]
struct Push {
    #[prost(message, repeated, tag = "1")]
    streams: Vec<Stream>,
}

#[derive(Clone, PartialEq, Message)]
struct Stream {
    #[prost(string, tag = "1")]
    labels: String,
    #[prost(message, repeated, tag = "2")]
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(message, optional, tag = "1")]
    timestamp: Option<Timestamp>,
    #[prost(string, tag = "2")]
    line: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

fn sample(marks: &Marks) -> Sample {
    Sample { value: 1.5, timestamp: (marks.now_ns / 1_000_000).cast_signed() }
}

/// A sample by remote write 1.0.
pub(crate) fn write_1(marks: &Marks) -> Vec<u8> {
    let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
    let labels = vec![pair("__name__", &marks.id), pair("job", "letters")];
    Write1 { timeseries: vec![Series1 { labels, samples: vec![sample(marks)] }] }.encode_to_vec()
}

/// The same sample by remote write 2.0.
pub(crate) fn write_2(marks: &Marks) -> Vec<u8> {
    let symbols = ["", "__name__", &marks.id, "job", "letters"].map(str::to_owned).to_vec();
    Write2 { symbols, timeseries: vec![Series2 { labels: vec![1, 2, 3, 4], samples: vec![sample(marks)] }] }
        .encode_to_vec()
}

/// A line in Loki's protobuf.
pub(crate) fn loki_push(marks: &Marks) -> Vec<u8> {
    let seconds = (marks.now_ns / 1_000_000_000).cast_signed();
    let nanos = i32::try_from(marks.now_ns % 1_000_000_000).expect("below a second");
    let entry = Entry { timestamp: Some(Timestamp { seconds, nanos }), line: "a line".to_owned() };
    let labels = format!("{{service_name=\"{}\"}}", marks.id);
    Push { streams: vec![Stream { labels, entries: vec![entry] }] }.encode_to_vec()
}
