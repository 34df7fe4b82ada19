//! How values are shown: in lists of values, and beside the spans of an answer.

use lab_model::{Grant, Interrupt};
use lab_traces::query::search::{SearchRequest, search};
use lab_traces::query::tags;
use lab_traces::query::walk::Selection;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::{parse, parse_attribute};
use lab_traces::{Limits, TraceStore};

use crate::spans::{EPOCH, request};
use crate::store::memory;

fn store() -> TraceStore {
    let store = memory(Limits::default());
    let lines = [
        "1 - shop \"GET /cart\" server 0s 90ms http.route=/cart session=a ratio=1.0 event=retry@2us",
        "2 1 shop \"get\" client 1ms 20ms session=b step=a ratio=0.25",
        "3 1 shop \"put\" client 30ms 20ms items=3 step=c",
    ];
    store.append(&request(1, &lines), 0).expect("taken");
    store
}

fn selection(query: &str) -> Selection {
    let plan = Plan::new(parse(query).expect(query).pipeline().expect("a query for traces").clone());
    Selection { plan, start_ns: EPOCH - 1, end_ns: EPOCH + 3_600_000_000_000, enough: Interrupt::default() }
}

#[test]
fn values_in_lists_tell_numbers_with_a_fraction_and_times_in_whole_nanoseconds() {
    for (name, wanted) in [
        ("span.ratio", vec![("0.25", "float"), ("1.0", "float")]),
        ("span.items", vec![("3", "int")]),
        ("event:timeSinceStart", vec![("2000", "int")]),
    ] {
        let attribute = parse_attribute(name).expect(name);
        let (found, _) = tags::values(&store(), &attribute, &selection("{}"), &Grant::default()).expect("values");
        let found: Vec<(&str, &str)> = found.iter().map(|(text, kind)| (text.as_str(), *kind)).collect();
        assert_eq!(found, wanted, "{name}");
    }
}

/// What an answer shows of each span that is found, in the order of their beginnings.
fn shown(query: &str) -> Vec<String> {
    let request = SearchRequest {
        selection: selection(query),
        min_duration_ns: 0,
        max_duration_ns: i64::MAX,
        limit: 10,
        spans_per_spanset: None,
    };
    let found = search(&store(), &request, &Grant::default()).expect(query);
    let spansets = found.traces.into_iter().flat_map(|trace| trace.spansets);
    let mut spans: Vec<_> = spansets.flat_map(|spanset| spanset.spans).collect();
    spans.sort_by_key(|span| span.start_ns);
    let text = |(name, value): &(String, lab_traces::traceql::value::Value<'_>)| format!("{name}={value}");
    spans.iter().map(|span| span.attributes.iter().map(text).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn what_is_missing_is_shown_where_tempo_shows_it() {
    for (query, wanted) in [
        ("{ } | select(span.http.route)", ["http.route=/cart", "http.route=nil", "http.route=nil"]),
        ("{ } | by(span.http.route)", ["http.route=/cart", "http.route=nil", "http.route=nil"]),
        ("{ } | select(span.items)", ["", "", "items=3"]),
        ("{ } | select(event:name)", ["event:name=retry", "event:name=", "event:name="]),
        (
            "{ } | select(event:timeSinceStart)",
            ["event:timeSinceStart=2µs", "event:timeSinceStart=0s", "event:timeSinceStart=0s"],
        ),
    ] {
        assert_eq!(shown(query), wanted, "{query}");
    }
}

#[test]
fn attributes_that_share_a_column_are_shown_by_any_condition_and_found_by_their_own() {
    // `step=a` of the second span passes the condition on `session`: that shows it where the span is found, and does not find it.
    assert_eq!(shown("{ span.session = \"a\" || span.step = \"c\" }"), ["session=a", "step=c"]);
    let all = shown("{ span.session = \"a\" || span.step = \"c\" || duration > 0s }");
    assert_eq!(all, ["session=a", "step=a", "step=c"]);
    // A number is another column than a text.
    assert_eq!(shown("{ span.items > 1 || span.session = \"a\" || duration > 0s }"), ["session=a", "", "items=3"]);
}
