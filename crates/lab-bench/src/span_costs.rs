//! What the metrics of spans and the service graph add to taking spans in: the trace store of the lab in this process, with them
//! and without them. Processor time of the one thread, so that what else runs on the machine does not count.

use std::sync::Arc;

use anyhow::Context as _;
use lab_storage::Location;
use lab_traces::span_metrics::SpanMetrics;
use lab_traces::span_metrics::config::Config;
use lab_traces::{Limits, TraceStore};
use serde::Serialize;

use crate::samples::spans::{SPANS, request};

/// Requests of a round, and after how many of them spans are written to the disk: about once a second at 35,000 spans a second.
const REQUESTS: u64 = 300;
const FLUSHED_AFTER: u64 = 72;
/// Each side takes turns, and the best of its rounds counts.
const ROUNDS: usize = 5;
const START_NS: u64 = 1_700_000_000_000_000_000;

/// Processor time of one span, in microseconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SpanCosts {
    /// Read, checked, kept and written to the disk.
    pub without_metrics: f64,
    /// The same, counted on the way.
    pub with_metrics: f64,
}

/// Takes the same spans in with metrics and without, in a temporary directory.
pub fn measure() -> anyhow::Result<SpanCosts> {
    let folder = std::env::temp_dir().join(format!("dicelab-spans-{}", std::process::id()));
    let mut best = SpanCosts { without_metrics: f64::INFINITY, with_metrics: f64::INFINITY };
    for round in 0..ROUNDS {
        for with in [false, true] {
            let folder = folder.join(format!("{round}-{with}"));
            std::fs::create_dir_all(&folder)?;
            let store = TraceStore::open(&Location::Directory(folder), Limits::default())?;
            if with {
                store.measure_spans(Arc::new(SpanMetrics::new(Config::lab())));
            }
            let side = if with { &mut best.with_metrics } else { &mut best.without_metrics };
            *side = side.min(round_of(&store)?);
        }
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(best)
}

/// Takes spans in; answers microseconds a span.
fn round_of(store: &TraceStore) -> anyhow::Result<f64> {
    let mut seconds = 0.0;
    for number in 0..REQUESTS {
        let body = request(number, START_NS);
        let begin = cpu_seconds()?;
        store.append(&body, START_NS as i64)?;
        if number % FLUSHED_AFTER == FLUSHED_AFTER - 1 {
            store.flush(START_NS as i64)?;
        }
        seconds += cpu_seconds()? - begin;
    }
    Ok(seconds * 1e6 / (REQUESTS * SPANS) as f64)
}

/// Processor time of this thread (Linux).
fn cpu_seconds() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split(' ').next().context("the time in schedstat")?;
    Ok(nanoseconds.parse::<u64>()? as f64 / 1e9)
}
