//! What the three stores hold of a time, as portions of a run file.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::{Context, bail};
use bytes::Bytes;
use lab_api::prometheus::write::histogram::Histogram;
use lab_api::prometheus::write::series::number;
use lab_logs::store::select::Wanted;
use lab_metrics::MetricStore;
use lab_metrics::model::exemplar::Exemplar as StoredExemplar;
use lab_model::{Interrupt, Labels};
use lab_recording::archive::Bounds;
use lab_recording::manifest::Counts;
use lab_recording::messages::Portions;
use lab_recording::messages::logs::{Entry, LogPortion, Stream};
use lab_recording::messages::metrics::{Exemplar, Family, MetricPortion, Pair, Sample, Series, pairs};
use lab_recording::messages::traces::{PackedResource, PackedScope, SpanPortion};
use lab_recording::recording::Recording;
use lab_traces::{Origin, TraceStore};
use prost::Message;

use crate::parts::storage::stores::Stores;

/// Both ends included, in nanoseconds since the Unix epoch.
pub type Range = (i64, i64);

/// There is more than a run file may hold.
#[derive(Debug, thiserror::Error)]
#[error(
    "the telemetry of this time takes more than {most} bytes, which is what a run file holds at most; choose a shorter time"
)]
pub struct TooMuch {
    most: u64,
}

/// How much may still be taken, and whether somebody still waits for it.
struct Room<'a> {
    left: u64,
    most: u64,
    interrupt: &'a Interrupt,
}

impl Room<'_> {
    /// Asked before anything is kept.
    fn take(&mut self, bytes: usize) -> anyhow::Result<()> {
        if self.interrupt.is_set() {
            bail!("nobody waits for the file any more");
        }
        self.left = self.left.checked_sub(bytes as u64).ok_or(TooMuch { most: self.most })?;
        Ok(())
    }
}

/// Takes everything of a time down. Blocks until it is interrupted; fails as soon as it is more than a run file may hold.
pub fn take(stores: &Stores, range: Range, interrupt: &Interrupt) -> anyhow::Result<Recording> {
    // What is left is for the other parts, and for what stands before each item.
    take_at_most(stores, range, interrupt, Bounds::default().bytes / 10 * 9)
}

/// Takes down what takes so many bytes at most.
pub(crate) fn take_at_most(
    stores: &Stores,
    range: Range,
    interrupt: &Interrupt,
    most: u64,
) -> anyhow::Result<Recording> {
    let mut recording = Recording::default();
    let counts = &mut recording.manifest.counts;
    let room = &mut Room { left: most, most, interrupt };
    recording.traces = traces(&stores.traces, range, counts, room).context("traces cannot be read")?;
    recording.logs = logs(stores, range, counts, room).context("logs cannot be read")?;
    recording.metrics = metrics(&stores.metrics, range, counts, room).context("metrics cannot be read")?;
    Ok(recording)
}

/// When the oldest telemetry is from, in nanoseconds since the Unix epoch.
pub fn first(stores: &Stores) -> Option<i64> {
    let samples = stores.metrics.stats().oldest.map(|ms| ms.saturating_mul(1_000_000));
    let all = [samples, stores.logs.stats().oldest, stores.traces.stats().oldest_ns];
    all.into_iter().flatten().min()
}

fn metrics(store: &MetricStore, range: Range, counts: &mut Counts, room: &mut Room<'_>) -> anyhow::Result<Vec<Bytes>> {
    let (start, end) = (range.0.div_euclid(1_000_000), range.1.div_euclid(1_000_000));
    let mut exemplars: HashMap<Labels, Vec<StoredExemplar>> = store.exemplars(&[], start, end).collect();
    let mut portions = Portions::<MetricPortion>::default();
    store.select(&[], (start, end), room.interrupt, |labels, samples| {
        let sample = |one: &lab_model::Sample| Sample { value: one.value, timestamp: one.timestamp };
        let exemplar =
            |one: StoredExemplar| Exemplar { labels: pairs(&one.labels), value: one.value, timestamp: one.timestamp };
        let series = Series {
            labels: pairs(labels),
            samples: samples.floats.iter().map(sample).collect(),
            exemplars: exemplars.remove(labels).unwrap_or_default().into_iter().map(exemplar).collect(),
            histograms: samples.histograms.iter().map(|one| Histogram::of(one).encode_to_vec().into()).collect(),
        };
        let bytes = series.encoded_len();
        room.take(bytes)?;
        counts.series += 1;
        counts.samples += samples.len() as u64;
        portions.add(bytes, |portion| portion.series.push(series));
        Ok::<_, anyhow::Error>(())
    })?;
    for (name, known) in store.metadata(None) {
        let family = Family { kind: number(known.kind), name, help: known.help, unit: known.unit };
        let bytes = family.encoded_len();
        room.take(bytes)?;
        portions.add(bytes, |portion| portion.families.push(family));
    }
    Ok(portions.finish())
}

fn logs(stores: &Stores, range: Range, counts: &mut Counts, room: &mut Room<'_>) -> anyhow::Result<Vec<Bytes>> {
    let selection = stores.logs.select(&[], range.0, range.1)?;
    let mut portions = Portions::<LogPortion>::default();
    for part in &selection.parts {
        let Some(loaded) = stores.logs.load(part, Wanted::default())? else { continue };
        let labels = pairs(&selection.streams[part.stream]);
        let (mut is_first, mut kept_all) = (true, Ok(()));
        let visited = loaded.visit(|entry| {
            if entry.timestamp < range.0 || entry.timestamp > range.1 {
                return ControlFlow::Continue(());
            }
            let pair = |(name, value): &(&str, &str)| Pair { name: (*name).to_owned(), value: (*value).to_owned() };
            let kept = Entry {
                time_ns: entry.timestamp,
                line: entry.line.to_owned(),
                metadata: entry.metadata.iter().map(pair).collect(),
            };
            let begins = std::mem::take(&mut is_first) || portions.is_new();
            let of_stream = if begins { labels.iter().map(Pair::encoded_len).sum() } else { 0 };
            let bytes = kept.encoded_len() + of_stream;
            kept_all = room.take(bytes);
            if kept_all.is_err() {
                return ControlFlow::Break(());
            }
            counts.lines += 1;
            portions.add(bytes, |portion| {
                if begins {
                    portion.streams.push(Stream { labels: labels.clone(), entries: Vec::new() });
                }
                // The stream stands there by now.
                if let Some(stream) = portion.streams.last_mut() {
                    stream.entries.push(kept);
                }
            });
            ControlFlow::Continue(())
        });
        kept_all?;
        if visited.is_err() {
            stores.logs.note_damage(part);
        }
    }
    Ok(portions.finish())
}

/// Spans are put together by their resource and scope, across traces, which is how they are smallest.
fn traces(store: &TraceStore, range: Range, counts: &mut Counts, room: &mut Room<'_>) -> anyhow::Result<Vec<Bytes>> {
    let mut by_origin: BTreeMap<*const Origin, (Arc<Origin>, Vec<Bytes>)> = BTreeMap::new();
    let mut candidates = store.candidates(range.0, range.1, vec![Vec::new()]);
    while let Some(candidate) = candidates.next_candidate()? {
        let Some(trace) = store.trace(candidate.id)? else { continue };
        for span in trace.spans {
            room.take(span.otlp.len())?;
            counts.spans += 1;
            let known = by_origin.entry(Arc::as_ptr(&span.origin)).or_insert_with(|| (span.origin.clone(), Vec::new()));
            known.1.push(span.otlp);
        }
    }
    let mut portions = Portions::<SpanPortion>::default();
    for (origin, spans) in by_origin.into_values() {
        let mut is_first = true;
        for span in spans {
            let begins = std::mem::take(&mut is_first) || portions.is_new();
            let bytes = span.len();
            portions.add(bytes, |portion| {
                if begins {
                    portion.resources.push(packed(&origin));
                }
                // Resource and scope stand there by now.
                let scope = portion.resources.last_mut().and_then(|resource| resource.scopes.last_mut());
                if let Some(scope) = scope {
                    scope.spans.push(span);
                }
            });
        }
    }
    Ok(portions.finish())
}

/// A resource with its scope, without spans yet.
fn packed(origin: &Origin) -> PackedResource {
    let message = origin.message();
    let scope = message.scope_spans.first().cloned().unwrap_or_default();
    PackedResource {
        resource: message.resource.clone(),
        scopes: vec![PackedScope { scope: scope.scope, spans: Vec::new(), schema_url: scope.schema_url }],
        schema_url: message.schema_url.clone(),
    }
}
