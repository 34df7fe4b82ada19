//! What does not get in, and what to do about it, by the commonest reasons: the path is missing or another product's, the port
//! is another one, the client speaks TLS.

use crate::doctor::foreign::arrivals::{Arrivals, Refusal};
use crate::doctor::hop::{Finding, trouble};

/// What was longer ago, in milliseconds, is over.
const RECENT_MS: i64 = 600_000;

/// The ends of paths at which OTLP is taken.
const OTLP: [&str; 3] = ["/v1/traces", "/v1/logs", "/v1/metrics"];
/// Where OTLP is taken, as the lab calls these ports.
const OTLP_PORTS: [&str; 2] = ["OTLP gRPC", "OTLP HTTP"];

/// The paths at which each port takes telemetry.
const TAKEN: [(&str, &[&str]); 4] = [
    ("OTLP gRPC", &OTLP),
    ("OTLP HTTP", &OTLP),
    ("metrics", &["/api/v1/write", "/api/v1/otlp/v1/metrics"]),
    ("logs", &["/loki/api/v1/push", "/otlp/v1/logs"]),
];

/// Beginnings of paths of other products, and what is to be done here in their place.
const OF_OTHERS: [(&str, &str); 8] = [
    ("/api/v1/push", "remote write goes to /api/v1/write of the metrics port (/api/v1/push is Mimir's and Cortex')"),
    (
        "/api/prom/push",
        "lines go to /loki/api/v1/push of the logs port (/api/prom/push is of earlier versions of Loki)",
    ),
    ("/loki/api/v1/push", "lines go to /loki/api/v1/push of the logs port, not of another one"),
    ("/api/v1/write", "remote write goes to /api/v1/write of the metrics port, not of another one"),
    ("/api/v1/spans", "this is version 1 of Zipkin: let the client send version 2, to /api/v2/spans"),
    ("/v0.", "this is Datadog's protocol, which the lab does not take: let the tracer export by OTLP"),
    ("/intake/", "this is the protocol of Elastic's APM agents, which the lab does not take: let them export by OTLP"),
    ("/v2/trace", "this is Splunk's or SignalFx' protocol, which the lab does not take: let the exporter send OTLP"),
];

/// What to do about the other reasons.
const REASONS: [(&str, &str); 13] = [
    ("unsupported_media_type", "the protocol is wrong: set OTEL_EXPORTER_OTLP_PROTOCOL to what the port takes"),
    ("bad_request", "the body cannot be read: the answer to the sender says where"),
    ("too_large", "send smaller batches"),
    ("too_slow", "the body came too slowly: send smaller batches, or over a faster connection"),
    ("unauthorized", "send a user name and a password, which --web-config asks for"),
    ("forbidden", "name the origin of the web page with --cors-origin, or the host with --allowed-host"),
    ("unavailable", "the lab had no room: senders repeat such requests by themselves"),
    (
        "too_far_in_future",
        "the clock of the sender is more than ten minutes ahead of this one: let both follow the same time server",
    ),
    ("out_of_bounds", "the clock of the sender is wrong, or its times are in another unit"),
    ("greater_than_max_sample_age", "older lines are taken where the lab is started with a greater --oldest-line"),
    ("out_of_order", TWO_SENDERS),
    ("duplicate_timestamp", TWO_SENDERS),
    ("series_limit", "the lab holds as many series as --max-memory allows: start it with more, or send fewer labels"),
];
const TWO_SENDERS: &str = "two senders write to one series: give each its own value of a label, such as instance";
const STREAMS: &str = "the lab holds as many log streams as it may: send fewer labels, and more structured metadata";

/// Whether anything was refused lately.
pub(super) fn refused(arrivals: &Arrivals, now_ns: i64) -> Finding {
    let now_ms = now_ns / 1_000_000;
    let is_recent = |refusal: &&Refusal| refusal.last_ms.is_none_or(|last| now_ms - last < RECENT_MS);
    let (recent, earlier): (Vec<&Refusal>, Vec<&Refusal>) = arrivals.refused.iter().partition(is_recent);
    if recent.is_empty() {
        return Ok(match earlier.iter().map(|refusal| refusal.count).sum::<u64>() {
            0 => "nothing was refused".to_owned(),
            count => format!("nothing was refused in the last ten minutes; {count} before"),
        });
    }
    let said: Vec<String> = recent.iter().map(|refusal| describe(refusal, now_ms)).collect();
    let mut advice: Vec<String> = Vec::new();
    for refusal in recent {
        let one = advise(refusal, arrivals.receivers.as_ref());
        if !advice.contains(&one) {
            advice.push(one);
        }
    }
    trouble(format!("refused: {}", said.join("; ")), advice.join("; "))
}

/// Whether a client speaks TLS where none is spoken.
pub(super) fn encrypted(arrivals: &Arrivals) -> Finding {
    if arrivals.tls.is_empty() {
        return Ok("no client speaks TLS where none is spoken".to_owned());
    }
    let one = |(server, count): &(String, u64)| {
        let connections = if *count == 1 { "connection" } else { "connections" };
        format!("{count} {connections} to {server}")
    };
    let all: Vec<String> = arrivals.tls.iter().map(one).collect();
    trouble(
        format!("{} began with TLS, and the lab speaks none there", all.join(", ")),
        "write http:// in place of https:// in the endpoint; gRPC clients need that or OTEL_EXPORTER_OTLP_INSECURE=true, for an \
         address without http:// is taken to want TLS; or give the lab a certificate with --web-config",
    )
}

/// `3 × /v1/trace at OTLP HTTP, the last 12 s ago: wrong_path`
fn describe(refusal: &Refusal, now_ms: i64) -> String {
    let Refusal { server, what, reason, count, last_ms } = refusal;
    let at = if server.is_empty() { String::new() } else { format!(" at {server}") };
    let last = last_ms.map(|last| format!(", the last {} s ago", (now_ms - last).max(0) / 1000)).unwrap_or_default();
    format!("{count} × {what}{at}{last}: {reason}")
}

fn advise(refusal: &Refusal, receivers: Option<&(String, String)>) -> String {
    let said = match refusal.reason.as_str() {
        "wrong_path" => return about_path(&refusal.server, &refusal.what, receivers),
        "stream_limit" => Some(STREAMS),
        reason => REASONS.iter().find(|(known, _)| *known == reason).map(|(_, what)| *what),
    };
    said.unwrap_or("the answers to the sender say what is wrong").to_owned()
}

/// Whether a port takes telemetry at a path.
fn is_taken(server: &str, path: &str) -> bool {
    TAKEN.iter().any(|(port, paths)| *port == server && paths.contains(&path))
}

/// What is wrong with a path at which nothing is.
fn about_path(server: &str, path: &str, receivers: Option<&(String, String)>) -> String {
    let (grpc, http) = receivers.map_or(("4317", "4318"), |(grpc, http)| (grpc.as_str(), http.as_str()));
    let is_otlp_port = OTLP_PORTS.contains(&server);
    // Slashes that are too many: at the end of what was given, or between an endpoint that ends with one and its path.
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let meant = format!("/{}", parts.join("/"));
    let path = if meant == path {
        path
    } else if is_taken(server, &meant) {
        return format!(
            "the path has a slash too many: write {meant}, with no other slash before, within or behind it"
        );
    } else {
        &meant
    };
    let is_grpc = path.starts_with("/opentelemetry.proto.");
    let end = OTLP.iter().find(|end| path.ends_with(**end));
    if OTLP.iter().map(|end| path.matches(end).count()).sum::<usize>() > 1 {
        return "the path stands there twice: OTEL_EXPORTER_OTLP_ENDPOINT has none, the SDK adds it by itself"
            .to_owned();
    }
    if let Some((_, what)) = OF_OTHERS.iter().find(|(begin, _)| path.starts_with(begin)) {
        return (*what).to_owned();
    }
    match (end, is_otlp_port) {
        _ if is_grpc => format!("OTLP goes to port {grpc} (gRPC) or {http} (HTTP), not to the port of {server}"),
        (Some(_), false) => format!("OTLP goes to port {http} (or {grpc} by gRPC), not to the port of {server}"),
        (Some(end), true) => format!(
            "before {end} stands something that other products want: OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:{http} is all \
             that is needed here"
        ),
        (None, true) if path == "/" => "the path is missing: an endpoint that is set for one signal \
             (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or an exporter's `url` or `endpoint`) is used as it is, so write /v1/traces, \
             /v1/logs or /v1/metrics behind it"
            .to_owned(),
        (None, true) => "the path is wrong: OTLP goes to /v1/traces, /v1/logs and /v1/metrics, and SDKs add no path to an \
             endpoint that is set for one signal"
            .to_owned(),
        (None, false) => {
            format!("the port of {server} takes nothing at this path: OTLP goes to port {http} (or {grpc} by gRPC)")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: i64 = 1_790_000_000_000;

    fn at(server: &str, path: &str, reason: &str) -> Arrivals {
        let refusal = Refusal {
            server: server.to_owned(),
            what: path.to_owned(),
            reason: reason.to_owned(),
            count: 3,
            last_ms: Some(NOW_MS - 12_000),
        };
        Arrivals { refused: vec![refusal], ..Arrivals::default() }
    }

    #[test]
    fn each_wrong_path_is_told_from_the_others() {
        for (server, path, advice) in [
            ("OTLP HTTP", "/", "the path is missing"),
            ("OTLP HTTP", "/v1/trace", "the path is wrong"),
            ("OTLP HTTP", "/v1/traces/v1/traces", "stands there twice"),
            ("OTLP HTTP", "/otlp/v1/traces", "before /v1/traces stands something"),
            ("OTLP HTTP", "/v1/traces/", "a slash too many: write /v1/traces,"),
            ("OTLP HTTP", "//v1/logs", "a slash too many: write /v1/logs,"),
            ("metrics", "/api/v1/write/", "a slash too many: write /api/v1/write,"),
            ("logs", "/loki/api/v1/push//", "a slash too many: write /loki/api/v1/push,"),
            ("OTLP HTTP", "/api/v1/write/", "of the metrics port, not of another one"),
            ("OTLP HTTP", "/otlp/v1/traces/", "before /v1/traces stands something"),
            ("OTLP HTTP", "//", "the path is missing"),
            ("metrics", "/v1/traces/", "OTLP goes to port 4318"),
            ("metrics", "/v1/traces", "OTLP goes to port 4318"),
            ("traces", "/opentelemetry.proto.collector.trace.v1.TraceService/Export", "OTLP goes to port 4317 (gRPC)"),
            ("metrics", "/api/v1/push", "/api/v1/write of the metrics port"),
            ("OTLP HTTP", "/v0.4/traces", "Datadog"),
            ("logs", "/", "the port of logs takes nothing at this path"),
        ] {
            let trouble = refused(&at(server, path, "wrong_path"), NOW_MS * 1_000_000).expect_err(path);
            let expected = format!("refused: 3 × {path} at {server}, the last 12 s ago: wrong_path");
            assert_eq!(trouble.found, expected);
            assert!(trouble.advice.contains(advice), "{path}: {}", trouble.advice);
        }
    }

    #[test]
    fn what_was_refused_long_ago_is_over() {
        let mut arrivals = at("OTLP HTTP", "/", "wrong_path");
        arrivals.refused[0].last_ms = Some(NOW_MS - 700_000);
        let said = refused(&arrivals, NOW_MS * 1_000_000).expect("over");
        assert_eq!(said, "nothing was refused in the last ten minutes; 3 before");
        assert_eq!(refused(&Arrivals::default(), 0).expect("nothing"), "nothing was refused");
    }

    #[test]
    fn tls_where_none_is_spoken_is_named() {
        let arrivals = Arrivals { tls: vec![("OTLP gRPC".to_owned(), 4)], ..Arrivals::default() };
        let trouble = encrypted(&arrivals).expect_err("TLS");
        assert!(trouble.found.starts_with("4 connections to OTLP gRPC began with TLS"), "{trouble:?}");
        assert!(encrypted(&Arrivals::default()).is_ok());
    }
}
