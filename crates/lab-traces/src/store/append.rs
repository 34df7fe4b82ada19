//! The way in: the spans of one request go to the buffer together, without those that are there already.

pub(crate) mod journal;

use std::sync::Arc;

use bytes::Bytes;
use lab_storage::{Account, Budget, Intake, StorageError, TimeLimits, Wait, other_unit};
use parking_lot::{Mutex, MutexGuard};

use crate::ingest::request::{ArrivedSpan, Batch};
use crate::span_metrics::SpanMetrics;
use crate::span_metrics::observed::Taken;
use crate::store::buffer::{Buffer, LookedUp, OnDisk, memory_of};
use crate::store::index::origin::Origins;
use crate::store::limits::Limits;
use crate::store::rows::disk::Disk;
use crate::store::stats::{Received, Rejected, Rejection};

/// In a second.
const NANOSECONDS: i64 = 1_000_000_000;

/// Where spans are, and what they pass on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a> {
    pub(crate) intake: &'a Intake,
    pub(crate) buffer: &'a Mutex<Buffer>,
    pub(crate) budget: &'a Budget,
    pub(crate) disk: &'a Disk,
    pub(crate) origins: &'a Origins,
    /// What counts the spans that are taken.
    pub(crate) measured: Option<&'a SpanMetrics>,
}

/// Takes the spans of a request in, if there is room for all of them; those beyond the limits of their trace are refused
/// one by one. Once this answers, a kill of the process does not lose what was taken. `failed` is told of a disk that
/// cannot be searched.
pub(crate) fn push(
    (request, batch): (&Bytes, Batch),
    places: Places<'_>,
    (limits, now_ns): (&Limits, i64),
    account: &Account,
    failed: impl FnMut(StorageError),
) -> Result<Received, Wait> {
    if batch.spans.is_empty() {
        return Ok(take(batch, places, (limits, now_ns), account, failed));
    }
    let bytes = memory_of_all(&batch.spans);
    let passage = places.budget.take(bytes).and_then(|()| {
        let passage = places.intake.enter();
        let journaled = passage.journal(places.budget, || journal::draft(request, &batch.spans, now_ns));
        journaled.map(|()| passage).inspect_err(|_| places.budget.give_back(bytes))
    });
    match passage {
        Ok(_passage) => Ok(take(batch, places, (limits, now_ns), account, failed)),
        Err(wait) => {
            // Under the lock, as always, so that whoever draws a balance finds what is counted as received.
            let (_buffer, arrived) = (places.buffer.lock(), batch.spans.len() as u64);
            account.receive(arrived + batch.rejected.total());
            account.refuse(wait.reason(), arrived);
            count(account, &batch.rejected);
            Err(wait)
        }
    }
}

/// How many spans begin far ahead of `now_ns`, and a beginning that looks like a time in another unit, if there is one.
/// Their times are their senders' affair; the spans are kept, and this is said.
pub(crate) fn strange_times(spans: &[ArrivedSpan], now_ns: i64) -> (u64, Option<i64>) {
    let limits = TimeLimits::at_most_ahead(now_ns, NANOSECONDS);
    let starts = || spans.iter().map(|span| span.start_ns);
    let ahead = starts().filter(|start| limits.check(*start).is_err()).count() as u64;
    (ahead, starts().find(|start| other_unit(*start, NANOSECONDS).is_some()))
}

/// Bytes of memory that waiting spans take, roughly.
pub(crate) fn memory_of_all(spans: &[ArrivedSpan]) -> u64 {
    spans.iter().map(|span| memory_of(&span.otlp)).sum()
}

/// Takes spans in for which there is room in the budget.
pub(crate) fn take(
    batch: Batch,
    places: Places<'_>,
    (limits, now_ns): (&Limits, i64),
    account: &Account,
    failed: impl FnMut(StorageError),
) -> Received {
    let Batch { spans, mut rejected, truncated_attributes } = batch;
    let arrived = spans.len() as u64;
    let mut looked_up = LookedUp::default();
    let mut buffer = look_up(&spans, places, &mut looked_up, failed);
    let mut taken = Vec::new();
    let note = |span: &ArrivedSpan| {
        if places.measured.is_some() {
            let (origin, otlp) = (Arc::clone(&span.origin), span.otlp.clone());
            taken.push(Taken { trace_id: span.trace_id.0, origin, otlp });
        }
    };
    let not_taken = buffer.append(spans, looked_up, (now_ns, limits), note);
    rejected.add(Rejection::TraceTooLarge, not_taken.too_many);
    account.receive(arrived + rejected.total() - not_taken.too_many);
    account.repeat(not_taken.repeated);
    count(account, &rejected);
    drop(buffer);
    if let Some(measured) = places.measured {
        measured.observe(&taken, now_ns);
    }
    places.budget.give_back(not_taken.bytes);
    let accepted = arrived - not_taken.too_many - not_taken.repeated;
    let repeated = not_taken.repeated;
    Received { accepted, repeated, rejected, truncated_attributes, ..Received::default() }
}

/// Looks on disk for the traces that may have spans there. The disk is read without the lock; if a flush has moved spans
/// there meanwhile, it is read again.
fn look_up<'a>(
    spans: &[ArrivedSpan],
    Places { buffer, disk, origins, .. }: Places<'a>,
    looked_up: &mut LookedUp,
    mut failed: impl FnMut(StorageError),
) -> MutexGuard<'a, Buffer> {
    loop {
        let locked = buffer.lock();
        let wanted = locked.to_look_up(spans, looked_up);
        if wanted.is_empty() {
            return locked;
        }
        drop(locked);
        for id in wanted {
            // What cannot be compared is taken: better twice than not at all.
            let known = disk.known_of(id, origins).unwrap_or_else(|error| {
                failed(error);
                OnDisk::default()
            });
            looked_up.traces.insert(id, known);
        }
    }
}

fn count(account: &Account, rejected: &Rejected) {
    for reason in Rejection::ALL {
        account.refuse(reason.as_str(), rejected.of(reason));
    }
}
