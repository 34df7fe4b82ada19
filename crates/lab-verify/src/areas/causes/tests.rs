//! Each cause is named from what is seen of it.

use super::*;
use crate::stack::sample::Sample;
use crate::stack::span::Span;
use crate::testing::id;
use crate::truth::counters::Counters;

fn missing(service: Service, count: u64) -> Difference {
    Difference { trace_id: id(7), service, missing: count, surplus: 0 }
}

fn growth(dropped: f64, restarted: &[Service]) -> Growth {
    let labels = [("job", "dice-roller-stage4"), ("__name__", "telemetry_spans_total"), ("outcome", "dropped")];
    let sample = Sample { labels: labels.map(|(a, b)| (a.to_owned(), b.to_owned())).into(), value: dropped };
    Growth { counters: Counters::of_jobs(vec![sample]), restarted: restarted.to_vec(), newborn: Vec::new() }
}

#[test]
fn missing_spans_are_dropped_by_the_service_or_lost_on_the_way() {
    let lost = [missing(Service::DiceRoller, 12)];
    let say = |growth: &Growth| differences(Signal::Spans, &lost, None, Some(growth));
    let text = say(&growth(0.0, &[]));
    assert!(text.starts_with("12 spans of dice-roller lost in 1 trace: between export and store"), "{text}");
    assert!(text.contains(&id(7)), "{text}");
    assert!(say(&growth(12.0, &[])).contains("dropped by dice-roller itself, which counts 12 as dropped"));
    assert!(say(&growth(0.0, &[Service::DiceRoller])).contains("dice-roller was restarted"));
    let unknown = differences(Signal::Lines, &lost, None, None);
    assert!(
        unknown.contains("12 lines of dice-roller lost in 1 trace: somewhere between stdout and store"),
        "{unknown}"
    );
}

#[test]
fn surplus_lines_are_stored_twice() {
    let twice = Difference { missing: 0, surplus: 3, ..missing(Service::Frontend, 0) };
    let text = differences(Signal::Lines, &[twice], None, Some(&growth(0.0, &[])));
    assert!(text.starts_with("3 lines of frontend too many in 1 trace: the same lines are stored twice"), "{text}");
}

#[test]
fn a_lost_context_explains_what_is_missing_below_it() {
    let lost = LostContext { caller: Service::Frontend, called: Service::DiceRoller, traces: 4, strays: 4 };
    let all = [missing(Service::DiceRoller, 9), missing(Service::DieService, 1)];
    let text = differences(Signal::Spans, &all, Some(&lost), Some(&growth(0.0, &[])));
    assert_eq!(
        text,
        "traceparent lost between frontend and dice-roller: 4 traces end at frontend, and 4 traces of their own begin \
         at dice-roller"
    );
}

#[test]
fn counters_are_counted_twice_or_lost() {
    let say = |counted, restarted: &[Service]| counter(Service::DiceRoller, counted, (10.0, 10.0), restarted);
    assert_eq!(say(20.0, &[]), "counted twice");
    assert!(say(11.0, &[]).starts_with("1 too many"));
    assert!(say(8.0, &[]).starts_with("2 not counted, or lost between dice-roller and the store"));
    assert!(say(3.0, &[Service::DiceRoller]).contains("restarted"));
}

#[test]
fn a_target_under_another_job_is_named() {
    let target_of = |job: &str, url: &str| Target {
        labels: [("job".to_owned(), job.to_owned())].into(),
        scrape_url: url.to_owned(),
        ..Target::default()
    };
    let targets = [target_of("dice", "http://localhost:8107/metrics")];
    let text = target(Service::DiceRoller, "http://127.0.0.1:8107", &targets);
    assert_eq!(text, r#"dice-roller is scraped as job "dice", the dashboards and rules expect "dice-roller-stage4""#);
    assert!(target(Service::Frontend, "http://127.0.0.1:8108", &targets).starts_with("frontend is not scraped"));
}

#[test]
fn the_furthest_hop_that_does_not_answer_is_named() {
    let call = |caller: usize, error: &str| {
        let mut span = crate::testing::spans(&crate::testing::single(200)).swap_remove(caller);
        span.attributes.insert("error.type".into(), crate::stack::span::Value::Text(error.to_owned()));
        span
    };
    let say = |spans: &[Span]| unanswered(&Unanswered::of(spans));
    assert_eq!(say(&crate::testing::spans(&crate::testing::single(200))), None);
    assert_eq!(say(&[call(1, "504")]), None);
    let slow = say(&[call(1, "timeout"), call(3, "timeout"), call(3, "timeout")]);
    assert_eq!(slow.as_deref(), Some("die-service did not answer in time to dice-roller 2 times"));
    let down = say(&[call(1, "connection_error")]);
    assert_eq!(down.as_deref(), Some("dice-roller could not be reached by frontend 1 time"));
}

#[test]
fn restarts_are_named() {
    assert!(restarts(&[Service::DiceRoller]).starts_with("dice-roller was restarted"));
}

#[test]
fn many_ids_are_shortened() {
    let all: Vec<String> = (1..=5).map(id).collect();
    let text = few(all.iter().map(String::as_str));
    assert!(text.ends_with("and 2 more") && text.contains(&id(1)), "{text}");
}

#[test]
fn a_clock_that_is_far_off_is_named_beside_what_is_missing() {
    let skew = |ahead_ns| Skew { service: "frontend".to_owned(), ahead_ns };
    assert_eq!(far_off(&[skew(2_000_000_000)]), "");
    let said = far_off(&[skew(3_600_000_000_000)]);
    assert_eq!(
        said,
        "; the clock of frontend is 3600.0 s ahead, and what is dated so far in the future may be refused"
    );
}
