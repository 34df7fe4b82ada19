//! OpenTelemetry's semantic conventions: names, required attributes, units, and how many series a metric has.

use std::collections::{BTreeMap, BTreeSet};

use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use lab_verify::stack::span::{Kind, Span};

use crate::judge::verdict::Finding;
use crate::scope::Scope;

/// Attributes that were renamed when the conventions became stable, with the present name.
const RENAMED: [(&str, &str); 13] = [
    ("http.method", "http.request.method"),
    ("http.status_code", "http.response.status_code"),
    ("http.url", "url.full"),
    ("http.target", "url.path and url.query"),
    ("http.scheme", "url.scheme"),
    ("http.user_agent", "user_agent.original"),
    ("http.client_ip", "client.address"),
    ("net.peer.name", "server.address"),
    ("net.peer.port", "server.port"),
    ("net.host.name", "server.address"),
    ("db.system", "db.system.name"),
    ("db.statement", "db.query.text"),
    ("db.name", "db.namespace"),
];
/// What a span has to carry: its kind (or any), the attribute that shows what it is, and what is required then.
const REQUIRED: [(Option<Kind>, &str, &[&str]); 3] = [
    (Some(Kind::Server), "http.request.method", &["url.path", "url.scheme"]),
    (Some(Kind::Client), "http.request.method", &["server.address", "server.port", "url.full"]),
    (None, "messaging.operation.name", &["messaging.system"]),
];
/// Units that the conventions do without, by how a metric's name ends, with the one to use.
const UNITS: [(&str, &str); 5] = [
    ("_milliseconds", "seconds"),
    ("_ms", "seconds"),
    ("_minutes", "seconds"),
    ("_kilobytes", "bytes"),
    ("_megabytes", "bytes"),
];
/// So many traces are looked into.
const MOST_TRACES: usize = 200;
/// So many departures are told.
const TOLD: usize = 10;

/// Looks at the spans and the metrics of the run.
pub async fn judge(stack: &Stack, scope: Scope, most_series: usize) -> Result<Finding, AskError> {
    let mut departures = BTreeMap::<String, usize>::new();
    let found = stack.tempo.search("{ }", scope.seconds_around(), MOST_TRACES).await?;
    let mut seen = 0;
    for trace in &found {
        for span in stack.tempo.trace(&trace.trace_id).await? {
            seen += 1;
            for departure in of_span(&span) {
                *departures.entry(departure).or_default() += 1;
            }
        }
    }
    let query = scope.fill_in(r#"count by (__name__) (last_over_time({__name__=~".+", job!="dicelab"}[$run]))"#);
    let series = stack.prometheus.query(&query, Some(scope.end_seconds())).await?;
    for metric in &series {
        for departure in of_metric(metric.name(), metric.value as usize, most_series) {
            departures.insert(departure, 1);
        }
    }
    if seen == 0 && series.is_empty() {
        return Ok(Finding::failed("neither spans nor metrics came, so there is nothing to look at"));
    }
    let looked = format!("{seen} spans and {} metrics were looked at", series.len());
    let told = departures
        .iter()
        .take(TOLD)
        .map(|(what, spans)| if *spans > 1 { format!("{what} ({spans} spans)") } else { what.clone() });
    Ok(match departures.len() {
        0 => Finding::passed(looked),
        count => Finding::failed(format!("{count} departures from the conventions; {looked}")).with(told),
    })
}

/// What departs in a span, without what differs from span to span.
fn of_span(span: &Span) -> BTreeSet<String> {
    let mut departures = BTreeSet::new();
    let (name, service) = (&span.name, &span.service);
    if service.is_empty() || service.starts_with("unknown_service") {
        departures.insert("service.name is not set: set OTEL_SERVICE_NAME".to_owned());
    }
    for (old, new) in RENAMED {
        if span.attributes.contains_key(old) {
            departures.insert(format!("{service} {name}: {old} is now called {new}"));
        }
    }
    for (kind, shows, required) in REQUIRED {
        if kind.is_some_and(|kind| kind != span.kind) || !span.attributes.contains_key(shows) {
            continue;
        }
        for attribute in required.iter().filter(|attribute| !span.attributes.contains_key(**attribute)) {
            departures.insert(format!("{service} {name}: {attribute} is missing, which {shows} requires"));
        }
    }
    for attribute in span.attributes.keys().filter(|key| key.chars().any(|c| c.is_uppercase() || c.is_whitespace())) {
        departures.insert(format!(
            "{service} {name}: the attribute {attribute:?} is not in lower case with dots and underscores"
        ));
    }
    departures
}

/// What departs in a metric.
fn of_metric(name: &str, series: usize, most_series: usize) -> Vec<String> {
    let mut departures = Vec::new();
    let family = ["_bucket", "_count", "_sum", "_total"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    if let Some((unit, instead)) = UNITS.iter().find(|(unit, _)| family.ends_with(unit)) {
        departures.push(format!("metric {name}: measure in {instead}, not in {}", unit.trim_start_matches('_')));
    }
    if series > most_series {
        departures.push(format!(
            "metric {name}: {series} series, more than {most_series}; one of its labels has too many values"
        ));
    }
    departures
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_verify::stack::span::Value;

    fn server(attributes: &[&str]) -> Span {
        Span {
            trace_id: "t".into(),
            span_id: "a".to_owned(),
            parent_id: None,
            service: "shop".into(),
            name: "GET".into(),
            kind: Kind::Server,
            start_ns: 0,
            end_ns: 1,
            failed: false,
            attributes: attributes.iter().map(|key| ((*key).into(), Value::Text("x".to_owned()))).collect(),
            events: Vec::new(),
        }
    }

    #[test]
    fn former_names_missing_attributes_and_odd_letters_are_departures() {
        assert_eq!(of_span(&server(&["http.request.method", "url.path", "url.scheme"])).len(), 0);
        let told = of_span(&server(&["http.method", "http.request.method", "url.scheme", "userId"]));
        let told: Vec<_> = told.into_iter().collect();
        assert_eq!(
            told,
            [
                "shop GET: http.method is now called http.request.method",
                "shop GET: the attribute \"userId\" is not in lower case with dots and underscores",
                "shop GET: url.path is missing, which http.request.method requires",
            ]
        );
        let nameless = Span { service: "unknown_service:node".into(), ..server(&[]) };
        assert!(of_span(&nameless).iter().any(|told| told.contains("OTEL_SERVICE_NAME")));
    }

    #[test]
    fn metrics_have_base_units_and_few_series() {
        assert_eq!(of_metric("http_server_request_duration_seconds_bucket", 10, 1000), [""; 0]);
        assert_eq!(
            of_metric("latency_milliseconds_sum", 1, 10),
            ["metric latency_milliseconds_sum: measure in seconds, not in milliseconds"]
        );
        assert!(of_metric("hits_total", 11, 10)[0].contains("11 series, more than 10"));
    }
}
