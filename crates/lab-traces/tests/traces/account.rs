//! The account balances, whatever happens in whatever order, also after a restart; damaged rows are left out, counted
//! and said; nothing that was acknowledged is lost when more comes than the disk takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lab_storage::{Balance, Location, Retention, SignalStore, Wait};
use lab_traces::{AppendError, Limits, TraceId, TraceStore};
use proptest::prelude::*;

use crate::spans::{EPOCH, request, trace_id};
use crate::store::{Directory, line, memory, spans};

/// A database as dicelab wrote it before rows had an envelope.
const FIRST_SCHEMA: &str = include_str!("schema_1.sql");
const SECOND_NS: i64 = 1_000_000_000;

fn execute(directory: &Directory, sql: &str) {
    rusqlite::Connection::open(directory.0.join("traces.db")).expect("opens").execute_batch(sql).expect("executes");
}

fn balance(store: &TraceStore) -> Balance {
    store.balance().expect("counts")
}

#[derive(Clone, Debug)]
enum Event {
    /// Spans of a trace; the third and later ones of a flush are beyond its limit.
    Append {
        trace: u64,
        second: u64,
        count: usize,
    },
    Malformed,
    Flush,
    Age {
        second: i64,
    },
    Size {
        hundredths: u64,
    },
    /// The lab ends and is started again, by order or by a kill, which takes no flush.
    Restart {
        killed: bool,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (1_u64..6, 0_u64..100, 1_usize..5)
            .prop_map(|(trace, second, count)| Event::Append { trace, second, count }),
        1 => Just(Event::Malformed),
        3 => Just(Event::Flush),
        1 => (0_i64..100).prop_map(|second| Event::Age { second }),
        1 => (60_u64..120).prop_map(|hundredths| Event::Size { hundredths }),
        2 => any::<bool>().prop_map(|killed| Event::Restart { killed }),
    ]
}

fn open(directory: &Directory) -> TraceStore {
    let limits = Limits { trace_spans: 3, pending_bytes: 1500, ..Limits::default() };
    TraceStore::open(&Location::Directory(directory.0.clone()), limits).expect("opens")
}

fn happen(store: &TraceStore, event: &Event) {
    match *event {
        Event::Append { trace, second, count } => {
            let lines: Vec<String> = (1..=count).map(|id| line(id, &format!("{second}s"))).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let _ = store.append(&request(trace, &lines), EPOCH);
        }
        Event::Malformed => {
            store.append(&bytes::Bytes::from_static(b"\xff\xff"), EPOCH).expect_err("no protobuf");
        }
        Event::Flush => store.flush(EPOCH).expect("flushes"),
        Event::Age { second } => {
            let retention = Retention { age: Some(Duration::from_secs(1)), bytes: None };
            store.retain(EPOCH + (second + 1) * SECOND_NS, &retention).expect("retains");
        }
        Event::Size { hundredths } => {
            let bytes = Some(store.stats().stored_bytes * hundredths / 100);
            store.retain(0, &Retention { age: None, bytes }).expect("retains");
        }
        Event::Restart { .. } => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_span_is_accounted_for(events in prop::collection::vec(event(), 1..30)) {
        let directory = Directory::new();
        let mut store = open(&directory);
        for event in &events {
            if let Event::Restart { killed } = event {
                if !killed {
                    store.flush(EPOCH).expect("flushes");
                }
                let kept = balance(&store).kept;
                drop(store);
                store = open(&directory);
                // A kill forgets how much a trace has got so far: what was beyond its limit may be there now.
                let found = balance(&store).at_start;
                prop_assert!(found == kept || (*killed && found > kept), "{} were kept, {} are there", kept, found);
            }
            happen(&store, event);
            let balance = balance(&store);
            prop_assert_eq!(balance.difference(), 0, "after {:?}: {:?}", event, balance);
        }
    }
}

#[test]
fn a_database_of_the_first_schema_is_read_and_goes_on() {
    let directory = Directory::new();
    execute(&directory, FIRST_SCHEMA);
    for round in 0..2_u64 {
        let store = directory.open();
        for number in 1..=10_u8 {
            let mut id = [0x11; 16];
            id[15] = number;
            let trace = store.trace(TraceId(id)).expect("reads").expect("there");
            assert_eq!(trace.spans.len(), 4, "two services in two flushes");
            let mut services: Vec<&str> = trace.spans.iter().map(|span| span.origin.service_name()).collect();
            services.sort_unstable();
            assert_eq!(services, ["dice-roller", "dice-roller", "frontend", "frontend"]);
        }
        let balance = balance(&store);
        assert_eq!((balance.at_start, balance.damaged, balance.difference()), (40 + round, 0, 0));
        store.append(&request(round + 100, &[&line(1, "0s")]), EPOCH).expect("taken");
        store.flush(EPOCH).expect("flushed");
    }
}

/// Three traces of two spans each, in one fragment each.
fn filled(directory: &Directory) {
    let store = directory.open();
    for number in 1..=3 {
        store.append(&request(number, &[&line(1, "0s"), &line(2, "1s")]), EPOCH).expect("taken");
        store.flush(EPOCH).expect("flushed");
    }
}

#[test]
fn a_damaged_fragment_costs_its_spans_only_and_is_reported() {
    let directory = Directory::new();
    filled(&directory);
    execute(&directory, "UPDATE fragment SET body = zeroblob(length(body)) WHERE id = 2");
    let store = directory.open();
    assert_eq!([1, 2, 3].map(|number| spans(&store, number)), [2, 0, 2]);
    let damage = store.damage();
    let said = damage.named[0].to_string();
    assert!(said.contains("traces.db: row 2 of table \"fragment\" is left out because its checksum"), "{said}");
    assert!(said.contains("2 spans from "), "{said}");
    let drawn = balance(&store);
    assert_eq!((drawn.at_start, drawn.kept, drawn.damaged, drawn.difference()), (6, 4, 2, 0));
    store.retain(0, &Retention { age: None, bytes: Some(0) }).expect("retained");
    let drawn = balance(&store);
    assert_eq!((drawn.evicted_by_disk, drawn.kept, drawn.difference()), (4, 0, 0), "damaged spans count once");
}

#[test]
fn a_damaged_summary_hides_no_trace_unsaid() {
    let directory = Directory::new();
    filled(&directory);
    execute(&directory, "UPDATE fragment SET front = zeroblob(length(front)) WHERE id = 2");
    let store = directory.open();
    let mut candidates = store.candidates(i64::MIN, i64::MAX, vec![Vec::new()]);
    let mut found = 0;
    while candidates.next_candidate().expect("reads").is_some() {
        found += 1;
    }
    assert_eq!((found, store.damage().rows), (2, 1));
}

#[test]
fn spans_outlive_the_damaged_row_of_their_resource() {
    let directory = Directory::new();
    filled(&directory);
    execute(&directory, "UPDATE origin SET body = zeroblob(length(body))");
    let store = directory.open();
    assert_eq!([1, 2, 3].map(|number| spans(&store, number)), [2, 2, 2]);
    assert_eq!((store.damage().rows, store.damage().items), (1, 0));
    // A new resource must not get the number of the lost one.
    store.append(&request(9, &[&line(1, "0s")]), EPOCH).expect("taken");
    store.flush(EPOCH).expect("flushed");
    let trace = store.trace(TraceId(trace_id(1))).expect("reads").expect("there");
    assert!(trace.spans.iter().all(|span| span.origin.service_name().is_empty()));
}

#[test]
fn a_request_is_kept_whole_or_refused_whole_and_what_is_kept_stays() {
    let store = memory(Limits { pending_bytes: 3000, ..Limits::default() });
    let asked = Arc::new(AtomicU32::new(0));
    let counter = asked.clone();
    store.on_half_full(Box::new(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    }));
    let mut kept = Vec::new();
    for number in 1..60 {
        match store.append(&request(number, &[&line(1, "0s"), &line(2, "0s")]), EPOCH) {
            Ok(received) => {
                assert_eq!(received.accepted, 2);
                kept.push(number);
            }
            Err(error) => assert_eq!(error, AppendError::Wait(Wait::USUAL)),
        }
    }
    assert!((1..59).contains(&kept.len()), "{}", kept.len());
    assert_eq!(asked.load(Ordering::Relaxed), 1, "a flush is asked for once, when half is full");
    assert_eq!(store.stats().refused_for_room, 2 * (59 - kept.len() as u64));
    store.flush(EPOCH).expect("flushed");
    assert!(kept.iter().all(|number| spans(&store, *number) == 2), "whatever was acknowledged is there");
    store.append(&request(99, &[&line(1, "0s")]), EPOCH).expect("there is room again");
    assert_eq!(balance(&store).difference(), 0);
}
