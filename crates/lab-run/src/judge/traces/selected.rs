//! The spans that a TraceQL query selects in one trace, and what each of them has.

use std::collections::{BTreeMap, HashMap};

use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::span::{Kind, Span, Value};
use lab_verify::stack::tempo::found::Found;
use lab_verify::stack::tempo::{MOST_SELECTED, Tempo};

use crate::expect::comparison::Comparison;
use crate::expect::expectation::Shape;
use crate::expect::wanted::{self, Wanted};
use crate::scope::{MOST_TRACES, Scope, TraceId};

/// So many traces are looked into. With more, what is expected of each is not proven.
pub(crate) const MOST_READ: usize = 5000;
/// So many selected spans are asked for at once: each stands twice in Tempo's answer, which then has some 80 MB, and the client
/// refuses more than 128 MiB.
const MOST_SPANS: usize = 200_000;
/// So many traces are asked for with their spans where only one of them is meant.
const MOST_BESIDE: usize = 1000;

/// The selected spans of a trace, in order of their start.
pub(crate) struct Selected {
    pub(crate) spans: Vec<Span>,
    /// How many there are; Tempo names at most 100 of each trace.
    pub(crate) count: usize,
}

impl Selected {
    /// Those of a trace that a search found.
    pub(crate) fn of(found: &Found, all: &[Span]) -> Self {
        let is_selected = |span: &&Span| found.selected.contains(&span.span_id);
        let spans: Vec<Span> = all.iter().filter(is_selected).cloned().collect();
        Self { count: found.matched.max(spans.len()), spans }
    }
}

/// The spans that a query selects in one trace.
pub(crate) async fn in_trace(tempo: &Tempo, trace: TraceId, query: &str) -> Result<Selected, AskError> {
    let all = tempo.trace(&trace.to_string()).await?;
    let Some(scope) = Scope::around(&all) else { return Ok(Selected { spans: Vec::new(), count: 0 }) };
    let scope = scope.of_trace(trace);
    let own = |found: Vec<Found>| found.into_iter().find(|one| scope.has_trace(&one.trace_id));
    let found = tempo.select(query, scope.seconds_around(), MOST_BESIDE).await?;
    let are_all = found.len() < MOST_BESIDE;
    let mut found = own(found);
    if found.is_none() && !are_all {
        // Other traces crowd it out. Of many traces one span each can be asked for.
        found = own(tempo.search(query, scope.seconds_around(), MOST_TRACES).await?);
    }
    Ok(found.map_or(Selected { spans: Vec::new(), count: 0 }, |found| Selected::of(&found, &all)))
}

/// Of so many of these traces one answer holds the selected spans, whichever they are.
pub(crate) fn most_in_one_answer(found: &[Found]) -> usize {
    let mut spans: Vec<usize> = found.iter().map(|one| one.matched.min(MOST_SELECTED)).collect();
    spans.sort_unstable_by_key(|spans| std::cmp::Reverse(*spans));
    let mut sum = 0;
    let fitting = spans.iter().take_while(|spans| {
        sum += *spans;
        sum <= MOST_SPANS
    });
    let fitting = fitting.count();
    if fitting == found.len() { MOST_READ } else { fitting.min(MOST_READ) }
}

/// Puts the traces of an answer with spans in the place of those without. How many were not in it and are left out.
pub(crate) fn take_over(found: &mut Vec<Found>, read: Vec<Found>) -> usize {
    let count = found.len();
    let mut read: HashMap<String, Found> = read.into_iter().map(|one| (one.trace_id.clone(), one)).collect();
    *found = found.iter().filter_map(|one| read.remove(&one.trace_id)).collect();
    count - found.len()
}

/// What departs from a shape in the selected spans, in sentences.
pub(crate) fn faults(selected: &Selected, shape: &Shape) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(shape.spans.iter().filter_map(|wanted| otherwise_many(selected, wanted)));
    faults.extend(selected.spans.iter().filter_map(|span| otherwise(span, &shape.each)));
    let not_seen = selected.count.saturating_sub(selected.spans.len());
    if not_seen > 0 && !shape.each.is_empty() {
        faults.push(format!(
            "{not_seen} of the {} selected spans were not looked into; select fewer of them",
            selected.count
        ));
    }
    faults
}

fn otherwise_many(selected: &Selected, wanted: &Comparison) -> Option<String> {
    let spans = if selected.count == 1 { "span" } else { "spans" };
    (!wanted.holds(selected.count as f64))
        .then(|| format!("the query selects {} {spans}, expected {wanted}", selected.count))
}

fn otherwise(span: &Span, each: &BTreeMap<String, Wanted>) -> Option<String> {
    let told = each.iter().filter_map(|(key, wanted)| {
        let value = value(span, key);
        (!wanted.is_met_by(value.as_ref()))
            .then(|| format!("{key} is {}, expected {wanted}", told(key, value.as_ref())))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty())
        .then(|| format!("span {} ({} of {}): {}", span.span_id, span.name, span.service, told.join("; ")))
}

/// Durations are told in milliseconds, all else as it is.
fn told(key: &str, value: Option<&Value>) -> String {
    match (key, value) {
        ("duration", Some(Value::Double(seconds))) => format!("{:.1} ms", seconds * 1e3),
        _ => wanted::shown(value),
    }
}

/// An attribute of a span, or what every span has: `name`, `service`, `kind`, and `duration` in seconds.
pub(crate) fn value(span: &Span, key: &str) -> Option<Value> {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    match key {
        "name" => text(&span.name),
        "service" => text(&span.service),
        "duration" => Some(Value::Double(span.duration_ns() as f64 / 1e9)),
        "kind" => text(match span.kind {
            Kind::Server => "server",
            Kind::Client => "client",
            Kind::Internal => "internal",
        }),
        // As TraceQL writes them, too.
        _ => span.attributes.get(key.strip_prefix("span.").unwrap_or(key)).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use axum::extract::Query;
    use axum::routing::get;
    use axum::{Json, Router};
    use lab_testkit::server::TestServer;
    use lab_verify::options::access::Access;
    use lab_verify::stack::endpoint::Endpoint;
    use serde_json::json;

    use super::*;

    fn span(id: &str, millis: i64, status: i64) -> Span {
        Span {
            trace_id: "t".into(),
            span_id: id.to_owned(),
            parent_id: None,
            service: "shop".into(),
            name: "pay".into(),
            kind: Kind::Client,
            start_ns: 0,
            end_ns: millis * 1_000_000,
            failed: false,
            attributes: BTreeMap::from([(Arc::from("status"), Value::Int(status))]),
            events: Vec::new(),
        }
    }

    #[test]
    fn what_a_selected_span_lacks_is_told_with_its_value() {
        let selected = Selected { spans: vec![span("a", 10, 200), span("b", 80, 500)], count: 2 };
        let each = |pairs: &[(&str, &str)]| Shape {
            each: pairs
                .iter()
                .map(|(key, wanted)| {
                    let yaml = serde_yaml_ng::from_str(wanted).expect("YAML");
                    ((*key).to_owned(), Wanted::read(&yaml).expect("good"))
                })
                .collect(),
            ..Shape::default()
        };
        let good = each(&[("name", "pay"), ("kind", "client"), ("service", "shop"), ("span.status", "'>= 200'")]);
        assert_eq!(faults(&selected, &good), [""; 0]);
        let bad = each(&[("status", "200"), ("duration", "'< 50ms'")]);
        assert_eq!(
            faults(&selected, &bad),
            ["span b (pay of shop): duration is 80.0 ms, expected < 50ms; status is 500, expected 200"]
        );
        assert_eq!(
            faults(&selected, &Shape { spans: "== 3".parse().ok(), ..Shape::default() }),
            ["the query selects 2 spans, expected == 3"]
        );
        let many = Selected { spans: vec![span("a", 10, 200)], count: 101 };
        assert!(faults(&many, &each(&[("status", "200")]))[0].starts_with("100 of the 101 selected spans"));
    }

    fn found(id: usize, matched: usize) -> Found {
        Found {
            trace_id: format!("{id:032x}"),
            root_service: String::new(),
            root_name: String::new(),
            start_ns: 0,
            duration_ms: 0,
            matched,
            selected: Vec::new(),
        }
    }

    #[test]
    fn spans_are_asked_for_only_as_far_as_one_answer_holds_them() {
        let all = |count: usize, matched: usize| (0..count).map(|id| found(id, matched)).collect::<Vec<_>>();
        assert_eq!(most_in_one_answer(&all(50_000, 1)), 5000);
        assert_eq!(most_in_one_answer(&all(2000, 100)), 5000, "there are no more");
        assert_eq!(most_in_one_answer(&all(50_000, 1000)), 2000, "no more than 100 of each are named");
        assert_eq!(most_in_one_answer(&[all(1999, 100), all(48_001, 1)].concat()), 2099);
        assert_eq!(most_in_one_answer(&[]), 5000);
        let mut traces = all(4, 3);
        let read = [2, 9, 1].map(|id| Found { selected: vec!["a".to_owned()], ..found(id, 3) });
        assert_eq!(take_over(&mut traces, read.into()), 2);
        let left: Vec<(&str, usize)> = traces.iter().map(|one| (&one.trace_id[31..], one.selected.len())).collect();
        assert_eq!(left, [("1", 1), ("2", 1)]);
    }

    /// A Tempo that knows one trace and answers searches with its limit of other ones, and with this one if it has room for
    /// more than 1000.
    async fn crowded() -> (TestServer, Arc<Mutex<Vec<[String; 2]>>>) {
        let asked: Arc<Mutex<Vec<[String; 2]>>> = Arc::default();
        let seen = asked.clone();
        let trace = r#"{"trace": {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "AAAAAAAAAAAAAAAAAAAAAQ==",
            "spanId": "AAAAAAAAAAE=", "name": "pay", "startTimeUnixNano": "1000000000", "endTimeUnixNano": "2000000000"}]}]}]}}"#;
        let search = async move |Query(asked): Query<BTreeMap<String, String>>| {
            let limit: usize = asked["limit"].parse().unwrap_or_default();
            seen.lock().expect("no panic").push([asked["limit"].clone(), asked["spss"].clone()]);
            let own = json!({"traceID": "1", "spanSets": [{"spans": [{"spanID": "1"}], "matched": 1}]});
            let other = |id: usize| json!({"traceID": format!("{:x}", id + 2), "spanSets": []});
            let others = (0..limit.min(1000)).map(other);
            let traces: Vec<_> = others.chain((limit > 1000).then_some(own)).collect();
            Json(json!({"traces": traces}))
        };
        let router = Router::new().route("/api/search", get(search));
        let router = router.route("/api/v2/traces/{id}", get(move || async move { trace }));
        (TestServer::start(router).await, asked)
    }

    #[tokio::test]
    async fn one_trace_is_found_beside_many_without_asking_for_the_spans_of_all() {
        let (server, asked) = crowded().await;
        let client = Access::default().client(Duration::from_secs(15)).expect("a client");
        let url = server.url("").parse().expect("a URL");
        let tempo = Tempo::new(Endpoint::new(client, &url, &[]));
        let trace = format!("{:032x}", 1).parse().expect("an id");
        let selected = in_trace(&tempo, trace, "{ }").await.expect("answered");
        let names: Vec<&str> = selected.spans.iter().map(|span| &*span.name).collect();
        assert_eq!((names, selected.count), (vec!["pay"], 1));
        let asked = asked.lock().expect("no panic");
        assert_eq!(*asked, [["1000", "100"], ["50000", "1"]]);
    }
}
