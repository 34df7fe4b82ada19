//! What a query has cost, as Loki shows it: the same fields in JSON and in protobuf. Lines in memory stand under `ingester`,
//! chunks of the disk under `querier`; lines that were counted without unpacking them are in the summary alone. What the lab
//! does not have (caches, shards, downloads) is 0.

use std::time::{Duration, Instant};

use lab_logs::logql::eval::cost::Figures;
use prost::Message;
use serde::Serialize;

/// Measures how long a query waits and runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    asked: Instant,
    queued: Duration,
}

impl Watch {
    /// A query has been asked.
    pub(crate) fn start() -> Self {
        Self { asked: Instant::now(), queued: Duration::ZERO }
    }

    /// It begins to run.
    pub(crate) fn begin(&mut self) {
        self.queued = self.asked.elapsed();
    }
}

/// All statistics of an answer.
#[derive(Clone, PartialEq, Message, Serialize)]
pub(crate) struct Statistics {
    #[prost(message, optional, tag = "1")]
    summary: Option<Summary>,
    #[prost(message, optional, tag = "2")]
    querier: Option<Querier>,
    #[prost(message, optional, tag = "3")]
    ingester: Option<Ingester>,
    #[prost(message, optional, tag = "4")]
    #[serde(rename = "cache")]
    caches: Option<Caches>,
    #[prost(message, optional, tag = "5")]
    index: Option<Index>,
}

impl Statistics {
    /// The statistics of a query that has read this and answers so many entries: lines, or samples.
    pub(crate) fn of(figures: &Figures, entries: usize, watch: Watch) -> Self {
        let (total, whole) = (figures.total(), watch.asked.elapsed());
        let running = whole.saturating_sub(watch.queued);
        let seconds = running.as_secs_f64().max(1e-9);
        let summary = Summary {
            bytes_processed_per_second: (total.bytes() as f64 / seconds) as i64,
            lines_processed_per_second: (total.lines as f64 / seconds) as i64,
            total_bytes_processed: signed(total.bytes()),
            total_lines_processed: signed(total.lines),
            exec_time: running.as_secs_f64(),
            queue_time: watch.queued.as_secs_f64(),
            total_entries_returned: signed(entries as u64),
            total_post_filter_lines: signed(figures.passed),
            total_structured_metadata_bytes_processed: signed(total.metadata_bytes),
            ..Summary::default()
        };
        let disk = Chunk {
            decompressed_bytes: signed(figures.unpacked.bytes()),
            decompressed_lines: signed(figures.unpacked.lines),
            decompressed_structured_metadata_bytes: signed(figures.unpacked.metadata_bytes),
            compressed_bytes: signed(figures.packed_bytes),
            post_filter_lines: signed(figures.passed - figures.passed_in_memory),
            ..Chunk::default()
        };
        let memory = Chunk {
            head_chunk_bytes: signed(figures.in_memory.bytes()),
            head_chunk_lines: signed(figures.in_memory.lines),
            head_chunk_structured_metadata_bytes: signed(figures.in_memory.metadata_bytes),
            post_filter_lines: signed(figures.passed_in_memory),
            ..Chunk::default()
        };
        let querier = Querier {
            store: Some(Store {
                total_chunks_ref: signed(figures.chunks),
                total_chunks_downloaded: signed(figures.chunks_read),
                ..Store::with(disk)
            }),
            querier_exec_time: running.as_secs_f64(),
        };
        let ingester = Ingester {
            total_reached: i32::from(figures.heads > 0),
            total_chunks_matched: signed(figures.heads),
            total_batches: 0,
            total_lines_sent: signed(figures.passed_in_memory),
            store: Some(Store::with(memory)),
        };
        let index = Index {
            total_chunks: signed(figures.chunks),
            post_filter_chunks: signed(figures.chunks_read),
            total_streams: signed(figures.streams),
            ..Index::default()
        };
        Self {
            summary: Some(summary),
            querier: Some(querier),
            ingester: Some(ingester),
            caches: Some(Caches::none()),
            index: Some(index),
        }
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The totals of a query.
#[derive(Clone, Copy, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    #[prost(int64, tag = "1")]
    bytes_processed_per_second: i64,
    #[prost(int64, tag = "2")]
    lines_processed_per_second: i64,
    #[prost(int64, tag = "3")]
    total_bytes_processed: i64,
    #[prost(int64, tag = "4")]
    total_lines_processed: i64,
    #[prost(double, tag = "5")]
    exec_time: f64,
    #[prost(double, tag = "6")]
    queue_time: f64,
    #[prost(int64, tag = "7")]
    subqueries: i64,
    #[prost(int64, tag = "8")]
    total_entries_returned: i64,
    #[prost(int64, tag = "9")]
    splits: i64,
    #[prost(int64, tag = "10")]
    shards: i64,
    #[prost(int64, tag = "11")]
    total_post_filter_lines: i64,
    #[prost(int64, tag = "12")]
    total_structured_metadata_bytes_processed: i64,
    /// What an index would expect the query to read; the lab does not estimate.
    #[prost(int64, tag = "13")]
    #[serde(skip_serializing_if = "is_zero")]
    estimated_query_bytes: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// What was read of the disk.
#[derive(Clone, Copy, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Querier {
    #[prost(message, optional, tag = "1")]
    store: Option<Store>,
    #[prost(double, tag = "2")]
    querier_exec_time: f64,
}

/// What was found in memory.
#[derive(Clone, Copy, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ingester {
    #[prost(int32, tag = "1")]
    total_reached: i32,
    #[prost(int64, tag = "2")]
    total_chunks_matched: i64,
    #[prost(int64, tag = "3")]
    total_batches: i64,
    #[prost(int64, tag = "4")]
    total_lines_sent: i64,
    #[prost(message, optional, tag = "5")]
    store: Option<Store>,
}

/// Where lines came from.
#[derive(Clone, Copy, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Store {
    #[prost(int64, tag = "1")]
    total_chunks_ref: i64,
    #[prost(int64, tag = "2")]
    total_chunks_downloaded: i64,
    #[prost(int64, tag = "3")]
    chunks_download_time: i64,
    #[prost(bool, tag = "13")]
    #[serde(rename = "queryReferencedStructuredMetadata")]
    query_referenced_structured: bool,
    #[prost(bool, tag = "14")]
    query_used_v2_engine: bool,
    #[prost(message, optional, tag = "4")]
    chunk: Option<Chunk>,
    #[prost(int64, tag = "5")]
    chunk_refs_fetch_time: i64,
    #[prost(int64, tag = "6")]
    congestion_control_latency: i64,
    #[prost(int64, tag = "7")]
    pipeline_wrapper_filtered_lines: i64,
    #[prost(message, optional, tag = "8")]
    dataobj: Option<Columns>,
}

impl Store {
    fn with(chunk: Chunk) -> Self {
        Self { chunk: Some(chunk), dataobj: Some(Columns::default()), ..Self::default() }
    }
}

/// What Loki's second engine has read of its data objects, which the lab does without.
#[derive(Clone, Copy, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Columns {
    #[prost(int64, tag = "1")]
    pre_predicate_decompressed_rows: i64,
    #[prost(int64, tag = "2")]
    pre_predicate_decompressed_bytes: i64,
    #[prost(int64, tag = "3")]
    pre_predicate_decompressed_structured_metadata_bytes: i64,
    #[prost(int64, tag = "4")]
    post_predicate_rows: i64,
    #[prost(int64, tag = "5")]
    post_predicate_decompressed_bytes: i64,
    #[prost(int64, tag = "6")]
    post_predicate_structured_metadata_bytes: i64,
    #[prost(int64, tag = "7")]
    post_filter_rows: i64,
    #[prost(int64, tag = "8")]
    pages_scanned: i64,
    #[prost(int64, tag = "9")]
    pages_downloaded: i64,
    #[prost(int64, tag = "10")]
    pages_downloaded_bytes: i64,
    #[prost(int64, tag = "11")]
    page_batches: i64,
    #[prost(int64, tag = "12")]
    total_rows_available: i64,
    #[prost(int64, tag = "13")]
    total_page_download_time: i64,
    #[prost(int64, tag = "14")]
    wire_bytes_transferred: i64,
}

/// Lines of chunks; a head chunk is in memory.
#[derive(Clone, Copy, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Chunk {
    #[prost(int64, tag = "4")]
    head_chunk_bytes: i64,
    #[prost(int64, tag = "5")]
    head_chunk_lines: i64,
    #[prost(int64, tag = "6")]
    decompressed_bytes: i64,
    #[prost(int64, tag = "7")]
    decompressed_lines: i64,
    #[prost(int64, tag = "8")]
    compressed_bytes: i64,
    #[prost(int64, tag = "9")]
    total_duplicates: i64,
    #[prost(int64, tag = "10")]
    post_filter_lines: i64,
    #[prost(int64, tag = "11")]
    head_chunk_structured_metadata_bytes: i64,
    #[prost(int64, tag = "12")]
    decompressed_structured_metadata_bytes: i64,
}

/// What the index told.
#[derive(Clone, Copy, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    #[prost(int64, tag = "1")]
    total_chunks: i64,
    #[prost(int64, tag = "2")]
    post_filter_chunks: i64,
    #[prost(int64, tag = "3")]
    shards_duration: i64,
    #[prost(bool, tag = "4")]
    used_bloom_filters: bool,
    #[prost(int64, tag = "5")]
    total_streams: i64,
    #[prost(double, tag = "6")]
    chunk_refs_lookup_time: f64,
    #[prost(double, tag = "7")]
    bloom_filter_time: f64,
}

/// The caches of Loki, which the lab does without.
#[derive(Clone, Copy, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Caches {
    #[prost(message, optional, tag = "1")]
    chunk: Option<Cache>,
    #[prost(message, optional, tag = "2")]
    index: Option<Cache>,
    #[prost(message, optional, tag = "3")]
    result: Option<Cache>,
    #[prost(message, optional, tag = "4")]
    stats_result: Option<Cache>,
    #[prost(message, optional, tag = "5")]
    volume_result: Option<Cache>,
    #[prost(message, optional, tag = "6")]
    series_result: Option<Cache>,
    #[prost(message, optional, tag = "7")]
    label_result: Option<Cache>,
    #[prost(message, optional, tag = "8")]
    instant_metric_result: Option<Cache>,
    #[prost(message, optional, tag = "9")]
    log_result: Option<Cache>,
    #[prost(message, optional, tag = "10")]
    task_result: Option<Cache>,
}

impl Caches {
    fn none() -> Self {
        let cache = Some(Cache::default());
        Self {
            chunk: cache,
            index: cache,
            result: cache,
            stats_result: cache,
            volume_result: cache,
            series_result: cache,
            label_result: cache,
            instant_metric_result: cache,
            log_result: cache,
            task_result: cache,
        }
    }
}

/// How a cache was used.
#[derive(Clone, Copy, PartialEq, Message, Serialize)]
#[serde(rename_all = "camelCase")]
struct Cache {
    #[prost(int32, tag = "1")]
    entries_found: i32,
    #[prost(int32, tag = "2")]
    entries_requested: i32,
    #[prost(int32, tag = "3")]
    entries_stored: i32,
    #[prost(int64, tag = "4")]
    bytes_received: i64,
    #[prost(int64, tag = "5")]
    bytes_sent: i64,
    #[prost(int32, tag = "6")]
    requests: i32,
    #[prost(int64, tag = "7")]
    download_time: i64,
    #[prost(int64, tag = "8")]
    query_length_served: i64,
}
