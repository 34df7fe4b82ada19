//! All that a trace says of its spans, read from OTLP's JSON: what a person looks at, and no check needs.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::stack::tempo::otlp_json::{OtlpError, id};

/// What a span says besides its times.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Details {
    /// `server`, `client`, `internal`, `producer`, `consumer` or `unspecified`.
    pub kind: String,
    /// The message of its status.
    pub message: String,
    /// Name and version of its instrumentation scope.
    pub scope: String,
    pub attributes: Vec<(String, String)>,
    /// Attributes of its resource.
    pub resource: Vec<(String, String)>,
    pub events: Vec<Event>,
    pub links: Vec<Link>,
}

/// What happened within a span.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event {
    pub name: String,
    /// In nanoseconds since the Unix epoch.
    pub time_ns: i64,
    pub attributes: Vec<(String, String)>,
}

/// Another span that a span names.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link {
    /// The trace of that span, in hexadecimal digits.
    pub trace_id: String,
    /// Its id in hexadecimal digits.
    pub span_id: String,
    pub attributes: Vec<(String, String)>,
}

/// The details of an answer to `/api/v2/traces/{id}` or `/api/traces/{id}`, by span id and start: two spans may share an id.
pub(super) fn read(body: &[u8]) -> Result<BTreeMap<(String, i64), Details>, OtlpError> {
    let body: Value = serde_json::from_slice(body)?;
    let trace = body.get("trace").unwrap_or(&body);
    let resources = ["resourceSpans", "batches"].into_iter().flat_map(|name| list(trace, name));
    let mut found = BTreeMap::new();
    for resource in resources {
        let of_resource = attributes(&resource["resource"]);
        for scope_spans in list(resource, "scopeSpans") {
            let scope = &scope_spans["scope"];
            let scope = [text(scope, "name"), text(scope, "version")].join(" ").trim().to_owned();
            for span in list(scope_spans, "spans") {
                let key = (id(text(span, "spanId"), 8)?, whole(&span["startTimeUnixNano"]));
                let details = details(span, scope.clone(), of_resource.clone())?;
                found.insert(key, details);
            }
        }
    }
    Ok(found)
}

fn details(span: &Value, scope: String, resource: Vec<(String, String)>) -> Result<Details, OtlpError> {
    let event = |event: &Value| Event {
        name: text(event, "name").to_owned(),
        time_ns: whole(&event["timeUnixNano"]),
        attributes: attributes(event),
    };
    let link = |link: &Value| {
        Ok(Link {
            trace_id: id(text(link, "traceId"), 16)?,
            span_id: id(text(link, "spanId"), 8)?,
            attributes: attributes(link),
        })
    };
    Ok(Details {
        kind: kind(&span["kind"]),
        message: text(&span["status"], "message").to_owned(),
        scope,
        attributes: attributes(span),
        resource,
        events: list(span, "events").map(event).collect(),
        links: list(span, "links").map(link).collect::<Result<_, OtlpError>>()?,
    })
}

fn kind(kind: &Value) -> String {
    const NAMES: [&str; 6] = ["unspecified", "internal", "server", "client", "producer", "consumer"];
    let named = kind.as_str().and_then(|text| text.strip_prefix("SPAN_KIND_")).map(str::to_lowercase);
    let number = kind.as_u64().and_then(|number| NAMES.get(usize::try_from(number).ok()?));
    named.unwrap_or_else(|| (*number.unwrap_or(&NAMES[0])).to_owned())
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A whole number, written as a number or as a text.
fn whole(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}

fn attributes(of: &Value) -> Vec<(String, String)> {
    list(of, "attributes").map(|pair| (text(pair, "key").to_owned(), written(&pair["value"]))).collect()
}

/// A value of OTLP as a person writes it.
fn written(value: &Value) -> String {
    let Some((kind, inner)) = value.as_object().and_then(|fields| fields.iter().next()) else { return String::new() };
    let joined = |items: Vec<String>| items.join(", ");
    match kind.as_str() {
        "arrayValue" => format!("[{}]", joined(list(inner, "values").map(written).collect())),
        "kvlistValue" => {
            let pair = |pair: &Value| format!("{}: {}", text(pair, "key"), written(&pair["value"]));
            format!("{{{}}}", joined(list(inner, "values").map(pair).collect()))
        }
        _ => inner.as_str().map_or_else(|| inner.to_string(), str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_links_scope_and_resource_are_read() {
        let body = r#"{"trace":{"resourceSpans":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"a"}}]},
            "scopeSpans":[{"scope":{"name":"http","version":"2"},"spans":[{"spanId":"00000000000000aa","kind":"SPAN_KIND_CONSUMER",
            "startTimeUnixNano":"5","status":{"code":2,"message":"broke"},"attributes":[{"key":"sizes","value":{"arrayValue":
            {"values":[{"intValue":"1"},{"doubleValue":2.5}]}}}],"events":[{"name":"exception","timeUnixNano":"7","attributes":
            [{"key":"exception.stacktrace","value":{"stringValue":"a\nb"}}]}],"links":[{"traceId":
            "3c3df90a1413c5f0bcdc2706b254350d","spanId":"00000000000000bb","attributes":[]}]}]}]}]}}"#;
        let found = read(body.as_bytes()).expect("a trace");
        let details = &found[&("00000000000000aa".to_owned(), 5)];
        assert_eq!(
            (details.kind.as_str(), details.message.as_str(), details.scope.as_str()),
            ("consumer", "broke", "http 2")
        );
        assert_eq!(details.attributes, [("sizes".to_owned(), "[1, 2.5]".to_owned())]);
        assert_eq!((details.events[0].time_ns, details.events[0].attributes[0].1.as_str()), (7, "a\nb"));
        assert_eq!(details.links[0].span_id, "00000000000000bb");
        assert_eq!(details.resource[0].1, "a");
        assert!(read(b"<html>").is_err());
    }
}
