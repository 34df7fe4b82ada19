//! The account balances, whatever happens in whatever order, also after a restart.

use std::time::Duration;

use lab_model::Labels;
use lab_storage::{Balance, Retention, SignalStore, TimeLimits};
use proptest::prelude::*;

use crate::record::Entry;
use crate::store::LogStore;
use crate::store::limits::{Limits, Policy};
use crate::store::tests::{Directory, SECOND, app};

#[derive(Clone, Debug)]
enum Event {
    /// Lines of a stream from a time on, with a pause between them; some are too old or too far ahead.
    Append {
        stream: usize,
        from: i64,
        count: i64,
        pause: i64,
        forced: bool,
    },
    Flush,
    Age {
        cutoff: i64,
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
        6 => (0_usize..4, 0_i64..2000, 1_i64..60, 0_i64..40, any::<bool>())
            .prop_map(|(stream, from, count, pause, forced)| Event::Append { stream, from, count, pause, forced }),
        3 => Just(Event::Flush),
        1 => (0_i64..2000).prop_map(|cutoff| Event::Age { cutoff }),
        1 => (60_u64..120).prop_map(|hundredths| Event::Size { hundredths }),
        2 => any::<bool>().prop_map(|killed| Event::Restart { killed }),
    ]
}

fn open(directory: &Directory) -> LogStore {
    directory.open(Limits {
        streams: 3,
        chunk_bytes: 800,
        memory_bytes: 12_000,
        chunk_span: Duration::from_secs(1000),
        ..Limits::default()
    })
}

fn happen(store: &LogStore, event: &Event) {
    match *event {
        Event::Append { stream, from, count, pause, forced } => {
            let labels = app(["a", "b", "c", "d"][stream]);
            let line = |n: i64| Entry::new((from + n * pause) * SECOND, format!("line {} of a run", n / 2));
            let entries: Vec<(Labels, Entry)> = (0..count).map(|n| (labels.clone(), line(n))).collect();
            let times = TimeLimits { oldest: Some(20 * SECOND), newest: Some(3000 * SECOND) };
            let policy = Policy { times, truncate: false };
            if forced {
                store.append(entries, &policy);
            } else {
                let _ = store.append_or_wait(entries, &policy, Duration::ZERO);
            }
        }
        Event::Flush => store.flush().expect("flushes"),
        Event::Age { cutoff } => {
            let hour = Retention { age: Some(Duration::from_secs(3600)), bytes: None };
            store.retain((cutoff + 3600) * SECOND, &hour).expect("retains");
        }
        Event::Size { hundredths } => {
            let bytes = Some(store.stats().disk_bytes * hundredths / 100);
            store.retain(0, &Retention { age: None, bytes }).expect("retains");
        }
        Event::Restart { .. } => {}
    }
}

fn balance(store: &LogStore) -> Balance {
    store.balance().expect("counts")
}

/// An unacknowledged stream that a kill takes leaves room for another; the lines that were refused for want of it must
/// not come back with the journal.
#[test]
fn what_was_refused_does_not_come_back_after_a_kill() {
    let directory = Directory::new("account-refused");
    let append = |stream, forced| Event::Append { stream, from: 100, count: 5, pause: 1, forced };
    let store = open(&directory);
    for event in [append(0, false), append(1, false), append(2, true), append(3, false)] {
        happen(&store, &event);
    }
    assert_eq!(balance(&store).kept, 15);
    drop(store);
    assert_eq!(balance(&open(&directory)).at_start, 10);
}

/// A push that is sent again is in the journal though nothing of it is taken; its lines must not come back from there once
/// the first ones are too old.
#[test]
fn what_was_sent_again_does_not_come_back_after_it_went() {
    let directory = Directory::new("account-sent-again");
    let push = || Event::Append { stream: 0, from: 100, count: 5, pause: 1, forced: false };
    let store = open(&directory);
    for event in [push(), Event::Flush, push(), Event::Age { cutoff: 5000 }] {
        happen(&store, &event);
    }
    assert_eq!(balance(&store).kept, 0);
    drop(store);
    assert_eq!(balance(&open(&directory)).at_start, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_line_is_accounted_for(events in prop::collection::vec(event(), 1..30)) {
        let directory = Directory::new(&format!("account-{:?}", std::thread::current().id()));
        let mut store = open(&directory);
        for event in &events {
            if let Event::Restart { killed } = event {
                if !killed {
                    store.flush().expect("flushes");
                }
                let kept = balance(&store).kept;
                drop(store);
                store = open(&directory);
                let found = balance(&store).at_start;
                // Of the lines that nobody acknowledged, a kill may take some.
                prop_assert!(found == kept || (*killed && found < kept), "{} were kept, {} are there", kept, found);
            }
            happen(&store, event);
            let balance = balance(&store);
            prop_assert_eq!(balance.difference(), 0, "after {:?}: {:?}", event, balance);
        }
    }
}
