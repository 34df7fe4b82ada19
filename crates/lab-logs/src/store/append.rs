//! The way in: what is checked of an entry before it goes to its stream.

use std::sync::Arc;

use lab_model::Labels;
use lab_storage::{Account, TimeProblem};

use crate::record::Entry;
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

/// Sends entries to their streams, which are made if needed; one that is refused does not stop the others.
pub(crate) fn entries(
    streams: &mut Streams,
    entries: impl IntoIterator<Item = (Labels, Entry)>,
    rules: Rules<'_>,
    account: &Account,
) -> Appended {
    let mut appended = Appended::default();
    let mut last: Option<(Labels, i64)> = None;
    for (labels, mut entry) in entries {
        account.receive(1);
        streams.counters.received_bytes += entry.bytes() as u64;
        if rules.policy.truncate && entry.line.len() > rules.limits.line_bytes {
            entry.line = truncated(&entry.line, rules.limits.line_bytes);
            appended.truncated += 1;
            streams.counters.truncated += 1;
        }
        let known = last.as_ref().filter(|(known, _)| *known == labels).map(|(_, id)| *id);
        let id = check_entry(&entry, rules)
            .and_then(|()| known.map_or_else(|| stream_id(streams, &labels, rules.limits), Ok));
        match id {
            Ok(id) => {
                if streams.insert(id, entry) {
                    appended.accepted += 1;
                } else {
                    appended.duplicates += 1;
                    account.repeat(1);
                }
                last = Some((labels, id));
            }
            Err(reason) => {
                account.refuse(reason.as_str(), 1);
                reject(&mut appended, reason, labels, &entry);
            }
        }
    }
    appended
}

fn stream_id(streams: &mut Streams, labels: &Labels, limits: &Limits) -> Result<i64, Reason> {
    if let Some(id) = streams.id(labels) {
        return Ok(id);
    }
    limits.labels.check(labels).map_err(|_| Reason::InvalidLabels)?;
    if streams.len() >= limits.streams {
        return Err(Reason::StreamLimit);
    }
    Ok(streams.add(labels))
}

fn reject(appended: &mut Appended, reason: Reason, stream: Labels, entry: &Entry) {
    appended.rejected += 1;
    if appended.rejections.len() < REPORTED_REJECTIONS {
        let (timestamp, line_bytes) = (entry.timestamp, entry.line.len());
        appended.rejections.push(Rejection { reason, stream, timestamp, line_bytes });
    }
}

fn check_entry(entry: &Entry, Rules { policy, limits }: Rules<'_>) -> Result<(), Reason> {
    policy.times.check(entry.timestamp).map_err(|problem| match problem {
        TimeProblem::TooOld => Reason::TooOld,
        TimeProblem::Ahead => Reason::TooNew,
    })?;
    if entry.line.len() > limits.line_bytes {
        Err(Reason::LineTooLong)
    } else if entry.metadata.text_bytes() > limits.metadata_bytes {
        Err(Reason::MetadataTooLarge)
    } else {
        Ok(())
    }
}

fn truncated(line: &str, bytes: usize) -> Arc<str> {
    let end = (0..=bytes).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
    line[..end].into()
}
