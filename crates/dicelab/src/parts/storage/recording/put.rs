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
use lab_model::Sample;
use lab_recording::messages::logs::LogPortion;
use lab_recording::messages::metrics::{MetricPortion, Series, labels};
use lab_recording::recording::Recording;
use lab_storage::{TimeLimits, Wait};
use lab_traces::AppendError;
use prost::Message;
use serde::Serialize;

use crate::parts::storage::stores::Stores;

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

/// Puts everything in. Blocks. What is there already is not put in twice.
pub fn put(stores: &Stores, recording: &Recording, now_ns: i64) -> anyhow::Result<Put> {
    let mut put = Put::default();
    for (at, portion) in recording.traces.iter().enumerate() {
        let taken = patiently(stores, now_ns, || match stores.traces.append(portion, now_ns) {
            Ok(received) => Ok(Ok(received)),
            Err(AppendError::Wait(wait)) => Err(wait),
            Err(error) => Ok(Err(error)),
        });
        let received = taken?.with_context(|| format!("traces/{:04}.pb cannot be read", at + 1))?;
        put.spans += received.accepted + received.repeated;
        put.refused += received.rejected.total();
    }
    for (at, portion) in recording.logs.iter().enumerate() {
        let streams = LogPortion::decode(portion.clone());
        let streams = streams.with_context(|| format!("logs/{:04}.pb cannot be read", at + 1))?.streams;
        let mut entries = Vec::new();
        for stream in streams {
            let of = labels(&stream.labels);
            entries.extend(stream.entries.into_iter().map(|entry| {
                (of.clone(), Entry::new(entry.time_ns, entry.line).with_metadata(labels(&entry.metadata)))
            }));
        }
        let policy = Policy { times: TimeLimits::ANY, truncate: false };
        let appended = patiently(stores, now_ns, || stores.logs.append_or_wait(entries.clone(), &policy, PATIENCE))?;
        put.lines += (appended.accepted + appended.duplicates) as u64;
        put.refused += appended.rejected as u64;
    }
    for (at, portion) in recording.metrics.iter().enumerate() {
        let portion = metrics(portion).with_context(|| format!("metrics/{:04}.pb cannot be read", at + 1))?;
        let offered = portion.offered();
        let pushed = patiently(stores, now_ns, || stores.metrics.push(portion.push(stores), PATIENCE))?;
        let taken = (pushed.samples + pushed.histograms) as u64;
        put.samples += taken;
        put.refused += offered.saturating_sub(taken);
    }
    Ok(put)
}

/// Tries until there is room; what came is committed meanwhile.
fn patiently<T>(stores: &Stores, now_ns: i64, mut attempt: impl FnMut() -> Result<T, Wait>) -> anyhow::Result<T> {
    for _ in 0..ATTEMPTS {
        match attempt() {
            Ok(done) => return Ok(done),
            Err(_) => {
                if let Some(error) = stores.flush(now_ns).into_iter().next() {
                    bail!("what the file holds cannot be stored: {error}");
                }
            }
        }
    }
    bail!("there is no room for what the file holds; give the lab more with --max-memory")
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
