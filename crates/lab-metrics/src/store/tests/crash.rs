//! What is left after a restart, and after a crash: dropping a store without a flush is what `kill -9` does.

use lab_model::value::stale_nan;
use lab_storage::SignalStore;

use crate::model::metadata::{Metadata, MetricKind};
use crate::store::tests::{Folder, exemplar, labels, sample, samples};

#[test]
fn what_was_flushed_survives_and_nothing_else() {
    let folder = Folder::new("crash");
    let store = folder.open();
    for n in 0..1000 {
        store.append(&labels("a", "x"), sample(n * 1000, n as f64)).expect("taken");
    }
    store.append(&labels("a", "x"), sample(500, 0.5)).expect("late, but taken");
    store.flush().expect("flushes");
    store.append(&labels("a", "x"), sample(1_000_000, 7.0)).expect("taken");
    store.append(&labels("b", "x"), sample(0, 7.0)).expect("taken");
    drop(store);

    let store = folder.open();
    let found = samples(&store, "a");
    assert_eq!(found.len(), 1001);
    assert_eq!((found[0], found[1], found[1000]), ((0, 0.0), (500, 0.5), (999_000, 999.0)));
    assert_eq!(samples(&store, "b"), []);
    assert_eq!(store.stats().series, 1);
}

#[test]
fn appending_goes_on_after_a_restart() {
    let folder = Folder::new("restart");
    let mut expected = Vec::new();
    for round in 0..5_i64 {
        let store = folder.open();
        for n in 0..200_i64 {
            let (time, value) = ((round * 200 + n) * 15_000, (round * n) as f64 / 3.0);
            store.append(&labels("a", "x"), sample(time, value)).expect("taken");
            expected.push((time, value));
        }
        store.flush().expect("flushes");
        assert_eq!(samples(&store, "a"), expected, "round {round}");
    }
}

#[test]
fn exemplars_and_metadata_survive() {
    let folder = Folder::new("exemplars");
    let store = folder.open();
    let help = Metadata { kind: MetricKind::Counter, help: "Rolls.".into(), unit: "rolls".into() };
    store.set_metadata("a", help.clone());
    store.append_exemplar(&labels("a", "x"), exemplar("t1", 1000)).expect("taken");
    store.append_exemplar(&labels("a", "x"), exemplar("t1", 1000)).expect("a repetition is no error");
    store.append_exemplar(&labels("a", "x"), exemplar("t2", 2000)).expect("taken");
    store.flush().expect("flushes");
    drop(store);

    let store = folder.open();
    let found: Vec<_> = store.exemplars(&[], 0, 1500).collect();
    assert_eq!(found, [(labels("a", "x"), vec![exemplar("t1", 1000)])]);
    assert_eq!(store.exemplars(&[], 0, 5000).next().expect("one").1.len(), 2);
    assert_eq!(store.metadata(Some("a"))["a"], help);
}

#[test]
fn chunks_that_left_memory_are_read_from_disk() {
    let folder = Folder::new("disk");
    let location = lab_storage::Location::Directory(folder.0.clone());
    let options = crate::store::Limits { resident_bytes: 0, ..Default::default() };
    let store = crate::store::MetricStore::open(&location, options).expect("opens");
    for n in 0..2000 {
        store.append(&labels("a", "x"), sample(n * 1000, n as f64)).expect("taken");
        if n % 300 == 0 {
            store.flush().expect("flushes");
        }
    }
    store.flush().expect("flushes");
    assert_eq!(store.stats().resident_bytes, 0);
    let found = samples(&store, "a");
    assert_eq!(found, (0..2000).map(|n| (n * 1000, n as f64)).collect::<Vec<_>>());
    let some = crate::store::tests::select(&store, &[], 400_000, 402_000);
    assert_eq!(some[0].1.iter().map(|sample| sample.value).collect::<Vec<_>>(), [400.0, 401.0, 402.0]);
}

#[test]
fn a_series_goes_on_after_a_restart_as_if_there_had_been_none() {
    // Late ones, repetitions and refusals at the end of the open chunk and within it, just after the start or later.
    let offers = [
        (4000, 4.5),
        (4000, 9.0),
        (2000, 2.25),
        (2000, 9.0),
        (2500, 1.0),
        (5000, stale_nan()),
        (5000, 5.0),
        (6000, 6.0),
    ];
    for first in 0..offers.len() {
        let outcomes = |restarts: bool| {
            let folder = Folder::new("goes-on");
            let mut store = folder.open();
            let job = labels("a", "x");
            for (time, value) in [(1000, 1.5), (2000, 2.25), (3000, 3.0), (4000, 4.5)] {
                store.append(&job, sample(time, value)).expect("taken");
            }
            if restarts {
                store.flush().expect("flushes");
                drop(store);
                store = folder.open();
            }
            let offered = offers.iter().cycle().skip(first).take(offers.len());
            let outcomes: Vec<_> =
                offered.map(|(time, value)| format!("{:?}", store.append(&job, sample(*time, *value)))).collect();
            store.flush().expect("flushes");
            drop(store);
            let store = folder.open();
            let balance = store.balance().expect("counted");
            assert_eq!(balance.difference(), 0, "{balance:?}");
            (outcomes, format!("{:?}", samples(&store, "a")))
        };
        assert_eq!(outcomes(true), outcomes(false), "beginning with {:?}", offers[first]);
    }
}
