//! Groups over time: what is recorded and ended, the states of alerts, reloads, restarts, failures.

use std::sync::Arc;
use std::time::Duration;

use lab_metrics::MetricStore;
use lab_metrics::rules::alert::state::AlertState;
use lab_metrics::rules::report::Health;
use lab_metrics::rules::ruler::Ruler;
use lab_model::value::is_stale;
use lab_model::{Interrupt, Labels, Sample};

use crate::{evaluate, file, store};

/// Milliseconds of a second.
const S: i64 = 1000;

fn put(store: &MetricStore, name: &str, job: &str, at: i64, value: f64) {
    let labels = Labels::from_pairs([("__name__", name), ("job", job)]);
    store.append(&labels, Sample { timestamp: at, value }).expect("appended");
}

fn ruler(store: &Arc<MetricStore>, rules: &str) -> Ruler {
    let text = format!("groups:\n- name: g\n  interval: 1ms\n  rules:\n{rules}");
    Ruler::new(store.clone(), vec![file(&text)], Duration::from_secs(15), -1)
}

/// Every sample of a metric: series, seconds, value.
fn samples(store: &MetricStore, name: &str) -> Vec<String> {
    let matcher = [lab_model::Matcher::equal("__name__", name)];
    let mut found = Vec::new();
    let note = |labels: &Labels, samples: lab_metrics::model::histogram_sample::Samples<'_>| {
        for sample in samples.floats {
            let value = if is_stale(sample.value) { "stale".to_owned() } else { sample.value.to_string() };
            found.push(format!("{labels} {}={value}", sample.timestamp / S));
        }
        Ok::<_, lab_metrics::store::error::StoreError>(())
    };
    store.select(&matcher, (i64::MIN, i64::MAX), &Interrupt::default(), note).expect("selected");
    found.sort();
    found
}

fn states(ruler: &Ruler) -> Vec<(String, AlertState)> {
    let rules = ruler.report().into_iter().flat_map(|group| group.rules);
    let alerts = rules.flat_map(|rule| rule.alerts);
    alerts.map(|alert| (alert.labels.get("job").unwrap_or_default().to_owned(), alert.state)).collect()
}

#[test]
fn recorded_series_are_renamed_labelled_and_ended() {
    let store = store();
    put(&store, "m", "a", 0, 1.0);
    put(&store, "m", "b", 0, 2.0);
    let ruler = ruler(&store, "  - {record: n, expr: m * 2 > 2 or m, labels: {x: y}}\n  - {record: o, expr: sum(n)}\n");
    evaluate(&ruler, 0);
    put(&store, "m", "b", 10 * S, f64::from_bits(lab_model::value::STALE_NAN));
    evaluate(&ruler, 10 * S);
    let expected = [
        r#"n{job="a", x="y"} 0=1"#,
        r#"n{job="a", x="y"} 10=1"#,
        r#"n{job="b", x="y"} 0=4"#,
        r#"n{job="b", x="y"} 10=stale"#,
    ];
    assert_eq!(samples(&store, "n"), expected);
    // The second rule sees what the first has just given.
    assert_eq!(samples(&store, "o"), ["o 0=5", "o 10=1"]);
}

#[test]
fn alerts_are_pending_then_fire_then_are_kept_then_end() {
    let store = store();
    let rules = "  - {alert: A, expr: m > 0, for: 20s, keep_firing_for: 20s, labels: {v: '{{ $value }}'}}\n";
    let ruler = ruler(&store, rules);
    let mut seen = Vec::new();
    for (at, value) in [(0, 1.0), (10, 1.0), (20, 1.0), (30, 0.0), (40, 0.0), (50, 0.0), (60, 0.0)] {
        put(&store, "m", "a", at * S, value);
        evaluate(&ruler, at * S);
        seen.push(states(&ruler).first().map(|(_, state)| *state));
    }
    use AlertState::{Firing, Pending};
    assert_eq!(seen, [Some(Pending), Some(Pending), Some(Firing), Some(Firing), Some(Firing), None, None]);
    let alerts = samples(&store, "ALERTS");
    let labels = |state: &str| format!(r#"ALERTS{{alertname="A", alertstate="{state}", job="a", v="1"}}"#);
    let expected = [
        format!("{} 20=1", labels("firing")),
        format!("{} 30=1", labels("firing")),
        format!("{} 40=1", labels("firing")),
        format!("{} 50=stale", labels("firing")),
        format!("{} 0=1", labels("pending")),
        format!("{} 10=1", labels("pending")),
        format!("{} 20=stale", labels("pending")),
    ];
    assert_eq!(alerts, expected);
    assert_eq!(samples(&store, "ALERTS_FOR_STATE").len(), 6);
}

#[test]
fn a_pending_alert_that_vanishes_is_forgotten() {
    let store = store();
    let ruler = ruler(&store, "  - {alert: A, expr: m > 0, for: 20s}\n");
    for (at, value) in [(0, 1.0), (10, 0.0), (20, 1.0), (30, 1.0)] {
        put(&store, "m", "a", at * S, value);
        evaluate(&ruler, at * S);
    }
    assert_eq!(states(&ruler), [("a".to_owned(), AlertState::Pending)]);
}

#[test]
fn after_a_restart_alerts_go_on() {
    let store = store();
    let rules = "  - {alert: A, expr: m > 0, for: 1m}\n";
    put(&store, "m", "long", 0, 1.0);
    let before = ruler(&store, rules);
    evaluate(&before, 0);
    evaluate(&before, 60 * S);
    put(&store, "m", "short", 70 * S, 1.0);
    evaluate(&before, 70 * S);
    evaluate(&before, 100 * S);
    drop(before);

    let after = ruler(&store, rules);
    evaluate(&after, 160 * S);
    assert_eq!(states(&after), [("long".to_owned(), AlertState::Firing), ("short".to_owned(), AlertState::Pending)]);
    // It had been pending for 30 s, so another 30 s are left.
    evaluate(&after, 180 * S);
    assert_eq!(states(&after)[1].1, AlertState::Pending);
    evaluate(&after, 190 * S);
    assert_eq!(states(&after)[1].1, AlertState::Firing);
}

#[test]
fn a_reload_keeps_what_stays_and_ends_what_goes() {
    let store = store();
    let group = |rules: &str| format!("groups:\n- name: g\n  interval: 1ms\n  rules:\n{rules}");
    let (kept, gone) = ("  - {alert: A, expr: m > 0, for: 20s}\n", "  - {record: n, expr: m}\n");
    let ruler = ruler(&store, &[kept, gone].concat());
    put(&store, "m", "a", 0, 1.0);
    evaluate(&ruler, 0);
    ruler.reload(vec![file(&group(kept))], Duration::from_secs(60), 10 * S);
    evaluate(&ruler, 20 * S);
    assert_eq!(states(&ruler)[0].1, AlertState::Firing);
    assert_eq!(samples(&store, "n"), [r#"n{job="a"} 0=1"#, r#"n{job="a"} 10=stale"#]);
}

#[test]
fn failures_are_counted_and_said() {
    let store = store();
    put(&store, "m", "a", 0, 1.0);
    put(&store, "m", "b", 0, 1.0);
    let rules = "  - {record: twice, expr: m, labels: {job: same}}\n  - {record: good, expr: m}\n\
        \x20 - {alert: Same, expr: m, labels: {job: same}}\n  - {record: pair, expr: m * on() m}\n";
    let ruler = ruler(&store, rules);
    evaluate(&ruler, S);
    let [group] = &ruler.report()[..] else { panic!("one group") };
    let health: Vec<_> = group.rules.iter().map(|rule| rule.health).collect();
    assert_eq!(health, [Health::Err, Health::Ok, Health::Err, Health::Err]);
    assert!(group.rules[0].last_error.contains("same labelset after applying rule labels"), "{group:?}");
    assert!(group.rules[2].last_error.contains("same labelset after applying alert labels"), "{group:?}");
    assert!(group.rules[3].last_error.contains("many-to-many"), "{}", group.rules[3].last_error);
    assert_eq!((group.counts.evaluations, group.counts.failures), (4, 3));
}

#[test]
fn limits_hold_and_late_evaluations_are_counted() {
    let store = store();
    put(&store, "m", "a", 0, 1.0);
    put(&store, "m", "b", 0, 1.0);
    let text = "groups:\n- {name: g, interval: 10s, limit: 1, rules: [{record: n, expr: m}, {alert: A, expr: m}]}\n";
    let ruler = Ruler::new(store.clone(), vec![file(text)], Duration::from_secs(15), 0);
    let due = ruler.next_due().expect("a group");
    assert!((1..=10 * S).contains(&due), "{due}");
    evaluate(&ruler, due - 1);
    assert_eq!(ruler.report()[0].last_evaluation, None);
    evaluate(&ruler, due + 25 * S);
    let group = &ruler.report()[0];
    assert_eq!((group.last_evaluation, group.counts.missed), (Some(due + 20 * S), 2));
    assert_eq!(ruler.next_due(), Some(due + 30 * S));
    assert_eq!(group.rules[0].last_error, "exceeded limit of 1 with 2 series");
    assert_eq!(group.rules[1].last_error, "exceeded limit of 1 with 2 alerts");
    assert!(samples(&store, "n").is_empty() && samples(&store, "ALERTS").is_empty());
}
