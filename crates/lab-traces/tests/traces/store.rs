//! The store: nothing is lost, nothing is there twice, everything is bounded and counted.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use lab_storage::{Location, Retention, SignalStore, Wait};
use lab_traces::{AppendError, Limits, Rejection, StoredTrace, TraceId, TraceStore};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use crate::spans::{EPOCH, request, trace_id};

const HOUR_NS: i64 = 3_600_000_000_000;

/// A directory that vanishes with the value.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("dicelab-traces-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("made");
        Self(path)
    }

    pub(crate) fn open(&self) -> TraceStore {
        TraceStore::open(&Location::Directory(self.0.clone()), Limits::default()).expect("opens")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn memory(limits: Limits) -> TraceStore {
    TraceStore::open(&Location::Memory, limits).expect("opens")
}

fn trace(store: &TraceStore, number: u64) -> Option<StoredTrace> {
    store.trace(TraceId(trace_id(number))).expect("reads")
}

pub(crate) fn spans(store: &TraceStore, number: u64) -> usize {
    trace(store, number).map_or(0, |trace| trace.spans.len())
}

pub(crate) fn line(id: usize, start: &str) -> String {
    format!("{id} - svc span internal {start} 1ms key=value-{id}")
}

fn append(store: &TraceStore, number: u64, lines: &[&str]) {
    let received = store.append(&request(number, lines), EPOCH).expect("taken");
    assert_eq!(received.accepted, lines.len() as u64);
}

#[test]
fn spans_are_visible_at_once_and_after_a_restart() {
    let directory = Directory::new();
    let store = directory.open();
    append(&store, 1, &[&line(1, "0s"), &line(2, "1s")]);
    assert_eq!(spans(&store, 1), 2, "before the flush");
    assert_eq!(spans(&store, 2), 0);
    store.flush(EPOCH).expect("flushed");
    assert_eq!(spans(&store, 1), 2, "after the flush");
    assert_eq!(store.stats().pending_spans, 0);
    drop(store);
    let trace = trace(&directory.open(), 1).expect("still there").to_otlp();
    assert_eq!(trace.len(), 1, "one resource");
    assert_eq!(trace[0].scope_spans[0].spans.len(), 2);
    let name = &trace[0].resource.as_ref().expect("resource").attributes[0];
    assert_eq!(name.key, "service.name");
}

#[test]
fn a_kill_takes_nothing_that_was_acknowledged() {
    let directory = Directory::new();
    let store = directory.open();
    append(&store, 1, &[&line(1, "0s")]);
    store.flush(EPOCH).expect("flushed");
    append(&store, 2, &[&line(1, "1s"), &line(2, "1s")]);
    // As after kill -9: the files as they are now, log and journal and all, without a clean close.
    let copy = Directory::new();
    copy_files(&directory.0, &copy.0);
    let survivor = copy.open();
    assert_eq!((spans(&survivor, 1), spans(&survivor, 2)), (1, 2));
    assert_eq!(survivor.balance().expect("counts").at_start, 3);
    survivor.flush(EPOCH).expect("goes on");
    drop(survivor);
    let again = copy.open();
    assert_eq!(again.balance().expect("counts").at_start, 3, "what was committed is not taken in once more");
}

fn copy_files(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("listed") {
        let (path, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).expect("entry");
        if path.is_dir() {
            std::fs::create_dir_all(&target).expect("made");
            copy_files(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}

#[test]
fn repeated_spans_appear_once_and_late_ones_join_their_trace() {
    let store = memory(Limits::default());
    let body = request(1, &[&line(1, "0s"), &line(2, "0s")]);
    for _ in 0..2 {
        store.append(&body, EPOCH).expect("taken");
    }
    assert_eq!(spans(&store, 1), 2, "in one fragment");
    store.flush(EPOCH).expect("flushed");
    store.append(&body, EPOCH).expect("taken");
    append(&store, 1, &[&line(3, "0s")]);
    assert_eq!(spans(&store, 1), 3, "in memory and on disk");
    store.flush(EPOCH).expect("flushed");
    assert_eq!(spans(&store, 1), 3, "in two fragments");
}

#[test]
fn retention_removes_the_oldest_and_counts_them() {
    let directory = Directory::new();
    let store = directory.open();
    append(&store, 1, &[&line(1, "0s"), &line(2, "0s")]);
    append(&store, 2, &[&line(1, "7200s")]);
    store.flush(EPOCH).expect("flushed");
    assert_eq!(store.stats().origins, 1);
    let one_hour = Retention { age: Some(Duration::from_secs(3600)), bytes: None };
    store.retain(EPOCH + 2 * HOUR_NS, &one_hour).expect("retained");
    assert_eq!((spans(&store, 1), spans(&store, 2)), (0, 1));
    let stats = store.stats();
    assert_eq!((stats.expired_spans, stats.evicted_spans), (2, 0));
    assert_eq!(stats.oldest_ns, Some(EPOCH + 2 * HOUR_NS));
    let nothing = Retention { age: None, bytes: Some(0) };
    store.retain(EPOCH + 2 * HOUR_NS, &nothing).expect("retained");
    let stats = store.stats();
    assert_eq!((spans(&store, 2), stats.evicted_spans, stats.origins), (0, 1, 0), "its origin went too");
    append(&store, 3, &[&line(1, "7300s")]);
    store.flush(EPOCH).expect("flushed");
    drop(store);
    assert_eq!(spans(&directory.open(), 3), 1, "an origin that comes again is stored again");
}

#[test]
fn invalid_spans_are_rejected_by_reason_and_the_others_taken() {
    let store = memory(Limits::default());
    let valid = ExportTraceServiceRequest::decode(request(1, &[&line(1, "0s")])).expect("decodes");
    let with = |change: &dyn Fn(&mut opentelemetry_proto::tonic::trace::v1::Span)| {
        let mut request = valid.clone();
        change(&mut request.resource_spans[0].scope_spans[0].spans[0]);
        request.resource_spans.remove(0)
    };
    let resource_spans = vec![
        with(&|span| span.trace_id = vec![0; 16]),
        with(&|span| span.trace_id = vec![1; 8]),
        with(&|span| span.span_id = Vec::new()),
        with(&|span| span.start_time_unix_nano = 0),
        with(&|span| span.end_time_unix_nano = 0),
    ];
    let body: Bytes = ExportTraceServiceRequest { resource_spans }.encode_to_vec().into();
    let received = store.append(&body, EPOCH).expect("taken");
    assert_eq!(received.accepted, 1, "an end before the start makes an instant span");
    assert_eq!(received.rejected.of(Rejection::InvalidTraceId), 2);
    assert_eq!(received.rejected.of(Rejection::InvalidSpanId), 1);
    assert_eq!(received.rejected.of(Rejection::InvalidTime), 1);
    assert!(received.rejected.explanation().contains("2 × trace_id must be 16 bytes"));
    assert_eq!(store.stats().received.rejected.total(), 4);
}

#[test]
fn garbled_requests_are_refused_whole() {
    let store = memory(Limits::default());
    let mut body = request(1, &[&line(1, "0s")]).to_vec();
    body.truncate(body.len() - 3);
    let refused = store.append(&body.into(), EPOCH).expect_err("cut off");
    assert_eq!(refused.to_string(), "unexpected EOF");
    assert!(matches!(store.append(&Bytes::from_static(b"\xff\xff\xff"), EPOCH), Err(AppendError::Malformed(_))));
    assert_eq!((store.stats().malformed_requests, spans(&store, 1)), (2, 0));
}

#[test]
fn traces_and_values_are_bounded() {
    let store = memory(Limits { trace_spans: 2, attribute_bytes: 64, ..Limits::default() });
    let lines: Vec<String> = (1..=5).map(|id| line(id, "0s")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let received = store.append(&request(1, &lines), EPOCH).expect("taken");
    assert_eq!((received.accepted, received.rejected.of(Rejection::TraceTooLarge)), (2, 3));
    let long = format!("1 - svc span internal 0s 1ms long={}", "x".repeat(1000));
    let received = store.append(&request(2, &[&long]), EPOCH).expect("taken");
    assert_eq!((received.accepted, received.truncated_attributes), (1, 1));
    assert!(trace(&store, 2).expect("there").bytes < 200);
}

#[test]
fn what_waits_for_the_disk_is_bounded() {
    let store = memory(Limits { pending_bytes: 2000, ..Limits::default() });
    let refused = (1..100).find_map(|number| store.append(&request(number, &[&line(1, "0s")]), EPOCH).err());
    assert_eq!(refused, Some(AppendError::Wait(Wait::USUAL)));
    store.flush(EPOCH).expect("flushed");
    append(&store, 200, &[&line(1, "0s")]);
}
