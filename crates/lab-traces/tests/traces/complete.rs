//! An answer holds all traces of its range, or says what is missing.

use std::collections::BTreeSet;

use lab_model::{Grant, Interrupt, MemoryError, MemoryPool};
use lab_storage::Location;
use lab_traces::query::metrics::{self, MetricsRequest};
use lab_traces::query::search::{SearchRequest, search};
use lab_traces::query::tags;
use lab_traces::query::walk::{Missing, Selection, WalkError};
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::{parse, parse_attribute};
use lab_traces::{Limits, TraceStore};

use crate::spans::{EPOCH, request};

/// More than a search, or the tags, looked at once.
const TRACES: u64 = 20_500;

/// A store with a trace of one span each millisecond; the oldest has an attribute of its own.
fn store(traces: u64) -> TraceStore {
    let store = TraceStore::open(&Location::Memory, Limits::default()).expect("opens");
    for number in 0..traces {
        let own = if number == 0 { " oldest=1" } else { "" };
        let line = format!("1 - shop \"roll\" server {number}ms 1ms n={number}{own}");
        store.append(&request(number + 1, &[&line]), 0).expect("taken");
        if number % 5000 == 0 {
            store.flush(0).expect("flushed");
        }
    }
    store
}

fn selection(query: &str) -> Selection {
    let plan = Plan::new(parse(query).expect(query).pipeline().expect("a query for traces").clone());
    Selection { plan, start_ns: EPOCH - 1, end_ns: EPOCH + 3_600_000_000_000, enough: Interrupt::default() }
}

fn every_second(query: &str) -> MetricsRequest {
    let Selection { start_ns, end_ns, enough, .. } = selection("{}");
    let (query, step_ns) = (parse(query).expect(query), Some(1_000_000_000));
    MetricsRequest { query, start_ns, end_ns, enough, step_ns, exemplars: 100, max_series: 1_000 }
}

fn count(store: &TraceStore, query: &str, grant: &Grant) -> Result<(f64, BTreeSet<Missing>), String> {
    let request = MetricsRequest { step_ns: None, exemplars: 0, ..every_second(query) };
    let result = metrics::query(store, &request, grant).map_err(|error| error.to_string())?;
    let total = result.series.iter().flat_map(|series| &series.samples).map(|(_, value)| value).sum();
    Ok((total, result.inspected.missing))
}

#[test]
fn everything_is_looked_at_however_many_traces_there_are() {
    let store = store(TRACES);
    let all = (TRACES as f64, BTreeSet::new());
    assert_eq!(count(&store, "{} | count_over_time()", &Grant::default()), Ok(all));
    let (names, inspected) = tags::names(&store, &selection("{}"), &Grant::default()).expect("names");
    assert!(names.values().flatten().any(|name| name == "oldest"));
    assert_eq!((inspected.traces, inspected.message()), (TRACES, None));
    let attribute = parse_attribute("span.oldest").expect("an attribute");
    let (values, _) = tags::values(&store, &attribute, &selection("{}"), &Grant::default()).expect("values");
    assert_eq!(values.len(), 1);
    // What an answer cannot hold is said.
    let attribute = parse_attribute("span.n").expect("an attribute");
    let (values, inspected) = tags::values(&store, &attribute, &selection("{}"), &Grant::default()).expect("values");
    assert_eq!((values.len(), inspected.missing), (10_000, BTreeSet::from([Missing::Values(10_000)])));
    let (total, missing) = count(&store, "{} | count_over_time() by (span.n)", &Grant::default()).expect("series");
    assert_eq!((total, missing), (1000.0, BTreeSet::from([Missing::Series(1000)])));
}

#[test]
fn when_it_has_taken_long_enough_what_was_found_is_answered() {
    let store = store(100);
    let selection = selection("{}");
    selection.enough.set();
    let (_, inspected) = tags::names(&store, &selection, &Grant::default()).expect("names");
    assert!(inspected.message().is_some_and(|text| text.contains("older ones are missing")), "{inspected:?}");
    let request = SearchRequest {
        selection,
        min_duration_ns: 0,
        max_duration_ns: i64::MAX,
        limit: 10,
        spans_per_spanset: Some(1),
    };
    let found = search(&store, &request, &Grant::default()).expect("found");
    assert_eq!(found.inspected.missing, BTreeSet::from([Missing::OlderTraces]));
    let grant = Grant::default();
    grant.interrupt.set();
    assert!(matches!(search(&store, &request, &grant), Err(WalkError::Interrupted)));
}

#[test]
fn memory_is_bounded_and_said() {
    let store = store(2000);
    let granted = |bytes: u64| {
        let interrupt = Interrupt::default();
        Grant { memory: MemoryPool::new(2 * bytes).enter(&interrupt).expect("room"), interrupt }
    };
    let too_large = "the query would need more than 512.0 KiB of memory";
    let quantiles = (0..2000).map(|n| format!(", 0.{n:04}")).collect::<Vec<_>>().concat();
    for query in [
        "{} | rate() by (span.n)",
        "{} | histogram_over_time(duration) by (span.n)",
        &format!("{{}} | quantile_over_time(duration{quantiles})"),
    ] {
        let grant = granted(512 << 10);
        let error = metrics::query(&store, &every_second(query), &grant).expect_err(query).to_string();
        assert!(error.starts_with(too_large), "{query:.60}: {error}");
        assert!(grant.memory.peak() <= 512 << 10);
    }
    let request = SearchRequest {
        selection: selection("{}"),
        min_duration_ns: 0,
        max_duration_ns: i64::MAX,
        limit: 2000,
        spans_per_spanset: Some(1),
    };
    let error = search(&store, &request, &granted(256 << 10)).expect_err("too large");
    assert!(matches!(error, WalkError::Memory(MemoryError::TooLarge { .. })), "{error}");
    // A trace that alone is too large is left out, and that is said.
    let spans: Vec<String> = (1..3000).map(|id| format!("{id} - shop \"roll\" server 1s 1ms")).collect();
    let spans: Vec<&str> = spans.iter().map(String::as_str).collect();
    store.append(&crate::spans::request(9999, &spans), 0).expect("taken");
    let (total, missing) = count(&store, "{} | count_over_time()", &granted(200 << 10)).expect("a count");
    assert_eq!(total, 2000.0);
    assert!(matches!(missing.first(), Some(Missing::LargeTraces { bytes }) if *bytes > 100_000), "{missing:?}");
}
