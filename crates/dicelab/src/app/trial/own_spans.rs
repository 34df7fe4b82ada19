//! Spans of the run itself: programs that took up the trace context have spans below them, whose traces would lack a root.

use std::time::Duration;

use lab_run::requests::made::{Ids, Made};
use lab_run::scope::Scope;
use lab_run::survey::OWN_SERVICE;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, ServerUrl};
use serde_json::{Value, json};

use crate::app::ephemeral::Ephemeral;
use crate::ports::Port;

/// How long the lab may take to take them in.
const WITHIN: Duration = Duration::from_secs(5);
/// As OTLP numbers the kinds of spans.
const INTERNAL: u8 = 1;
const CLIENT: u8 = 3;

/// Adds the spans of the run and of its requests to those traces of which spans have come.
pub(super) async fn add(
    lab: &Ephemeral,
    run: &Ids,
    scope: Scope,
    command: &[String],
    requests: &[Made],
) -> anyhow::Result<()> {
    let mut spans = Vec::new();
    if has_come(lab, &run.trace_id).await? {
        let attributes = [text("process.command_line", &command.join(" "))];
        spans.push(span(run, ("dicelab run", INTERNAL), (scope.start_ns, scope.end_ns), &attributes));
    }
    for made in requests {
        if has_come(lab, &made.trace_id).await? {
            spans.push(of_request(made));
        }
    }
    if spans.is_empty() {
        return Ok(());
    }
    let resource = json!({"attributes": [text("service.name", OWN_SERVICE)]});
    let body = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]});
    let url: ServerUrl = lab.ports.url(Port::OtlpHttp).parse()?;
    let client = Access::default().client(WITHIN)?;
    Endpoint::new(client, &url, &[]).post_json("/v1/traces", body.to_string()).await?.good()?;
    Ok(())
}

async fn has_come(lab: &Ephemeral, trace_id: &str) -> anyhow::Result<bool> {
    Ok(!lab.stack.tempo.trace(trace_id).await?.is_empty())
}

/// The span of a request, as OpenTelemetry's conventions describe that of a client.
fn of_request(made: &Made) -> Value {
    let ids = Ids { trace_id: made.trace_id.clone(), span_id: made.span_id.clone() };
    let mut attributes = vec![text("http.request.method", &made.method), text("url.full", &made.url)];
    if let Some((host, port)) = server(&made.url) {
        attributes.push(text("server.address", &host));
        attributes.push(int("server.port", port.into()));
    }
    attributes.extend(made.status.map(|status| int("http.response.status_code", status.into())));
    span(&ids, (&made.name, CLIENT), (made.start_ns, made.end_ns), &attributes)
}

/// Host and port of a URL.
fn server(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let usual = if scheme == "https" { 443 } else { 80 };
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => Some((host.to_owned(), port.parse().ok()?)),
        _ => Some((authority.to_owned(), usual)),
    }
}

fn span(ids: &Ids, (name, kind): (&str, u8), (start, end): (i64, i64), attributes: &[Value]) -> Value {
    json!({
        "traceId": ids.trace_id, "spanId": ids.span_id, "name": name, "kind": kind,
        "startTimeUnixNano": start.to_string(), "endTimeUnixNano": end.to_string(), "attributes": attributes,
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn int(key: &str, value: i64) -> Value {
    json!({"key": key, "value": {"intValue": value.to_string()}})
}

#[cfg(test)]
mod tests {
    use super::server;

    #[test]
    fn the_server_of_a_url_is_found_with_its_usual_port() {
        let table = [
            ("http://localhost:8080/x", Some(("localhost", 8080))),
            ("https://shop", Some(("shop", 443))),
            ("http://user:pass@shop/y?z", Some(("shop", 80))),
            ("http://[::1]:7/", Some(("[::1]", 7))),
            ("${URL}/x", None),
        ];
        for (url, expected) in table {
            assert_eq!(server(url), expected.map(|(host, port)| (host.to_owned(), port)), "{url}");
        }
    }
}
