//! A kill at any moment: what was acknowledged is there once, whatever was flushed, deleted or new.

use std::collections::BTreeMap;
use std::time::Duration;

use lab_model::Matcher;
use lab_storage::{SignalStore, TimeLimits, Wait};
use proptest::prelude::*;

use crate::model::metadata::{Metadata, MetricKind};
use crate::store::MetricStore;
use crate::store::append::push::{Push, Pushed};
use crate::store::limits::Limits;
use crate::store::tests::{Folder, exemplar, labels, sample, samples};

const NAMES: [&str; 3] = ["a", "b", "c"];

/// Something that happens to a store; the time goes on with each sample, so that no two are equal.
#[derive(Clone, Debug)]
enum Event {
    /// Samples for some of the series.
    Push {
        series: [bool; 3],
        samples: i64,
    },
    Flush,
    /// Everything of one series goes.
    Delete {
        series: usize,
    },
    Kill,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (any::<[bool; 3]>(), 1_i64..200).prop_map(|(series, samples)| Event::Push { series, samples }),
        2 => Just(Event::Flush),
        1 => (0_usize..3).prop_map(|series| Event::Delete { series }),
        2 => Just(Event::Kill),
    ]
}

fn push(store: &MetricStore, names: &[&str], times: std::ops::Range<i64>) -> Result<Pushed, Wait> {
    let samples: Vec<_> = times.map(|time| sample(time * 1000, time as f64)).collect();
    let mut push = Push::new(TimeLimits::ANY);
    for name in names {
        store.add(&mut push, labels(name, "x"), &samples[..], Vec::new());
    }
    store.push(push, Duration::ZERO)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_acknowledged_is_there_once(events in prop::collection::vec(event(), 1..40)) {
        let folder = Folder::new(&format!("kill-{:?}", std::thread::current().id()));
        let location = lab_storage::Location::Directory(folder.0.clone());
        let limits = || Limits { backlog_bytes: 12_000, resident_bytes: 500, ..Limits::default() };
        let mut store = MetricStore::open(&location, limits()).expect("opens");
        let (mut acknowledged, mut time) = (BTreeMap::<&str, Vec<i64>>::new(), 0);
        for event in &events {
            match *event {
                Event::Push { series, samples } => {
                    let names: Vec<&str> = NAMES.into_iter().zip(series).filter(|(_, wanted)| *wanted).map(|(name, _)| name).collect();
                    let times = time..time + samples;
                    time += samples;
                    if let Ok(pushed) = push(&store, &names, times.clone()) {
                        prop_assert_eq!((pushed.samples, pushed.refused.len()), (names.len() * samples as usize, 0));
                        for name in names {
                            acknowledged.entry(name).or_default().extend(times.clone());
                        }
                    }
                }
                Event::Flush => store.flush().expect("flushes"),
                Event::Delete { series } => {
                    store.delete(&[Matcher::equal("__name__", NAMES[series])], i64::MIN, i64::MAX).expect("deletes");
                    acknowledged.remove(NAMES[series]);
                }
                Event::Kill => {
                    drop(store);
                    store = MetricStore::open(&location, limits()).expect("opens");
                    let expected = acknowledged.values().map(Vec::len).sum::<usize>();
                    prop_assert_eq!(store.balance().expect("counts").at_start, expected as u64);
                }
            }
            for name in NAMES {
                let there: Vec<i64> = samples(&store, name).into_iter().map(|(time, _)| time / 1000).collect();
                let expected = acknowledged.get(name).cloned().unwrap_or_default();
                prop_assert_eq!(there, expected, "{} after {:?}", name, event);
            }
            prop_assert_eq!(store.balance().expect("counts").difference(), 0);
        }
    }
}

#[test]
fn exemplars_and_metadata_of_a_push_survive_a_kill() {
    let folder = Folder::new("kill-exemplars");
    let store = folder.open();
    let help = Metadata { kind: MetricKind::Histogram, help: "Dice \"rolled\".".into(), unit: "rolls".into() };
    for round in 0..2 {
        let mut push = Push::new(TimeLimits::ANY);
        push.describe("a", help.clone());
        let time = 1000 * (round + 1);
        store.add(&mut push, labels("a", "x"), &[sample(time, 1.5)][..], vec![exemplar("t", time)]);
        store.push(push, Duration::ZERO).expect("kept");
        // The second push tells the series by its number.
        if round == 0 {
            store.flush().expect("flushes");
        }
    }
    drop(store);
    let store = folder.open();
    assert_eq!(samples(&store, "a"), [(1000, 1.5), (2000, 1.5)]);
    assert_eq!(store.exemplars(&[], 0, 5000).next().expect("one").1, [exemplar("t", 1000), exemplar("t", 2000)]);
    assert_eq!(store.metadata(Some("a"))["a"], help);
}

#[test]
fn a_push_is_kept_whole_or_refused_whole() {
    let store = crate::store::tests::in_memory(Limits { backlog_bytes: 1600, ..Limits::default() });
    let mut kept = 0;
    for n in 0..10 {
        match push(&store, &["a", "b"], n * 30..n * 30 + 30) {
            Ok(pushed) => kept += pushed.samples,
            Err(wait) => assert_eq!(wait, Wait::USUAL),
        }
    }
    assert_eq!((kept, samples(&store, "a").len() + samples(&store, "b").len()), (60, 60));
    let balance = store.balance().expect("counts");
    assert_eq!((balance.refused[Wait::USUAL.reason()], balance.difference()), (9 * 60, 0));
    store.flush().expect("flushes");
    assert_eq!(push(&store, &["a"], 1000..1030).map(|pushed| pushed.samples), Ok(30));
}
