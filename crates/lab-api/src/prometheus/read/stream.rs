//! The answer in frames: each holds one series or a part of it, as chunks in the format of Prometheus' own store.
//!
//! A frame is the length of its message as a varint, the message's CRC32C (four bytes, big-endian), and the message.

use std::collections::BTreeMap;

use lab_metrics::MetricStore;
use lab_metrics::model::histogram_sample::{HistogramSample, Samples};
use lab_metrics::promql::error::PromqlError;
use lab_model::{Grant, Labels, Matcher, Sample};
use prost::Message;
use prost::encoding::encode_varint;

use crate::prometheus::read::chunk::{float_histogram, xor};
use crate::prometheus::read::external::merged;
use crate::prometheus::read::messages::{Chunk, ChunkedReadResponse, ChunkedSeries, FLOAT_HISTOGRAM, XOR};

/// About how long a message may be, as in Prometheus.
const FRAME_BYTES: usize = 1 << 20;
/// Samples in a chunk, as in Prometheus.
const CHUNK_SAMPLES: usize = 120;

/// All frames for these queries.
pub(super) fn frames(
    store: &MetricStore,
    grant: &Grant,
    queries: &[(Vec<Matcher>, (i64, i64))],
    external: &BTreeMap<String, String>,
) -> Result<Vec<u8>, PromqlError> {
    let mut out = Vec::new();
    for (index, (matchers, range)) in queries.iter().enumerate() {
        // Readers count on sorted series; what waits for its turn is compressed already.
        let mut found: BTreeMap<Labels, Vec<Chunk>> = BTreeMap::new();
        let visit = |labels: &Labels, samples: Samples<'_>| {
            if samples.is_empty() {
                return Ok(());
            }
            let histograms = float_histogram::runs(samples.histograms, CHUNK_SAMPLES);
            let floats = samples.floats.chunks(CHUNK_SAMPLES).map(chunk);
            let mut chunks: Vec<Chunk> = floats.chain(histograms.into_iter().map(histogram_chunk)).collect();
            chunks.sort_by_key(|chunk| chunk.min_time_ms);
            let bytes: usize = chunks.iter().map(Message::encoded_len).sum();
            // Once for the chunks, once for the frames made of them.
            grant.memory.take(2 * (bytes + labels.text_bytes()))?;
            found.insert(labels.clone(), chunks);
            Ok::<_, PromqlError>(())
        };
        store.select(matchers, *range, &grant.interrupt, visit)?;
        for (labels, chunks) in found {
            let labels = merged(&labels, external);
            let mut series = ChunkedSeries { labels, chunks: Vec::new() };
            let mut bytes = 0;
            for chunk in chunks {
                bytes += chunk.encoded_len();
                series.chunks.push(chunk);
                if bytes >= FRAME_BYTES {
                    frame(&mut out, &mut series, index);
                    bytes = 0;
                }
            }
            frame(&mut out, &mut series, index);
        }
    }
    Ok(out)
}

/// Writes what has gathered of a series, if anything.
fn frame(out: &mut Vec<u8>, series: &mut ChunkedSeries, index: usize) {
    if series.chunks.is_empty() {
        return;
    }
    let message = ChunkedReadResponse { chunked_series: vec![series.clone()], query_index: index as i64 };
    let message = message.encode_to_vec();
    encode_varint(message.len() as u64, out);
    out.extend(crc32c::crc32c(&message).to_be_bytes());
    out.extend(message);
    series.chunks.clear();
}

fn chunk(samples: &[Sample]) -> Chunk {
    Chunk {
        min_time_ms: samples.first().map_or(0, |first| first.timestamp),
        max_time_ms: samples.last().map_or(0, |last| last.timestamp),
        encoding: XOR,
        data: xor::encode(samples),
    }
}

fn histogram_chunk(samples: &[HistogramSample]) -> Chunk {
    Chunk {
        min_time_ms: samples.first().map_or(0, |first| first.timestamp),
        max_time_ms: samples.last().map_or(0, |last| last.timestamp),
        encoding: FLOAT_HISTOGRAM,
        data: float_histogram::encode(samples),
    }
}
