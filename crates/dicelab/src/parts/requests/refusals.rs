//! What was sent to the lab and refused whole, by the way in and the reason. Some of it never reaches a receiver, which
//! could count it: a body that is too long, a password that is wrong, a web page of another origin.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderMap, Method, Uri};
use parking_lot::Mutex;

/// The ends of paths by which telemetry comes in. The page's own origin leads to the same, below a longer path.
const WAYS_IN: [&str; 9] = [
    "/api/v1/write",
    "/api/v1/otlp/v1/metrics",
    "/loki/api/v1/push",
    "/v1/traces",
    "/v1/logs",
    "/v1/metrics",
    "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
];

/// What was posted to a port of OTLP at a path of which nothing is there.
pub const NOWHERE: &str = "another path";

/// Why a request is refused, by the status of its answer.
const REASONS: [(u16, &str); 9] = [
    (400, "bad_request"),
    (401, "unauthorized"),
    (403, "forbidden"),
    (404, "wrong_path"),
    (408, "too_slow"),
    (413, "too_large"),
    (415, "unsupported_media_type"),
    (429, "too_many_requests"),
    (503, "unavailable"),
];

/// Counts refusals; a clone shares the counts.
#[derive(Clone, Debug, Default)]
pub struct Refusals(Arc<Mutex<BTreeMap<(&'static str, &'static str), u64>>>);

impl Refusals {
    /// Every count so far, by path and reason.
    pub fn all(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.0.lock().iter().map(|((path, reason), count)| (*path, *reason, *count)).collect()
    }

    /// Notes the answer to a request that was sent to `way`.
    pub fn note(&self, way: &'static str, status: u16, headers: &HeaderMap) {
        // gRPC answers 200 and says in a header that the request was refused.
        let grpc = headers.get("grpc-status").and_then(|code| code.to_str().ok()?.parse().ok());
        if let Some(reason) = of_status(status).or_else(|| grpc.and_then(of_grpc)) {
            *self.0.lock().entry((way, reason)).or_default() += 1;
        }
    }
}

/// The way in that a request takes, if it is one that sends telemetry.
pub fn way_in(method: &Method, uri: &Uri) -> Option<&'static str> {
    // The longest end first: one path is the end of another.
    let ends = WAYS_IN.iter().filter(|way| uri.path().ends_with(**way)).max_by_key(|way| way.len());
    ends.filter(|_| *method == Method::POST).copied()
}

fn of_status(status: u16) -> Option<&'static str> {
    let named = REASONS.iter().find(|(named, _)| *named == status).map(|(_, reason)| *reason);
    named.or(match status {
        ..400 => None,
        400..500 => Some("refused"),
        _ => Some("error"),
    })
}

/// Codes of <https://github.com/grpc/grpc/blob/master/doc/statuscodes.md>.
fn of_grpc(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => return None,
        3 => "bad_request",
        7 => "forbidden",
        8 | 11 => "too_large",
        12 => "unsupported_media_type",
        14 => "unavailable",
        16 => "unauthorized",
        _ => "error",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_way_in_and_reason() {
        let way = |path: &'static str| way_in(&Method::POST, &Uri::from_static(path));
        assert_eq!(way("/api/datasources/proxy/uid/loki/loki/api/v1/push"), Some("/loki/api/v1/push"));
        assert_eq!(way("/api/v1/otlp/v1/metrics"), Some("/api/v1/otlp/v1/metrics"));
        assert_eq!(way("/v1/metrics?a=b"), Some("/v1/metrics"));
        assert_eq!(way("/api/v1/query"), None);
        assert_eq!(way_in(&Method::GET, &Uri::from_static("/v1/traces")), None);
        let (refusals, none) = (Refusals::default(), HeaderMap::new());
        for status in [200, 204, 413, 413, 415, 418] {
            refusals.note("/v1/logs", status, &none);
        }
        let no_room = HeaderMap::from_iter([("grpc-status".parse().expect("a name"), "14".parse().expect("a value"))]);
        refusals.note("/v1/logs", 200, &no_room);
        let expected = [("refused", 1), ("too_large", 2), ("unavailable", 1), ("unsupported_media_type", 1)]
            .map(|(reason, count)| ("/v1/logs", reason, count));
        assert_eq!(refusals.all(), expected);
    }
}
