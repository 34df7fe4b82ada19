//! Runs that are made for it: equal ones, and ones with a seeded change of each kind.

use lab_recording::messages::logs::{Entry, LogPortion, Stream};
use lab_recording::messages::metrics::{Family, MetricPortion, Pair, Sample, Series};
use lab_recording::recording::Recording;
use lab_verify::stack::span::{Kind as SpanKind, Span};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::compare::side::ErrorLine;
use crate::compare::write::page::Links;

/// What a run is like.
#[derive(Clone, Copy)]
struct Shop {
    seed: u64,
    requests: u64,
    /// The longest time of a query, in milliseconds.
    query: f64,
    queries: usize,
    /// A further operation below each request.
    with_mail: bool,
}

const SHOP: Shop = Shop { seed: 1, requests: 1000, query: 50.0, queries: 2, with_mail: false };

impl Shop {
    fn side(self) -> Side {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut traces = Vec::new();
        for request in 0..self.requests {
            let (trace_id, mut at): (std::sync::Arc<str>, _) =
                (format!("{request:032x}").into(), request as i64 * 1_000_000_000);
            let start_ns = at;
            let span = |id: u64, parent: Option<u64>, name: &str, (start_ns, end_ns): (i64, i64)| Span {
                trace_id: trace_id.clone(),
                span_id: format!("{id:016x}"),
                parent_id: parent.map(|id| format!("{id:016x}")),
                service: "shop".into(),
                name: name.into(),
                kind: SpanKind::Internal,
                start_ns,
                end_ns,
                failed: false,
                attributes: std::collections::BTreeMap::new(),
                events: Vec::new(),
            };
            let mut spans = Vec::new();
            for query in 0..self.queries {
                let end = at + (random.random_range(0.0..self.query) * 1e6) as i64 + 10_000;
                spans.push(span(2 + query as u64, Some(1), "SELECT", (at, end)));
                at = end;
            }
            if self.with_mail {
                spans.push(span(100, Some(1), "send mail", (start_ns, start_ns + 1000)));
            }
            spans.push(span(1, None, &format!("GET /orders/{request}"), (start_ns, at + 1000)));
            traces.push(spans);
        }
        let counter = |name: &str, value: f64| Series {
            labels: [("__name__", name), ("job", "shop")]
                .map(|(name, value)| Pair { name: name.to_owned(), value: value.to_owned() })
                .into(),
            samples: vec![
                Sample { timestamp: 1, value: 0.0 },
                Sample { timestamp: self.requests as i64 * 1000, value },
            ],
            ..Series::default()
        };
        let queries = (self.requests as usize * self.queries) as f64;
        let series = vec![counter("queries_total", queries), counter("process_cpu_total", self.seed as f64 * 100.0)];
        Side { traces, series, seconds: 10.0, ..Side::default() }
    }
}

fn found(before: Shop, after: Shop) -> Vec<String> {
    let comparison = compare(&before.side(), &after.side(), &Options::default());
    comparison.changes.into_iter().map(|change| change.what).collect()
}

#[test]
fn equal_runs_differ_in_nothing() {
    for seed in 0..5 {
        let same = found(Shop { seed, ..SHOP }, Shop { seed: seed + 100, ..SHOP });
        assert_eq!(same, [""; 0]);
    }
}

#[test]
fn a_fifth_more_time_is_found_where_it_is_spent() {
    let slower = found(SHOP, Shop { seed: 2, query: 60.0, ..SHOP });
    assert!(slower.contains(&"latency of shop SELECT (mean)".to_owned()), "{slower:?}");
    assert!(slower.contains(&"latency of shop GET /orders/# (mean)".to_owned()), "{slower:?}");
}

#[test]
fn a_query_more_for_each_request_is_found_in_calls_and_counters() {
    let more = found(SHOP, Shop { seed: 2, queries: 3, ..SHOP });
    assert!(more.contains(&"calls shop GET /orders/# → shop SELECT".to_owned()), "{more:?}");
    assert!(more.iter().any(|what| what.starts_with("queries_total")), "{more:?}");
}

#[test]
fn few_traces_are_compared_exactly() {
    let few = Shop { requests: 2, ..SHOP };
    let change = found(few, Shop { seed: 2, with_mail: true, ..few });
    assert_eq!(change, ["operation shop send mail", "calls shop GET /orders/# → shop send mail"]);
    assert_eq!(found(few, Shop { seed: 2, ..few }), [""; 0]);
}

#[test]
fn metrics_and_errors_that_are_new_or_gone_are_told() {
    let recording = |metric: &str, kind: i32, line: &str| {
        let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
        let series = Series {
            labels: vec![pair("__name__", metric), pair("job", "shop")],
            samples: vec![Sample { timestamp: 1, value: 1.0 }],
            ..Series::default()
        };
        let family = Family { name: metric.to_owned(), kind, ..Family::default() };
        let entry = Entry { time_ns: 1, line: line.to_owned(), metadata: vec![pair("detected_level", "error")] };
        let stream = Stream { labels: vec![pair("app", "shop")], entries: vec![entry] };
        use prost::Message;
        Recording {
            metrics: vec![MetricPortion { series: vec![series], families: vec![family] }.encode_to_vec().into()],
            logs: vec![LogPortion { streams: vec![stream] }.encode_to_vec().into()],
            ..Recording::default()
        }
    };
    let compared = |before: Recording, after: Recording| {
        let (before, after) = (Side::of(&before).expect("decoded"), Side::of(&after).expect("decoded"));
        compare(&before, &after, &Options { allowed: vec![Kind::Series], ..Options::default() })
    };
    let before = || recording("depth", 2, "order 17 failed");
    assert_eq!(compared(before(), recording("depth", 2, "order 99 failed")).changes, []);
    let comparison = compared(before(), recording("size", 2, "no stock"));
    let text = write::text(&comparison);
    for told in [
        "note  series   metric depth: 1 series → gone",
        "note  series   metric size: none → 1 series",
        "FAIL  log      error \"no stock\": none → 1 line",
        "note  log      error \"order # failed\": 1 line → gone",
        "4 changes, of which 1 fail the comparison",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    assert!(!comparison.passes());
    assert!(write::markdown(&comparison).contains("| ℹ️ | metric depth | 1 series | gone |"));
    assert!(compared(before(), recording("depth", 1, "order 1 failed")).changes[0].what.starts_with("type of depth"));
}

#[test]
fn an_error_that_is_new_in_a_longer_run_is_told_and_a_rare_one_is_a_note_with_its_run_and_number() {
    let (before, mut after) = (Shop { requests: 100, ..SHOP }.side(), Shop { seed: 2, ..SHOP }.side());
    after.errors = (0..200).map(|one| failed("no stock", one * 5)).collect();
    after.errors.extend([1, 300, 700].map(|second| failed("seldom", second)));
    after.errors.push(failed("once", 500));
    let comparison = compare(&before, &after, &Options::default());
    let told: Vec<&str> = comparison.changes.iter().map(|change| change.what.as_str()).collect();
    assert_eq!(told, ["error \"no stock\""]);
    assert!(!comparison.passes());
    let note = "only in the later run, so seldom or in so few moments that it may be chance: error \"seldom\" (3 lines) and 1 other";
    assert!(comparison.notes.iter().any(|one| one == note), "{:?}", comparison.notes);
    let back = compare(&after, &before, &Options::default());
    assert!(back.notes.iter().any(|one| *one == note.replace("later", "former")), "{:?}", back.notes);
}

/// A line of an error in the request that began in this second.
fn failed(text: &str, second: i64) -> ErrorLine {
    let trace_id = Some(format!("{second:032x}"));
    ErrorLine { time_ns: second * 1_000_000_000, text: text.to_owned(), trace_id }
}

#[test]
fn the_errors_of_one_trace_or_of_one_incident_are_one() {
    let before = SHOP.side();
    let with_errors = |errors: Vec<ErrorLine>| {
        let after = Side { errors, ..Shop { seed: 2, ..SHOP }.side() };
        let comparison = compare(&before, &after, &Options::default());
        let noted = comparison.notes.iter().any(|note| note.contains("error \"no stock\" (100 lines)"));
        (comparison.changes.len(), noted)
    };
    let scattered = (0..100).map(|one| failed("no stock", one * 10)).collect();
    assert_eq!(with_errors(scattered), (1, false), "a tenth of the requests fails");
    let of_two_traces = (0..100).map(|one| failed("no stock", one % 2 * 500)).collect();
    assert_eq!(with_errors(of_two_traces), (0, true), "two requests that failed loudly");
    for seconds in [1, 5, 40] {
        let incident = (0..100).map(|one| failed("no stock", 300 + one % seconds)).collect();
        assert_eq!(with_errors(incident), (0, true), "the stock was away for {seconds} s");
    }
}

#[test]
fn a_counter_of_one_incident_is_no_change_and_one_of_many_is() {
    let with_retries = |steps: &dyn Fn(i64) -> f64| {
        let mut after = Shop { seed: 2, ..SHOP }.side();
        let mut value = 0.0;
        let sample = |second: i64| {
            value += steps(second);
            Sample { timestamp: second * 1000, value }
        };
        let retries = Series { samples: (0..1000).map(sample).collect(), ..after.series[0].clone() };
        after.series.push(retries);
        after.series[2].labels[0].value = "retries_total".to_owned();
        compare(&SHOP.side(), &after, &Options::default()).changes.len()
    };
    let when = |is_one: bool, count: f64| if is_one { count } else { 0.0 };
    assert_eq!(with_retries(&|second| when(second % 10 == 3, 1.0)), 2, "the series is new, and its count");
    assert_eq!(with_retries(&|second| when((300..310).contains(&second), 10.0)), 1, "ten seconds of retries");
    assert_eq!(with_retries(&|second| when((300..340).contains(&second), 2.5)), 1, "forty seconds of retries");
}

#[test]
fn an_operation_of_one_incident_is_a_note_unless_most_requests_have_it() {
    let before = SHOP.side();
    let mail = Shop { with_mail: true, ..SHOP }.side();
    let told = |traces: std::ops::Range<usize>, apart_ns: i64| {
        let mut after = Shop { seed: 2, ..SHOP }.side();
        after.traces.splice(traces.clone(), mail.traces[traces].to_vec());
        for (at, spans) in after.traces.iter_mut().enumerate() {
            for span in spans {
                let shift = at as i64 * (apart_ns - 1_000_000_000);
                (span.start_ns, span.end_ns) = (span.start_ns + shift, span.end_ns + shift);
            }
        }
        let comparison = compare(&before, &after, &Options::default());
        comparison.changes.iter().any(|change| change.what.starts_with("operation"))
    };
    assert!(told(100..130, 1_000_000_000), "thirty requests of thirty seconds");
    assert!(!told(100..130, 10_000_000), "thirty requests of a third of a second, of ten seconds");
    assert!(told(0..1000, 0), "every request, all at once");
}

#[test]
fn an_operation_that_few_traces_have_is_a_note() {
    let (before, mut after) = (SHOP.side(), Shop { seed: 2, ..SHOP }.side());
    let mail = Shop { with_mail: true, requests: 19, ..SHOP }.side();
    after.traces.splice(..19, mail.traces);
    let note = "in fewer than 20 traces or moments, which may be chance: operation shop send mail (19 spans)";
    for (former, later, run) in [(&before, &after, "later"), (&after, &before, "former")] {
        let comparison = compare(former, later, &Options::default());
        let operations = comparison.changes.iter().filter(|change| change.what.starts_with("operation")).count();
        assert_eq!(operations, 0, "{comparison:?}");
        let note = format!("only in the {run} run, {note}");
        assert!(comparison.notes.contains(&note), "{:?}", comparison.notes);
    }
}

#[test]
fn on_another_machine_latency_fails_nothing() {
    let (before, mut after) = (SHOP.side(), Shop { seed: 2, query: 90.0, ..SHOP }.side());
    after.machine.model = "another".to_owned();
    let comparison = compare(&before, &after, &Options::default());
    assert!(!comparison.changes.is_empty() && comparison.passes(), "{comparison:?}");
    assert!(comparison.notes[0].starts_with("the runs were on different machines"));
}

#[test]
fn where_programs_wait_for_a_processor_latency_is_not_compared_and_all_else_is() {
    let (before, mut after) = (SHOP.side(), Shop { seed: 2, query: 90.0, queries: 3, ..SHOP }.side());
    after.waited = Some(0.97);
    let comparison = compare(&before, &after, &Options::default());
    let told: Vec<&str> = comparison.changes.iter().map(|change| change.what.as_str()).collect();
    assert!(comparison.changes.iter().all(|change| change.kind != change::Kind::Latency), "{told:?}");
    assert!(told.iter().any(|what| what.starts_with("queries_total")), "{told:?}");
    assert!(comparison.notes[0].starts_with("latency was not compared: in 97 % of the time of the later run"));
    // A machine with processors to spare says nothing of the kind.
    after.waited = Some(0.2);
    assert!(compare(&before, &after, &Options::default()).changes.iter().any(|one| one.kind == change::Kind::Latency));
}

#[test]
fn the_page_shows_both_runs_side_by_side() {
    let (mut before, after) = (SHOP.side(), Shop { seed: 2, query: 90.0, ..SHOP }.side());
    before.command = "./shop --old <1>".to_owned();
    let html = write::page::html(&compare(&before, &after, &Options::default()), &before, &after, Links::None);
    assert_eq!(crate::report::well_formed::problem(&html), None, "{html}");
    for told in ["./shop --old &lt;1&gt;", "shop GET /orders/#", "<td>2000</td><td>2000</td>", "class=\"fail\""] {
        assert!(html.contains(told), "{told}\n{html}");
    }
    let linked = write::page::html(&compare(&before, &after, &Options::default()), &before, &after, Links::ToExplore);
    assert!(linked.contains("<a href=\"/explore?from=0&amp;to=10000\">Explore the run after</a>"), "{linked}");
    assert_eq!(crate::report::well_formed::problem(&linked), None);
    for fetched in ["<script", "src=", "href=", "@import", "url("] {
        assert!(!html.contains(fetched), "{fetched}");
    }
}
