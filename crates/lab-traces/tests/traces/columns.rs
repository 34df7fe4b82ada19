//! What columns answer is what the spans themselves answer: two stores with the same spans, of which one has columns, are
//! asked the same questions, while both flush, restart, lose their oldest spans, and the one with columns is damaged.

use std::collections::BTreeSet;
use std::time::Duration;

use lab_model::{Grant, Interrupt};
use lab_storage::{Location, Retention, SignalStore};
use lab_traces::query::metrics::{self, MetricsRequest};
use lab_traces::query::search::{FoundTrace, SearchRequest, search};
use lab_traces::query::tags;
use lab_traces::query::walk::Selection;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::{parse, parse_attribute};
use lab_traces::{Limits, TraceStore};
use proptest::prelude::*;

use crate::spans::{EPOCH, request};
use crate::store::Directory;

const SECOND: i64 = 1_000_000_000;

/// Queries for traces: what columns answer, what they answer in part, and what they do not know.
const SEARCHES: &[&str] = &[
    "{}",
    "{ name = \"a\" }",
    "{ name != \"a\" }",
    "{ name =~ \"a|b\" }",
    "{ name !~ \"a.*\" }",
    "{ name = \"nothing\" }",
    "{ duration > 1s }",
    "{ duration <= 1ms }",
    "{ 1s < duration }",
    "{ duration = 0s }",
    "{ duration > 100s }",
    "{ status = error }",
    "{ status != error }",
    "{ statusMessage = \"m\" }",
    "{ kind = server }",
    "{ resource.service.name = \"x\" }",
    "{ resource.service.name = \"x\" && name = \"b\" }",
    "{ .service.name = \"y\" || span.n = 3 }",
    "{ span.n = 3 }",
    "{ span.n > 3 }",
    "{ span.n != 3 }",
    "{ span.n = nil }",
    "{ span.n != nil }",
    "{ !(span.n > 3) }",
    "{ .n > 3 && .t = \"u\" }",
    "{ .n = 3.0 }",
    "{ span.f > 1 }",
    "{ span.f < 2.5 }",
    "{ span.b }",
    "{ span.b = false }",
    "{ span.list = 2 }",
    "{ span.list != 2 }",
    "{ .mixed = 1 }",
    "{ .mixed = \"one\" }",
    "{ .mixed =~ \"o.*\" }",
    "{ .zone = \"z\" }",
    "{ resource.zone = nil }",
    "{ span.zone = \"z\" }",
    "{ span.n + 1 > span.f }",
    "{ duration > 1s || span.n = span.f }",
    "{ -span.n < -3 }",
    "{ span.long = \"LONG\" }",
    "{ span.long != nil && name = \"b\" }",
    "{ event:name = \"ev\" }",
    "{ event.k = 1 }",
    "{ event.k = nil }",
    "{ event:name = \"ev\" && event.k = 1 }",
    "{ event:name = \"other\" && event.k = 1 }",
    "{ event:name = \"other\" && event.k = nil }",
    "{ span:parentID = \"\" }",
    "{ link:traceID != nil && name = \"a\" }",
    "{ nestedSetParent < 0 }",
    "{ nestedSetParent < 0 && span.n > 3 }",
    "{ nestedSetParent >= 0 }",
    "{ nestedSetParent = -1 }",
    "{ nestedSetParent = 1 }",
    "{ parent.n = 3 }",
    "{ rootName = \"a\" && name = \"b\" }",
    "{ traceDuration > 10s && kind = client }",
    "{ span:parentID = \"0000000000000001\" }",
    "{ instrumentation:name = \"lib\" }",
    "{ name = \"a\" } && { name = \"b\" }",
    "{ name = \"a\" } || { span.n = 3 }",
    "{ name = \"a\" } >> { name = \"b\" }",
    "{ name = \"a\" } !> { name = \"b\" }",
    "{ name = \"a\" } &~ { name = \"b\" }",
    "({ name = \"a\" } | { span.n > 3 }) && { status = error }",
    "{ name = \"a\" } | count() > 1",
    "{ name = \"a\" } | { duration > 1ms }",
    "{ name = \"a\" } | select(span.n)",
    "{ true }",
    "{ false }",
    "{ 1 = 2 }",
];

/// What is computed of the spans that a query selects.
const FUNCTIONS: &[&str] = &[
    "rate()",
    "count_over_time() by (resource.service.name)",
    "count_over_time() by (name, kind, .n)",
    "count_over_time() by (.zone)",
    "count_over_time() by (span.list)",
    "count_over_time() by (span.long)",
    "count_over_time() by (event:name)",
    "count_over_time() by (rootName)",
    "count_over_time() by (duration)",
    "sum_over_time(span.n) by (status)",
    "avg_over_time(duration) by (name)",
    "min_over_time(span.f)",
    "max_over_time(.mixed)",
    "max_over_time(event:timeSinceStart)",
    "sum_over_time(span.list)",
    "quantile_over_time(duration, .5, .9) by (name)",
    "histogram_over_time(span.n)",
    "compare({ status = error })",
];

/// Attributes whose values are asked for.
const TAGS: &[&str] = &[
    "name",
    "statusMessage",
    "rootName",
    "event:name",
    "instrumentation:name",
    ".n",
    "span.n",
    ".zone",
    "span.zone",
    "resource.zone",
    "span.list",
    "span.long",
    "span.f",
    "span.b",
    ".mixed",
    "event.k",
    "parent.n",
    ".nothing",
    "resource.service.name",
];

fn open(directory: &Directory, columns: bool) -> TraceStore {
    let limits = Limits { columns, ..Limits::default() };
    TraceStore::open(&Location::Directory(directory.0.clone()), limits).expect("opens")
}

fn selection(query: &str, (start, end): (i64, i64)) -> Selection {
    let plan = Plan::new(parse(query).expect(query).pipeline().expect("a query for traces").clone());
    let (start_ns, end_ns) = (EPOCH + start * SECOND, EPOCH + end * SECOND);
    Selection { plan, start_ns, end_ns, enough: Interrupt::default() }
}

fn found(store: &TraceStore, query: &str, range: (i64, i64), limit: usize) -> Vec<FoundTrace> {
    let request = SearchRequest {
        selection: selection(query, range),
        min_duration_ns: 0,
        max_duration_ns: i64::MAX,
        limit,
        spans_per_spanset: None,
    };
    let result = search(store, &request, &Grant::default()).expect(query);
    assert_eq!(result.inspected.message(), None, "{query}");
    result.traces
}

fn by_id(mut traces: Vec<FoundTrace>) -> Vec<FoundTrace> {
    traces.sort_by_key(|trace| trace.id);
    traces
}

/// Labels of a series, and its samples to nine digits: in another order of spans, the last ones of a mean may differ.
fn series(
    store: &TraceStore,
    query: &str,
    (start, end): (i64, i64),
    step_s: Option<i64>,
) -> BTreeSet<(String, Vec<(i64, String)>)> {
    let request = MetricsRequest {
        query: parse(query).expect(query),
        start_ns: EPOCH + start * SECOND,
        end_ns: EPOCH + end * SECOND,
        enough: Interrupt::default(),
        step_ns: step_s.map(|step| step * SECOND),
        exemplars: 0,
        max_series: 1000,
    };
    let result = metrics::query(store, &request, &Grant::default()).expect(query);
    assert_eq!(result.inspected.message(), None, "{query}");
    let samples =
        |samples: &[(i64, f64)]| samples.iter().map(|(time, value)| (*time, format!("{value:.9e}"))).collect();
    result.series.iter().map(|series| (format!("{:?}", series.labels), samples(&series.samples))).collect()
}

/// Asks both every third question, beginning with one of the first three, and compares.
fn compare([columns, spans]: &[TraceStore; 2], range: (i64, i64), first: usize) -> Result<(), TestCaseError> {
    for query in SEARCHES.iter().skip(first).step_by(3) {
        let (expected, actual) = (found(spans, query, range, 1000), found(columns, query, range, 1000));
        prop_assert_eq!(by_id(actual), by_id(expected.clone()), "{} in {:?}", query, range);
        // The newest come first, however few are wanted. Of those that begin together any will do.
        let starts = |traces: &[FoundTrace]| traces.iter().map(|trace| trace.start_ns).collect::<Vec<_>>();
        let few = starts(&found(columns, query, range, 2));
        prop_assert_eq!(&few[..], &starts(&expected)[..expected.len().min(2)], "{} in {:?}, two", query, range);
    }
    for query in
        ["{}", "{ name = \"a\" || span.n > 3 }", "{ event.k = 1 || nestedSetParent < 0 }", "{ name = \"a\" } >> {}"]
    {
        for function in FUNCTIONS.iter().skip(first).step_by(3) {
            let query = format!("{query} | {function}");
            for step in [None, Some(7)] {
                let (expected, actual) = (series(spans, &query, range, step), series(columns, &query, range, step));
                prop_assert_eq!(actual, expected, "{} in {:?} by {:?}", query, range, step);
            }
        }
    }
    for query in
        ["{}", "{ name = \"a\" }", "{ span.n > 3 && duration > 0s }", "{ rootName = \"a\" }", "{ event.k = 1 }"]
    {
        let names = |store| tags::names(store, &selection(query, range), &Grant::default()).expect("names").0;
        prop_assert_eq!(names(columns), names(spans), "names in {} in {:?}", query, range);
        for tag in TAGS.iter().skip(first).step_by(3) {
            let attribute = parse_attribute(tag).expect(tag);
            let values =
                |store| tags::values(store, &attribute, &selection(query, range), &Grant::default()).expect("values").0;
            prop_assert_eq!(values(columns), values(spans), "{} in {} in {:?}", tag, query, range);
        }
    }
    Ok(())
}

/// A span of a trace as a line, its id to be put before it.
fn span() -> impl Strategy<Value = String> {
    let some = |values: &'static [&'static str]| prop::sample::select(values);
    let attributes = prop::collection::vec(
        some(&[
            "n=3",
            "n=4",
            "n=5",
            "n=-7",
            "n=100000000000",
            "t=u",
            "t=v",
            "f=1.5",
            "f=3.0",
            "b=true",
            "b=false",
            "list=[1,2]",
            "list=[2]",
            "list=[1,x]",
            "mixed=1",
            "mixed=one",
            "zone=z",
            "resource.zone=z",
            "resource.zone=w",
            "status=error",
            "status=ok",
            "message=m",
            "event=ev@1ms event.k=1",
            "event=other@2ms",
            "link=3/4",
            "scope=lib",
            "long=LONG",
        ]),
        0..5,
    );
    let head = (some(&["-", "1", "2", "3", "9"]), some(&["x", "y", "z"]), some(&["a", "b", "c"]));
    let kind = some(&["server", "client", "internal", "unspecified"]);
    (head, kind, 0_u32..300, some(&["0s", "1ms", "2s", "40s"]), attributes).prop_map(
        |((parent, service, name), kind, start, duration, attributes)| {
            // A value that is too long for a column.
            let attributes = attributes.join(" ").replace("LONG", &"LONG".repeat(300));
            format!("{parent} {service} \"{name}\" {kind} {start}s {duration} {attributes}")
        },
    )
}

#[derive(Clone, Debug)]
enum Event {
    Append {
        trace: u64,
        spans: Vec<String>,
    },
    Flush,
    Restart,
    Age {
        second: i64,
    },
    /// The columns of a part are damaged: in front or body.
    Damage {
        in_front: bool,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (1_u64..9, prop::collection::vec(span(), 1..6)).prop_map(|(trace, spans)| Event::Append { trace, spans }),
        4 => Just(Event::Flush),
        1 => Just(Event::Restart),
        1 => (0_i64..200).prop_map(|second| Event::Age { second }),
        1 => any::<bool>().prop_map(|in_front| Event::Damage { in_front }),
    ]
}

/// Both stores with their directories.
struct Pair {
    directories: [Directory; 2],
    stores: Option<[TraceStore; 2]>,
    next_id: u64,
}

impl Pair {
    fn new() -> Self {
        let directories = [Directory::new(), Directory::new()];
        let stores = Some([open(&directories[0], true), open(&directories[1], false)]);
        Self { directories, stores, next_id: 0 }
    }

    fn stores(&self) -> &[TraceStore; 2] {
        self.stores.as_ref().expect("open")
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Append { trace, spans } => {
                let lines: Vec<String> = spans
                    .iter()
                    .map(|line| {
                        self.next_id += 1;
                        format!("{} {line}", self.next_id)
                    })
                    .collect();
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                for store in self.stores() {
                    store.append(&request(*trace, &lines), EPOCH).expect("taken");
                }
            }
            Event::Flush => self.stores().iter().for_each(|store| store.flush(EPOCH).expect("flushes")),
            Event::Restart => {
                self.stores = None;
                self.stores = Some([open(&self.directories[0], true), open(&self.directories[1], false)]);
            }
            Event::Age { second } => {
                let retention = Retention { age: Some(Duration::from_secs(1)), bytes: None };
                for store in self.stores() {
                    store.retain(EPOCH + (second + 1) * SECOND, &retention).expect("retains");
                }
            }
            Event::Damage { in_front } => {
                let column = if *in_front { "front" } else { "body" };
                let file = self.directories[0].0.join("traces.db");
                let change = format!(
                    "UPDATE part SET {column} = zeroblob(length({column})) WHERE id = (SELECT max(id) FROM part)"
                );
                rusqlite::Connection::open(file).expect("opens").execute_batch(&change).expect("executes");
            }
        }
    }
}

#[test]
fn every_query_is_one() {
    let wrong = |query: &&&str| parse(query).is_err();
    assert_eq!(SEARCHES.iter().filter(wrong).collect::<Vec<_>>(), Vec::<&&str>::new());
    let of_functions: Vec<String> = FUNCTIONS.iter().map(|function| format!("{{}} | {function}")).collect();
    assert_eq!(of_functions.iter().filter(|query| parse(query).is_err()).collect::<Vec<_>>(), Vec::<&String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn columns_answer_as_spans_do(
        events in prop::collection::vec(event(), 1..25),
        range in (-10_i64..300, 1_i64..200),
        first in 0_usize..3,
    ) {
        let mut pair = Pair::new();
        for event in &events {
            pair.happen(event);
        }
        compare(pair.stores(), (-100, 1000), first)?;
        compare(pair.stores(), (range.0, range.0 + range.1), first)?;
        let [columns, spans] = pair.stores();
        let (with, without) = (columns.balance().expect("counts"), spans.balance().expect("counts"));
        prop_assert_eq!((with.kept, with.damaged), (without.kept, 0));
    }
}

/// A store with two traces in one part: spans at 0 s and at 100 s.
fn two_traces(directory: &Directory) -> TraceStore {
    let store = open(directory, true);
    store.append(&request(1, &["1 - x \"a\" server 0s 1s n=1"]), EPOCH).expect("taken");
    store.append(&request(2, &["1 - x \"a\" server 100s 1s n=2"]), EPOCH).expect("taken");
    store.flush(EPOCH).expect("flushes");
    store
}

#[test]
fn a_function_takes_the_same_values_of_spans_before_and_after_they_are_flushed() {
    let directory = Directory::new();
    let store = open(&directory, true);
    store.append(&request(1, &["1 - x \"a\" server 0s 1s list=[1,2]"]), EPOCH).expect("taken");
    // A span without events counts as one whose event came at once, as in Tempo.
    let questions =
        [("{} | max_over_time(event:timeSinceStart)", 0.0), ("{ span.list = 2 } | max_over_time(span.list)", 2.0)];
    for flushed in [false, true] {
        if flushed {
            store.flush(EPOCH).expect("flushes");
            assert_eq!(parts(&directory), 1);
        }
        for (query, expected) in questions {
            let found = series(&store, query, (-10, 1000), None);
            let values: Vec<_> = found.iter().flat_map(|(_, samples)| samples).map(|(_, value)| value).collect();
            assert_eq!(values, [&format!("{expected:.9e}")], "{query}, flushed: {flushed}");
        }
    }
}

fn parts(directory: &Directory) -> i64 {
    let connection = rusqlite::Connection::open(directory.0.join("traces.db")).expect("opens");
    connection.query_row("SELECT count(*) FROM part", [], |row| row.get(0)).expect("counts")
}

#[test]
fn columns_go_with_the_first_of_their_fragments_and_the_others_still_answer() {
    let directory = Directory::new();
    let store = two_traces(&directory);
    assert_eq!(parts(&directory), 1);
    let retention = Retention { age: Some(Duration::from_secs(1)), bytes: None };
    store.retain(EPOCH + 51 * SECOND, &retention).expect("retains");
    assert_eq!(parts(&directory), 0);
    let count = |store: &TraceStore| series(store, "{ span.n > 0 } | count_over_time()", (-10, 1000), None);
    let one: BTreeSet<_> = count(&store);
    assert!(format!("{one:?}").contains("1.000000000e0"), "{one:?}");
    drop(store);
    let again = open(&directory, true);
    assert_eq!(count(&again), one, "after a restart, too");
    again.retain(EPOCH + 1000 * SECOND, &retention).expect("retains");
    let none = count(&again);
    assert!(format!("{none:?}").contains("0.000000000e0"), "{none:?}");
    assert_eq!(again.balance().expect("counts").difference(), 0);
}

#[test]
fn small_parts_become_larger_ones_and_answer_the_same() {
    let mut pair = Pair::new();
    let spans = |flush: u64| {
        // Every tenth flush has a span of the first trace, which lasts all the time.
        let line = |name: &str| format!("- x \"{name}\" server {flush}s 1ms n={}", flush % 7);
        (if flush.is_multiple_of(10) { 1 } else { 2 + flush % 6 }, vec![line("a"), line("b")])
    };
    for flush in 0..150 {
        let (trace, spans) = spans(flush);
        pair.happen(&Event::Append { trace, spans });
        pair.happen(&Event::Flush);
    }
    assert_eq!(parts(&pair.directories[0]), 2 + 150 - 128);
    for (first, range) in [(-100, 1000), (30, 31), (60, 100)].into_iter().enumerate() {
        compare(pair.stores(), range, first).expect("equal");
    }
    pair.happen(&Event::Age { second: 20 });
    pair.happen(&Event::Restart);
    compare(pair.stores(), (0, 60), 0).expect("equal");
    assert_eq!(parts(&pair.directories[0]), 1 + 150 - 128, "the one with the oldest has gone");
}

#[test]
fn small_parts_become_larger_ones_while_retention_removes_the_oldest() {
    let directory = Directory::new();
    let store = open(&directory, true);
    let retention = Retention { age: Some(Duration::from_secs(100)), bytes: None };
    for flush in 0..250_i64 {
        let line = format!("1 - x \"a\" server {flush}s 1ms n=1");
        store.append(&request(flush.unsigned_abs() + 1, &[&line]), EPOCH).expect("taken");
        store.flush(EPOCH).expect("flushes");
        store.retain(EPOCH + flush * SECOND, &retention).expect("retains");
    }
    let kept = parts(&directory);
    assert!(kept < 70, "{kept} parts for 100 flushes");
    let counted = series(&store, "{ span.n > 0 } | count_over_time()", (-10, 1000), None);
    assert!(format!("{counted:?}").contains("1.010000000e2"), "{counted:?}");
}

#[test]
fn of_an_attribute_without_a_column_only_fragments_are_decoded_whose_summaries_may_hold_it() {
    let directory = Directory::new();
    let store = open(&directory, true);
    let long = "long".repeat(300);
    for trace in 1..=50 {
        let value = if trace == 1 { long.clone() } else { format!("v{trace}") };
        store.append(&request(trace, &[&format!("1 - x \"a\" server 0s 1s long={value}")]), EPOCH).expect("taken");
    }
    store.flush(EPOCH).expect("flushes");
    let request = MetricsRequest {
        query: parse("{ span.long = \"v7\" } | count_over_time()").expect("a query"),
        start_ns: EPOCH - SECOND,
        end_ns: EPOCH + 10 * SECOND,
        enough: Interrupt::default(),
        step_ns: None,
        exemplars: 0,
        max_series: 10,
    };
    let result = metrics::query(&store, &request, &Grant::default()).expect("counts");
    assert_eq!(result.series[0].samples[0].1, 1.0);
    assert!(result.inspected.traces < 10, "{} of 50 were decoded", result.inspected.traces);
}

#[test]
fn damaged_columns_cost_no_span_and_are_said() {
    let directory = Directory::new();
    let store = two_traces(&directory);
    let change = "UPDATE part SET body = zeroblob(length(body))";
    rusqlite::Connection::open(directory.0.join("traces.db")).expect("opens").execute_batch(change).expect("executes");
    assert_eq!(found(&store, "{ span.n > 1 }", (-10, 1000), 10).len(), 1);
    let damage = store.damage();
    assert_eq!((damage.rows, damage.items), (1, 0));
    let said = damage.named[0].to_string();
    assert!(said.contains("row 2 of table \"part\" is left out because its checksum"), "{said}");
}

#[test]
fn a_database_from_before_columns_answers_and_gets_columns_for_what_comes() {
    let directory = Directory::new();
    let before = open(&directory, false);
    before.append(&request(1, &["1 - x \"a\" server 0s 1s n=1"]), EPOCH).expect("taken");
    before.flush(EPOCH).expect("flushes");
    drop(before);
    let store = open(&directory, true);
    store.append(&request(2, &["1 - x \"a\" server 100s 1s n=2"]), EPOCH).expect("taken");
    store.flush(EPOCH).expect("flushes");
    assert_eq!(parts(&directory), 1);
    assert_eq!(found(&store, "{ span.n > 0 }", (-10, 1000), 10).len(), 2);
    let counted = series(&store, "{ span.n > 0 } | count_over_time()", (-10, 1000), None);
    assert!(format!("{counted:?}").contains("2.000000000e0"), "{counted:?}");
}
