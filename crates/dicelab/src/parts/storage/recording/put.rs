//! What a run file holds, put into the stores.

use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use lab_api::prometheus::write::histogram::Histogram;
use lab_api::prometheus::write::series::kind;
use lab_logs::{Entry, Policy};
use lab_metrics::model::exemplar::Exemplar;
use lab_metrics::model::histogram_sample::{HistogramSample, Samples};
use lab_metrics::model::metadata::Metadata;
use lab_metrics::store::append::push::Push;
use lab_model::{Labels, Sample};
use lab_recording::messages::logs::LogPortion;
use lab_recording::messages::metrics::{MetricPortion, Series, labels};
use lab_recording::messages::traces::SpanPortion;
use lab_recording::recording::Recording;
use lab_storage::{TimeLimits, Wait};
use lab_traces::AppendError;
use prost::{DecodeError, Message};
use serde::Serialize;

use crate::parts::storage::recording::size::{self, LOGS, METRICS, TRACES};
use crate::parts::storage::stores::Stores;

/// How many bytes the messages of one portion may take once they are decoded, their texts not counted.
const LARGEST: u64 = 128 << 20;

/// How long one portion waits for room, and how often what came is committed to make some.
const PATIENCE: Duration = Duration::from_millis(100);
const ATTEMPTS: usize = 50;

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Put {
    pub samples: u64,
    pub lines: u64,
    pub spans: u64,
    /// Samples, lines and spans that a store refused: because they contradict what it has, or go beyond its bounds.
    pub refused: u64,
}

/// Why a file that can be read is not put in.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    #[error("{0} holds more items than are taken at a time")]
    TooLarge(String),
    #[error("there is no room for what the file holds; give the lab more with --max-memory")]
    NoRoom,
    #[error("what the file holds cannot be stored: {0}")]
    Disk(String),
}

/// Puts everything in. Blocks. What is there already is not put in twice. All portions are looked at before the first one
/// is put in: a file of which one cannot be read changes nothing.
pub fn put(stores: &Stores, recording: &Recording, now_ns: i64) -> anyhow::Result<Put> {
    check(recording)?;
    let mut put = Put::default();
    for (at, portion) in recording.traces.iter().enumerate() {
        let taken = patiently(stores, now_ns, || match stores.traces.append(portion, now_ns) {
            Ok(received) => Ok(Ok(received)),
            Err(AppendError::Wait(wait)) => Err(wait),
            Err(error) => Ok(Err(error)),
        });
        let received = taken?.with_context(|| unreadable("traces", at))?;
        put.spans += received.accepted + received.repeated;
        put.refused += received.rejected.total();
    }
    let policy = Policy { times: TimeLimits::ANY, truncate: false };
    for (at, portion) in recording.logs.iter().enumerate() {
        // Decoded for each attempt, so that they are never there twice.
        let appended = patiently(stores, now_ns, || match entries(portion) {
            Ok(entries) => stores.logs.append_or_wait(entries, &policy, PATIENCE).map(Ok),
            Err(error) => Ok(Err(error)),
        });
        let appended = appended?.with_context(|| unreadable("logs", at))?;
        put.lines += (appended.accepted + appended.duplicates) as u64;
        put.refused += appended.rejected as u64;
    }
    for (at, portion) in recording.metrics.iter().enumerate() {
        let portion = metrics(portion).with_context(|| unreadable("metrics", at))?;
        let offered = portion.offered();
        let pushed = patiently(stores, now_ns, || stores.metrics.push(portion.push(stores), PATIENCE))?;
        let taken = (pushed.samples + pushed.histograms) as u64;
        put.samples += taken;
        put.refused += offered.saturating_sub(taken);
    }
    Ok(put)
}

/// Looks at all portions, one at a time.
fn check(recording: &Recording) -> anyhow::Result<()> {
    let signals = [
        ("traces", &recording.traces, TRACES),
        ("logs", &recording.logs, LOGS),
        ("metrics", &recording.metrics, METRICS),
    ];
    for (signal, portions, shape) in signals {
        for (at, portion) in portions.iter().enumerate() {
            match size::decoded(portion, shape) {
                None => bail!(unreadable(signal, at)),
                Some(bytes) if bytes > LARGEST => return Err(PutError::TooLarge(part(signal, at)).into()),
                Some(_) => {}
            }
            let decoded = match signal {
                "traces" => SpanPortion::decode(portion.clone()).map(drop).map_err(Into::into),
                "logs" => LogPortion::decode(portion.clone()).map(drop).map_err(Into::into),
                _ => metrics(portion).map(drop),
            };
            decoded.with_context(|| unreadable(signal, at))?;
        }
    }
    Ok(())
}

fn part(signal: &str, at: usize) -> String {
    format!("{signal}/{:04}.pb", at + 1)
}

fn unreadable(signal: &str, at: usize) -> String {
    format!("{} cannot be read", part(signal, at))
}

fn entries(portion: &Bytes) -> Result<Vec<(Labels, Entry)>, DecodeError> {
    let mut entries = Vec::new();
    for stream in LogPortion::decode(portion.clone())?.streams {
        let of = labels(&stream.labels);
        entries.extend(
            stream.entries.into_iter().map(|entry| {
                (of.clone(), Entry::new(entry.time_ns, entry.line).with_metadata(labels(&entry.metadata)))
            }),
        );
    }
    Ok(entries)
}

/// Tries until there is room; what came is committed meanwhile.
fn patiently<T>(stores: &Stores, now_ns: i64, mut attempt: impl FnMut() -> Result<T, Wait>) -> anyhow::Result<T> {
    for _ in 0..ATTEMPTS {
        match attempt() {
            Ok(done) => return Ok(done),
            Err(_) => {
                if let Some(error) = stores.flush(now_ns).into_iter().next() {
                    return Err(PutError::Disk(error).into());
                }
            }
        }
    }
    Err(PutError::NoRoom.into())
}

/// A portion whose histograms are decoded.
struct Decoded {
    portion: MetricPortion,
    histograms: Vec<Vec<HistogramSample>>,
}

fn metrics(portion: &Bytes) -> anyhow::Result<Decoded> {
    let portion = MetricPortion::decode(portion.clone())?;
    let of_series = |series: &Series| -> anyhow::Result<Vec<HistogramSample>> {
        series.histograms.iter().map(|one| Ok(Histogram::decode(one.clone())?.sample()?)).collect()
    };
    let histograms = portion.series.iter().map(of_series).collect::<anyhow::Result<_>>()?;
    Ok(Decoded { portion, histograms })
}

impl Decoded {
    /// How many samples it has.
    fn offered(&self) -> u64 {
        let floats: usize = self.portion.series.iter().map(|series| series.samples.len()).sum();
        (floats + self.histograms.iter().map(Vec::len).sum::<usize>()) as u64
    }

    fn push(&self, stores: &Stores) -> Push {
        let mut push = Push::new(TimeLimits::ANY);
        for (series, histograms) in self.portion.series.iter().zip(&self.histograms) {
            let sample =
                |one: &lab_recording::messages::metrics::Sample| Sample { timestamp: one.timestamp, value: one.value };
            let floats: Vec<Sample> = series.samples.iter().map(sample).collect();
            let exemplars = series.exemplars.iter().map(|one| Exemplar {
                labels: labels(&one.labels),
                value: one.value,
                timestamp: one.timestamp,
            });
            let samples = Samples { floats: &floats, histograms };
            stores.metrics.add(&mut push, series.labels(), samples, exemplars.collect());
        }
        for family in &self.portion.families {
            let metadata = Metadata { kind: kind(family.kind), help: family.help.clone(), unit: family.unit.clone() };
            push.describe(&family.name, metadata);
        }
        push
    }
}

#[cfg(test)]
mod tests;
