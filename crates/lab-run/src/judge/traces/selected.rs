//! The spans that a TraceQL query selects in one trace, and what each of them has.

use std::collections::BTreeMap;

use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::span::{Kind, Span, Value};
use lab_verify::stack::tempo::found::Found;

use crate::expect::comparison::Comparison;
use crate::expect::expectation::Shape;
use crate::expect::wanted::{self, Wanted};
use crate::scope::{MOST_TRACES, Scope, TraceId};

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
pub(crate) async fn in_trace(stack: &Stack, trace: TraceId, query: &str) -> Result<Selected, AskError> {
    let all = stack.tempo.trace(&trace.to_string()).await?;
    let Some(scope) = Scope::around(&all) else { return Ok(Selected { spans: Vec::new(), count: 0 }) };
    let scope = scope.of_trace(trace);
    let found = stack.tempo.select(query, scope.seconds_around(), MOST_TRACES).await?;
    let found = found.into_iter().find(|one| scope.has_trace(&one.trace_id));
    Ok(found.map_or(Selected { spans: Vec::new(), count: 0 }, |found| Selected::of(&found, &all)))
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
    use std::sync::Arc;

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
}
