//! The store against a naive one.

use std::collections::BTreeMap;

use lab_model::{Labels, MatchOp, Matcher};
use lab_storage::Location;
use proptest::prelude::*;

use crate::store::MetricStore;
use crate::store::limits::Limits;
use crate::store::tests::{sample, select};

/// Name, job and dc of a series; an empty value is an absent label.
type Name = (&'static str, &'static str, &'static str);

fn series() -> impl Strategy<Value = Name> {
    let value = |values: &'static [&'static str]| prop::sample::select(values);
    (value(&["a", "b"]), value(&["", "x", "y", "xy"]), value(&["", "1"]))
}

fn labels((name, job, dc): Name) -> Labels {
    Labels::from_pairs([("__name__", name), ("job", job), ("dc", dc)])
}

fn matcher() -> impl Strategy<Value = Matcher> {
    let ops = [MatchOp::Equal, MatchOp::NotEqual, MatchOp::Regex, MatchOp::NotRegex];
    let values = ["", "x", "y", "x|y", "x.*", ".*", ".+", "1", "a", "a|a", "nowhere"];
    let names = ["__name__", "job", "dc", "nowhere"];
    (prop::sample::select(names.to_vec()), prop::sample::select(ops.to_vec()), prop::sample::select(values.to_vec()))
        .prop_map(|(name, op, value)| Matcher::new(name.to_owned(), op, value.to_owned()).expect("valid"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_selection_is_what_a_naive_store_would_show(
        appends in prop::collection::vec((series(), 0_i64..2000, 0_usize..80), 1..400),
        matchers in prop::collection::vec(matcher(), 0..3),
        start in 0_i64..2000,
        length in 0_i64..2000,
        resident in prop::sample::select(vec![0_usize, 1 << 20]),
    ) {
        let options = Limits { resident_bytes: resident, ..Limits::default() };
        let store = MetricStore::open(&Location::Memory, options).expect("opens");
        let mut naive: BTreeMap<Labels, BTreeMap<i64, f64>> = BTreeMap::new();
        for (name, time, more) in appends {
            // A run of samples, so that chunks get full.
            for n in 0..=more as i64 {
                // What came before is not looked up on disk, so one instant has one value here.
                let (time, value) = (time + n * 3, ((time + n * 3) % 101) as f64 / 4.0);
                store.append(&labels(name), sample(time, value)).expect("taken");
                naive.entry(labels(name)).or_default().insert(time, value);
            }
            if more % 7 == 0 {
                store.flush().expect("flushes");
            }
        }
        let end = start + length;
        let mut found: Vec<_> = select(&store, &matchers, start, end).into_iter().map(|(labels, samples)| {
            (labels, samples.into_iter().map(|sample| (sample.timestamp, sample.value)).collect::<Vec<_>>())
        }).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        let good = naive.iter().filter(|(labels, _)| matchers.iter().all(|matcher| matcher.matches_labels(labels)));
        let ranges = good.map(|(labels, samples)| {
            (labels.clone(), samples.range(start..=end).map(|(time, value)| (*time, *value)).collect::<Vec<_>>())
        });
        let expected: Vec<_> = ranges.filter(|(_, samples)| !samples.is_empty()).collect();
        prop_assert_eq!(found, expected);
    }
}
