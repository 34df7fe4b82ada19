//! Which samples are taken, and which are refused and why.

use std::time::Duration;

use lab_model::value::{STALE_NAN, stale_nan};
use lab_model::{Interrupt, Labels, Matcher};
use lab_storage::{LabelRules, TimeLimits};

use crate::model::histogram_sample::Samples;
use crate::store::error::{AppendError, StoreError};
use crate::store::limits::Limits;
use crate::store::tests::{in_memory, labels, sample, samples, select};

#[test]
fn late_samples_are_taken_within_the_window() {
    let store = in_memory(Limits { out_of_order_window: Duration::from_secs(10), ..Default::default() });
    let append = |time, value| store.append(&labels("a", "x"), sample(time, value));
    append(20_000, 1.0).expect("first");
    append(15_000, 2.0).expect("within the window");
    append(15_000, 2.0).expect("a repetition is no error");
    append(20_000, 1.0).expect("a repetition is no error");
    let duplicate = append(15_000, 3.0).expect_err("another value");
    assert_eq!(duplicate.reason(), "duplicate_timestamp");
    let too_old = append(9_999, 1.0).expect_err("too old").to_string();
    assert_eq!(too_old, "too old sample: timestamp 9999 is more than 10000 ms before 20000");
    assert_eq!(samples(&store, "a"), [(15_000, 2.0), (20_000, 1.0)]);
    let stats = store.stats();
    assert_eq!((stats.samples_appended, stats.samples_late, stats.samples_repeated), (2, 1, 2));
    assert_eq!((stats.samples_refused["too_old"], stats.samples_refused["duplicate_timestamp"]), (1, 1));
}

#[test]
fn without_a_window_order_is_required() {
    let store = in_memory(Limits { out_of_order_window: Duration::ZERO, ..Default::default() });
    store.append(&labels("a", "x"), sample(2, 1.0)).expect("first");
    let refused = store.append(&labels("a", "x"), sample(1, 1.0)).expect_err("out of order");
    assert_eq!(refused, AppendError::OutOfOrder { timestamp: 1, newest: 2 });
}

#[test]
fn many_late_samples_come_out_in_order() {
    let century = Duration::from_secs(100 * 365 * 86_400);
    let store = in_memory(Limits { out_of_order_window: century, ..Default::default() });
    for n in (0..1000).rev() {
        store.append(&labels("a", "x"), sample(n, n as f64)).expect("taken");
    }
    store.flush().expect("flushes");
    assert_eq!(samples(&store, "a"), (0..1000).map(|n| (n, n as f64)).collect::<Vec<_>>());
}

#[test]
fn a_batch_goes_on_after_a_refusal() {
    let store = in_memory(Limits::default());
    let batch = [sample(1, 1.0), sample(1, 2.0), sample(2, 3.0)];
    let (taken, refusal) = store.append_batch(&labels("a", "x"), &batch, &TimeLimits::ANY);
    assert_eq!(taken, 2);
    assert!(matches!(refusal, Some(AppendError::DuplicateTimestamp { timestamp: 1, .. })), "{refusal:?}");
}

#[test]
fn limits_are_enforced_and_named() {
    let labels_rules = LabelRules { count: 2, total_bytes: 30, ..Limits::default().labels };
    let options = Limits { max_series: 1, labels: labels_rules, ..Default::default() };
    let store = in_memory(options);
    let refuse = |labels: &Labels| store.append(labels, sample(1, 1.0)).expect_err("refused").to_string();
    assert_eq!(refuse(&Labels::empty()), "a series needs a metric name or at least one label");
    let three = Labels::from_pairs([("__name__", "m"), ("a", "1"), ("b", "2")]);
    assert_eq!(refuse(&three), r#"label set of "m": 3 labels, at most 2 are allowed"#);
    let long = labels("m", &"x".repeat(40));
    assert_eq!(refuse(&long), r#"label set of "m": names and values take 52 bytes, at most 30 are allowed"#);
    store.append(&labels("m", "1"), sample(1, 1.0)).expect("one is allowed");
    assert_eq!(refuse(&labels("m", "2")), "series limit of 1 reached");
    assert_eq!(store.stats().samples_refused["label_limit"], 2);
}

#[test]
fn staleness_markers_stay_as_they_are() {
    let store = in_memory(Limits::default());
    store.append(&labels("a", "x"), sample(1, 4.0)).expect("taken");
    store.append(&labels("a", "x"), sample(2, stale_nan())).expect("taken");
    assert_eq!(select(&store, &[], 2, 2)[0].1[0].value.to_bits(), STALE_NAN);
}

#[test]
fn an_interrupt_ends_a_selection() {
    let store = in_memory(Limits::default());
    store.append(&labels("a", "x"), sample(1, 4.0)).expect("taken");
    let interrupt = Interrupt::default();
    interrupt.set();
    let visit = |_: &Labels, _: Samples<'_>| Ok::<_, StoreError>(());
    let ended = store.select(&[Matcher::equal("job", "x")], (0, 10), &interrupt, visit);
    assert!(matches!(ended, Err(StoreError::Interrupted)));
}
