//! The account balances, whatever happens in whatever order, also after a restart.

use std::time::Duration;

use lab_model::Labels;
use lab_storage::{Balance, LabelProblem, Location, Retention, SignalStore, TimeLimits};
use proptest::prelude::*;

use crate::store::MetricStore;
use crate::store::append::push::Push;
use crate::store::limits::Limits;
use crate::store::tests::{Folder, labels, sample};

/// Something that happens to a store.
#[derive(Clone, Debug)]
enum Event {
    /// Samples of a series, from a time on, that grow by a step; some are too far ahead.
    Append {
        series: usize,
        from: i64,
        count: i64,
        step: i64,
    },
    /// The same in a request that is acknowledged, for two series at once.
    Push {
        series: usize,
        from: i64,
        count: i64,
        step: i64,
    },
    /// Samples of a series that cannot be one.
    AppendNameless,
    Flush,
    Age {
        cutoff: i64,
    },
    Size {
        hundredths: u64,
    },
    Delete {
        series: usize,
        from: i64,
        length: i64,
    },
    /// The lab ends and is started again, by order or by a kill, which takes no flush.
    Restart {
        killed: bool,
    },
}

fn event() -> impl Strategy<Value = Event> {
    let series = 0_usize..4;
    prop_oneof![
        6 => (series.clone(), 0_i64..4000, 1_i64..900, -1_i64..3)
            .prop_map(|(series, from, count, step)| Event::Append { series, from, count, step }),
        4 => (series.clone(), 0_i64..4000, 1_i64..300, -1_i64..3)
            .prop_map(|(series, from, count, step)| Event::Push { series, from, count, step }),
        1 => Just(Event::AppendNameless),
        3 => Just(Event::Flush),
        1 => (0_i64..3000).prop_map(|cutoff| Event::Age { cutoff }),
        1 => (50_u64..120).prop_map(|hundredths| Event::Size { hundredths }),
        1 => (series, 0_i64..4000, 0_i64..2000).prop_map(|(series, from, length)| Event::Delete { series, from, length }),
        2 => any::<bool>().prop_map(|killed| Event::Restart { killed }),
    ]
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const LIMITS: TimeLimits = TimeLimits { oldest: Some(10), newest: Some(4500) };

fn open(folder: &Folder) -> MetricStore {
    let limits = Limits {
        out_of_order_window: Duration::from_secs(1),
        max_series: 3,
        resident_bytes: 500,
        backlog_bytes: 20_000,
        ..Limits::default()
    };
    MetricStore::open(&Location::Directory(folder.0.clone()), limits).expect("opens")
}

fn happen(store: &MetricStore, event: &Event) {
    match *event {
        Event::Append { series, from, count, step } => {
            let samples: Vec<_> = (0..count).map(|n| sample(from + n * step, (n * step) as f64)).collect();
            store.append_batch(&labels(NAMES[series], "x"), &samples, &LIMITS);
        }
        Event::Push { series, from, count, step } => {
            let samples: Vec<_> = (0..count).map(|n| sample(from + n * step, (n * step) as f64)).collect();
            let mut push = Push::new(LIMITS);
            for name in [NAMES[series], NAMES[(series + 1) % NAMES.len()]] {
                store.add(&mut push, labels(name, "x"), &samples[..], Vec::new());
            }
            let _ = store.push(push, Duration::ZERO);
        }
        Event::AppendNameless => {
            store.append(&Labels::empty(), sample(1, 1.0)).expect_err("no labels");
            store.refuse(&LabelProblem::Doubled { name: "a".into() }, 3);
        }
        Event::Flush => store.flush().expect("flushes"),
        Event::Age { cutoff } => {
            let hour = Retention { age: Some(Duration::from_secs(3600)), bytes: None };
            store.retain(cutoff + 3_600_000, &hour).expect("retains");
        }
        Event::Size { hundredths } => {
            let bytes = Some(store.stats().disk_bytes * hundredths / 100);
            store.retain(0, &Retention { age: None, bytes }).expect("retains");
        }
        Event::Delete { series, from, length } => {
            let matchers = [lab_model::Matcher::equal("__name__", NAMES[series])];
            store.delete(&matchers, from, from + length).expect("deletes");
        }
        Event::Restart { .. } => {}
    }
}

fn balance(store: &MetricStore) -> Balance {
    store.balance().expect("counts")
}

/// An unacknowledged series that a kill takes leaves room for another; the samples that were refused for want of it must
/// not come back with the journal.
#[test]
fn what_was_refused_does_not_come_back_after_a_kill() {
    let folder = Folder::new("account-refused");
    let store = open(&folder);
    let push = |series| Event::Push { series, from: 100, count: 5, step: 1 };
    for event in [push(0), Event::Append { series: 2, from: 100, count: 5, step: 1 }, push(3)] {
        happen(&store, &event);
    }
    // Pushes are for two series each: a and b, then d, for which there is no room beside c, and a again.
    assert_eq!(balance(&store).kept, 15);
    drop(store);
    let names = open(&folder).label_values("__name__", &[], i64::MIN, i64::MAX);
    assert!(!names.contains("d"), "{names:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_sample_is_accounted_for(events in prop::collection::vec(event(), 1..25)) {
        let folder = Folder::new(&format!("account-{:?}", std::thread::current().id()));
        let mut store = open(&folder);
        for event in &events {
            if let Event::Restart { killed } = event {
                if !killed {
                    store.flush().expect("flushes");
                }
                let kept = balance(&store).kept;
                drop(store);
                store = open(&folder);
                let found = balance(&store).at_start;
                // Of the samples that nobody acknowledged, a kill may take some.
                prop_assert!(found == kept || *killed, "{} were kept, {} are there", kept, found);
            }
            happen(&store, event);
            let balance = balance(&store);
            prop_assert_eq!(balance.difference(), 0, "after {:?}: {:?}", event, balance);
        }
    }
}
