//! Results of queries as messages of protobuf.

use lab_logs::LogLine;
use lab_logs::logql::eval::cost::Figures;
use lab_logs::logql::eval::lines::Direction;
use lab_model::Labels;

use crate::loki::answer::by_stream::{Manner, Stream};
use crate::loki::answer::envelope::Beside;
use crate::loki::answer::messages::{
    EntryMessage, LabelSet, LabelsReply, Pair, Reply, Sample, SampleStream, SamplesData, SamplesReply, SamplesResponse,
    SeriesReply, StreamMessage, StreamsData, StreamsReply, Timestamp,
};
use crate::loki::answer::statistics::{Statistics, Watch};

/// How Loki marks answers of the current paths, other than those of `/api/prom`.
const VERSION: u32 = 1;
/// The status of each answer.
const SUCCESS: &str = "success";

/// Lines by stream.
pub(crate) fn streams(streams: &[Stream<'_>], manner: Manner, beside: &Beside<'_>) -> Reply {
    let message = |stream: &Stream<'_>| StreamMessage {
        labels: stream.stream.to_string(),
        entries: stream
            .values
            .iter()
            .map(|entry| EntryMessage {
                timestamp: Some(Timestamp {
                    seconds: entry.line.timestamp.div_euclid(1_000_000_000),
                    nanos: entry.line.timestamp.rem_euclid(1_000_000_000) as i32,
                }),
                line: entry.line.line.to_string(),
                structured_metadata: pairs(&entry.line.metadata),
                parsed: pairs(&entry.line.parsed),
            })
            .collect(),
    };
    let data = StreamsData { result_type: "streams".to_owned(), result: streams.iter().map(message).collect() };
    Reply::Streams(StreamsReply {
        status: SUCCESS.to_owned(),
        data: Some(data),
        direction: i32::from(manner.direction == Direction::Backward),
        limit: u32::try_from(manner.limit).unwrap_or(u32::MAX),
        version: VERSION,
        statistics: Some(beside.statistics.clone()),
        warnings: beside.warnings.to_vec(),
    })
}

/// A bare number at a time (ns).
pub(crate) fn number(number: f64, time: i64, beside: &Beside<'_>) -> Reply {
    series("scalar", [(&Labels::empty(), vec![(time, number)])], beside)
}

/// Series with their samples at times in ns.
pub(crate) fn series<'a>(
    kind: &str,
    series: impl IntoIterator<Item = (&'a Labels, Vec<(i64, f64)>)>,
    beside: &Beside<'_>,
) -> Reply {
    let sample = |(time, value): (i64, f64)| Sample { value, timestamp_ms: time.div_euclid(1_000_000) };
    let result = series.into_iter().map(|(labels, samples)| SampleStream {
        labels: pairs(labels),
        samples: samples.into_iter().map(sample).collect(),
    });
    Reply::Samples(SamplesReply {
        response: Some(SamplesResponse {
            status: SUCCESS.to_owned(),
            data: Some(SamplesData { result_type: kind.to_owned(), result: result.collect() }),
            warnings: beside.warnings.to_vec(),
        }),
        statistics: Some(beside.statistics.clone()),
    })
}

/// Names of labels, or values of one.
pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>, watch: Watch) -> Reply {
    let data: Vec<String> = texts.into_iter().map(str::to_owned).collect();
    let statistics = Some(Statistics::of(&Figures::default(), data.len(), watch));
    Reply::Labels(LabelsReply { status: SUCCESS.to_owned(), data, version: VERSION, statistics })
}

/// Label sets of streams.
pub(crate) fn label_sets<'a>(sets: impl IntoIterator<Item = &'a Labels>, watch: Watch) -> Reply {
    let data: Vec<LabelSet> = sets.into_iter().map(|labels| LabelSet { labels: pairs(labels) }).collect();
    let figures = Figures { streams: data.len() as u64, ..Figures::default() };
    let statistics = Some(Statistics::of(&figures, data.len(), watch));
    Reply::Series(SeriesReply { status: SUCCESS.to_owned(), data, version: VERSION, statistics })
}

/// Bytes that a line takes as a message.
pub(crate) fn line_bytes(line: &LogLine) -> usize {
    size_of::<EntryMessage>() + line.line.len() + pairs_bytes(&line.metadata) + pairs_bytes(&line.parsed)
}

/// Bytes that a series with so many samples takes as a message.
pub(crate) fn series_bytes(labels: &Labels, samples: usize) -> usize {
    size_of::<SampleStream>() + pairs_bytes(labels) + samples * size_of::<Sample>()
}

/// Bytes that a text takes as a message.
pub(crate) fn text_bytes(text: &str) -> usize {
    size_of::<String>() + text.len()
}

/// Bytes that a label set takes as a message.
pub(crate) fn pairs_bytes(labels: &Labels) -> usize {
    size_of::<LabelSet>() + labels.text_bytes() + labels.len() * size_of::<Pair>()
}

fn pairs(labels: &Labels) -> Vec<Pair> {
    let pair = |label: &lab_model::Label| Pair { name: label.name.to_string(), value: label.value.to_string() };
    labels.iter().map(pair).collect()
}
