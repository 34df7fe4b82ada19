//! The way in: what is checked of entries before they go to their streams.

pub(crate) mod journal;
pub(crate) mod run;

use std::collections::HashSet;
use std::sync::Arc;

use lab_model::{Label, Labels};
use lab_storage::{Account, LabelRules, TimeProblem};

use crate::ingest::enrich::{DETECTED_LEVEL, SERVICE_NAME};
use crate::record::Entry;
use crate::store::append::run::Run;
use crate::store::buffer::streams::Streams;
use crate::store::limits::{Limits, Policy};
use crate::store::stats::{Appended, Reason, Rejection};

/// Rejections that are reported one by one; the others are only counted.
const REPORTED_REJECTIONS: usize = 10;

/// What entries are measured against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) limits: &'a Limits,
}

/// The entries of one append that are good in themselves, and what became of the others.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) runs: Vec<Run>,
    pub(crate) appended: Appended,
    received: u64,
    received_bytes: u64,
    /// Why entries were refused, once for each of them.
    refused: Vec<Reason>,
}

impl Batch {
    fn refuse(&mut self, reason: Reason, stream: &Labels, entry: &Entry) {
        self.refused.push(reason);
        self.appended.rejected += 1;
        if self.appended.rejections.len() < REPORTED_REJECTIONS {
            self.appended.rejections.push(Rejection {
                reason,
                stream: stream.clone(),
                timestamp: entry.timestamp,
                line_bytes: entry.line.len(),
                metadata_labels: given(&entry.metadata).count(),
                metadata_bytes: given_bytes(&entry.metadata),
            });
        }
    }
}

/// Checks entries as far as that needs no look at the streams; one that is refused does not stop the others.
pub(crate) fn check(entries: impl IntoIterator<Item = (Labels, Entry)>, rules: Rules<'_>) -> Batch {
    let mut batch = Batch::default();
    for (labels, mut entry) in entries {
        batch.received += 1;
        batch.received_bytes += entry.bytes() as u64;
        if rules.policy.truncate && entry.line.len() > rules.limits.line_bytes {
            entry.line = truncated(&entry.line, rules.limits.line_bytes);
            batch.appended.truncated += 1;
        }
        if let Err(reason) = check_entry(&entry, rules) {
            batch.refuse(reason, &labels, &entry);
            continue;
        }
        match batch.runs.last_mut().filter(|run| run.labels == labels) {
            Some(run) => run.add(entry),
            None => {
                let mut run = Run::new(labels);
                run.add(entry);
                batch.runs.push(run);
            }
        }
    }
    batch
}

/// Refuses the runs whose streams cannot be made. Done before the push goes to the journal, so that no restart brings back
/// what its sender was told is refused: by then there may be room for the stream.
pub(crate) fn refuse_streams(streams: &Streams, batch: &mut Batch, limits: &Limits) {
    let mut new: HashSet<Labels> = HashSet::new();
    for run in std::mem::take(&mut batch.runs) {
        if streams.id(&run.labels).is_none() && !new.contains(&run.labels) {
            if let Err(reason) = check_stream(&run.labels, streams.len() + new.len(), limits) {
                run.entries.iter().for_each(|entry| batch.refuse(reason, &run.labels, entry));
                continue;
            }
            new.insert(run.labels.clone());
        }
        batch.runs.push(run);
    }
}

/// Sends entries to their streams, which are made if needed, and enters all of the batch in the account.
pub(crate) fn take(streams: &mut Streams, mut batch: Batch, limits: &Limits, account: &Account) -> Appended {
    streams.counters.received_bytes += batch.received_bytes;
    streams.counters.truncated += batch.appended.truncated as u64;
    for Run { labels, entries, .. } in std::mem::take(&mut batch.runs) {
        match stream_id(streams, &labels, limits) {
            Ok(id) => {
                let count = entries.len();
                let new = entries.into_iter().map(|entry| usize::from(streams.insert(id, entry))).sum::<usize>();
                batch.appended.accepted += new;
                batch.appended.duplicates += count - new;
            }
            Err(reason) => entries.iter().for_each(|entry| batch.refuse(reason, &labels, entry)),
        }
    }
    account.receive(batch.received);
    account.repeat(batch.appended.duplicates as u64);
    batch.refused.iter().for_each(|reason| account.refuse(reason.as_str(), 1));
    batch.appended.rejections.iter().for_each(|one| account.examine_time(one.timestamp, 1_000_000_000));
    batch.appended
}

fn stream_id(streams: &mut Streams, labels: &Labels, limits: &Limits) -> Result<i64, Reason> {
    if let Some(id) = streams.id(labels) {
        return Ok(id);
    }
    check_stream(labels, streams.len(), limits)?;
    Ok(streams.add(labels))
}

/// Whether a stream may be made beside so many `others`.
fn check_stream(labels: &Labels, others: usize, limits: &Limits) -> Result<(), Reason> {
    // The label that the lab adds does not count.
    let added = usize::from(labels.get(SERVICE_NAME).is_some());
    let rules = LabelRules { count: limits.labels.count.saturating_add(added), ..limits.labels.clone() };
    rules.check(labels).map_err(|_| Reason::InvalidLabels)?;
    if others >= limits.streams { Err(Reason::StreamLimit) } else { Ok(()) }
}

fn check_entry(entry: &Entry, Rules { policy, limits }: Rules<'_>) -> Result<(), Reason> {
    policy.times.check(entry.timestamp).map_err(|problem| match problem {
        TimeProblem::TooOld => Reason::TooOld,
        TimeProblem::Ahead => Reason::TooNew,
    })?;
    if entry.line.len() > limits.line_bytes {
        Err(Reason::LineTooLong)
    } else if given_bytes(&entry.metadata) > limits.metadata_bytes {
        Err(Reason::MetadataTooLarge)
    } else if given(&entry.metadata).count() > limits.metadata_labels {
        Err(Reason::MetadataTooMany)
    } else {
        Ok(())
    }
}

/// The entries of structured metadata that count: the level that the lab finds does not.
fn given(metadata: &Labels) -> impl Iterator<Item = &Label> {
    metadata.iter().filter(|label| *label.name != *DETECTED_LEVEL)
}

fn given_bytes(metadata: &Labels) -> usize {
    given(metadata).map(|label| label.name.len() + label.value.len()).sum()
}

fn truncated(line: &str, bytes: usize) -> Arc<str> {
    let end = (0..=bytes).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
    line[..end].into()
}
