//! What is sent again is stored once: from memory, from the disk, after a restart, in whatever pieces it comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use lab_storage::{Location, Retention, SignalStore};
use lab_traces::span_metrics::SpanMetrics;
use lab_traces::span_metrics::config::Config;
use lab_traces::{Limits, TraceStore};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::spans::{EPOCH, request};
use crate::store::{Directory, line, memory, spans};

const SECOND_NS: i64 = 1_000_000_000;

/// A span of a kind.
fn of_kind(id: usize, kind: &str) -> String {
    format!("{id} - svc span {kind} 0s 1ms key=value-{id}")
}

fn body(trace: u64, lines: &[String]) -> Bytes {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    request(trace, &lines)
}

/// Spans that rows hold, once all is flushed.
fn in_rows(directory: &Directory) -> u64 {
    let file = Connection::open(directory.0.join("traces.db")).expect("opens");
    file.query_row("SELECT coalesce(sum(items), 0) FROM fragment", [], |row| row.get::<_, i64>(0)).expect("sums") as u64
}

#[test]
fn a_batch_sent_again_is_not_stored_again_however_much_later() {
    let directory = Directory::new();
    let batch = body(1, &[line(1, "0s"), line(2, "1s"), line(3, "2s")]);
    for round in 0..3_i64 {
        let store = directory.open();
        for pause in [0, 1, 5, 60] {
            let now = EPOCH + (round * 100 + pause) * SECOND_NS;
            let received = store.append(&batch, now).expect("taken");
            let first = (round, pause) == (0, 0);
            assert_eq!((received.accepted, received.repeated), if first { (3, 0) } else { (0, 3) }, "{round} {pause}");
            store.flush(now).expect("flushed");
            assert_eq!(spans(&store, 1), 3);
        }
        let balance = store.balance().expect("counts");
        assert_eq!((balance.kept, balance.difference()), (3, 0));
    }
    assert_eq!(in_rows(&directory), 3);
}

#[test]
fn what_is_sent_again_adds_nothing_to_metrics_and_edges() {
    let directory = Directory::new();
    let metrics = Arc::new(SpanMetrics::new(Config::lab()));
    let lines = ["1 - a call client 0s 1ms", "2 1 b serve server 0s 1ms", "3 - c get server 0s 1ms"];
    let (whole, half) = (request(1, &lines), request(1, &lines[..2]));
    for round in 0..3_i64 {
        let store = directory.open();
        store.measure_spans(metrics.clone());
        for pause in [0, 1, 60] {
            let now = EPOCH + (round * 100 + pause) * SECOND_NS;
            store.append(&half, now).expect("taken");
            store.append(&whole, now).expect("taken");
            store.flush(now).expect("flushed");
            let readings = metrics.collect(now);
            let sum = |name: &str| readings.iter().filter(|it| it.name == name).map(|it| it.value).sum::<f64>();
            let counted = (sum("traces_spanmetrics_calls_total"), sum("traces_service_graph_request_total"));
            assert_eq!(counted, (3.0, 2.0), "{round} {pause}");
            assert_eq!(sum("dicelab_span_edges_unpaired_total") as u64, 0, "{round} {pause}");
        }
    }
}

#[test]
fn the_same_id_with_another_kind_is_another_span() {
    let store = memory(Limits::default());
    let both = body(1, &[of_kind(1, "client"), of_kind(1, "server")]);
    for now in [EPOCH, EPOCH + 60 * SECOND_NS] {
        store.append(&both, now).expect("taken");
        assert_eq!(spans(&store, 1), 2);
        store.flush(now).expect("flushed");
        assert_eq!(spans(&store, 1), 2);
    }
    let received = store.append(&body(2, &[of_kind(1, "client")]), EPOCH).expect("taken");
    assert_eq!(received.accepted, 1, "in another trace it is another span");
}

#[test]
fn late_spans_join_their_trace_while_repeated_ones_do_not() {
    let store = memory(Limits::default());
    store.append(&body(1, &[line(1, "0s"), line(2, "0s")]), EPOCH).expect("taken");
    store.flush(EPOCH).expect("flushed");
    let later = EPOCH + 60 * SECOND_NS;
    store.flush(later).expect("the trace is forgotten in memory");
    let received = store.append(&body(1, &[line(2, "0s"), line(3, "0s")]), later).expect("taken");
    assert_eq!((received.accepted, received.repeated, spans(&store, 1)), (1, 1, 3));
}

#[test]
fn what_retention_removed_may_come_again() {
    let store = memory(Limits::default());
    let batch = body(1, &[line(1, "0s")]);
    store.append(&batch, EPOCH).expect("taken");
    store.flush(EPOCH).expect("flushed");
    let later = EPOCH + 60 * SECOND_NS;
    store.flush(later).expect("the trace is forgotten in memory");
    store.retain(later, &Retention { age: None, bytes: Some(0) }).expect("retained");
    assert_eq!(store.append(&batch, later).expect("taken").accepted, 1);
    assert_eq!(store.balance().expect("counts").difference(), 0);
}

#[test]
fn a_flush_at_the_same_time_lets_nothing_through_twice() {
    let (directory, done) = (Directory::new(), AtomicBool::new(false));
    let store = directory.open();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Each flush is a minute later, so that memory forgets every trace at once.
            for minute in 1.. {
                store.flush(EPOCH + minute * 60 * SECOND_NS).expect("flushed");
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let send =
            || (0..300_u64).for_each(|n| drop(store.append(&body(n % 30 + 1, &[line(1, "0s"), line(2, "0s")]), EPOCH)));
        let senders: Vec<_> = (0..2).map(|_| scope.spawn(send)).collect();
        for sender in senders {
            sender.join().expect("no panic");
        }
        done.store(true, Ordering::Relaxed);
    });
    store.flush(EPOCH).expect("flushed");
    assert_eq!(in_rows(&directory), 60);
    assert_eq!(store.balance().expect("counts").difference(), 0);
}

/// What happens to a store between two batches.
#[derive(Clone, Debug)]
enum Event {
    /// Spans of the set, by their number.
    Batch(Vec<usize>),
    /// A flush this many seconds later.
    Flush(i64),
    Reopen,
}

const SPANS: usize = 48;

/// The trace of a span of the set, and the span in words. Some share their id and differ in kind.
fn span(n: usize) -> (u64, String) {
    ((n % 4) as u64 + 1, of_kind(n / 8 + 1, ["client", "server"][n / 4 % 2]))
}

/// Every span two to five times, shuffled and cut, with other events in between.
fn deliveries() -> impl Strategy<Value = Vec<Event>> {
    let other = prop_oneof![2 => (0_i64..20).prop_map(Event::Flush), 1 => Just(Event::Reopen)];
    (prop::collection::vec(2..=5_usize, SPANS), prop::collection::vec((1..25_usize, other), 8..40))
        .prop_flat_map(|(copies, cuts)| {
            let all: Vec<usize> = (0..SPANS).flat_map(|n| vec![n; copies[n]]).collect();
            (Just(all).prop_shuffle(), Just(cuts))
        })
        .prop_map(|(mut spans, cuts)| {
            let mut events = Vec::new();
            for (count, other) in cuts {
                events.push(Event::Batch(spans.split_off(spans.len().saturating_sub(count))));
                events.push(other);
            }
            events.push(Event::Batch(spans));
            events
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_number_of_deliveries_gives_the_counts_of_one(events in deliveries()) {
        let directory = Directory::new();
        let open = || TraceStore::open(&Location::Directory(directory.0.clone()), Limits::default()).expect("opens");
        let (mut store, mut now) = (open(), EPOCH);
        for event in events {
            match event {
                Event::Batch(spans) => {
                    for trace in 1..=4 {
                        let of_trace = spans.iter().map(|n| span(*n)).filter(|(of, _)| *of == trace);
                        let lines: Vec<String> = of_trace.map(|(_, line)| line).collect();
                        store.append(&body(trace, &lines), now).expect("taken");
                    }
                }
                Event::Flush(seconds) => {
                    now += seconds * SECOND_NS;
                    store.flush(now).expect("flushes");
                }
                Event::Reopen => {
                    store.flush(now).expect("flushes");
                    drop(store);
                    store = open();
                }
            }
            prop_assert_eq!(store.balance().expect("counts").difference(), 0);
        }
        store.flush(now).expect("flushes");
        prop_assert_eq!([1, 2, 3, 4].map(|trace| spans(&store, trace)), [SPANS / 4; 4]);
        prop_assert_eq!((in_rows(&directory), store.balance().expect("counts").kept), (SPANS as u64, SPANS as u64));
    }
}
