//! What was sent to the lab and refused whole, by the way in and the reason. Some of it never reaches a receiver, which
//! could count it: a body that is too long, a password that is wrong, a web page of another origin.
//!
//! Metrics count by the known ways in alone, for whoever sends must not make series; the status tells the paths, as far as they
//! are few ([`MOST_TOLD`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderMap, Method, Uri};
use parking_lot::Mutex;
use serde::Serialize;

use crate::ports::Port;

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
const NOWHERE: &str = "another path";

/// Nothing is at this path that could take anything in.
const WRONG_PATH: &str = "wrong_path";

/// Why a request is refused, by the status of its answer.
const REASONS: [(u16, &str); 10] = [
    (400, "bad_request"),
    (401, "unauthorized"),
    (403, "forbidden"),
    (404, WRONG_PATH),
    (405, WRONG_PATH),
    (408, "too_slow"),
    (413, "too_large"),
    (415, "unsupported_media_type"),
    (429, "too_many_requests"),
    (503, "unavailable"),
];

/// So many different refusals are told one by one, those that came last; the others are counted in one line for each port and reason.
const MOST_TOLD: usize = 48;
/// Most characters of a path that are told.
const LONGEST_PATH: usize = 120;
/// The path of what is beyond [`MOST_TOLD`].
const OTHERS: &str = "other paths";

/// Counts refusals; a clone shares the counts.
#[derive(Clone, Debug, Default)]
pub struct Refusals(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    by_way: BTreeMap<(&'static str, &'static str), u64>,
    told: BTreeMap<(u16, String, &'static str), (u64, i64)>,
}

/// Requests that brought telemetry to one path of a port and were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// What listens there: `OTLP HTTP`, `metrics`.
    pub server: &'static str,
    /// The path as it was asked for.
    pub path: String,
    pub reason: &'static str,
    pub count: u64,
    /// When the last of them came, in milliseconds since the epoch.
    pub last_ms: i64,
}

impl Refusals {
    /// Every count so far, by path and reason.
    pub fn all(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.0.lock().by_way.iter().map(|((path, reason), count)| (*path, *reason, *count)).collect()
    }

    /// What was refused, by port, path and reason.
    pub fn told(&self) -> Vec<Refused> {
        let counts = self.0.lock();
        let one = |((port, path, reason), (count, last_ms)): (&(u16, String, &'static str), &(u64, i64))| {
            let server = Port::LAB.into_iter().find(|one| one.number() == *port).map_or("", Port::what);
            Refused { server, path: path.clone(), reason, count: *count, last_ms: *last_ms }
        };
        counts.told.iter().map(one).collect()
    }

    /// Notes the answer to a request that came to a port at a time, by the way in that it took.
    pub fn note(&self, sent: &Sent, status: u16, headers: &HeaderMap, now_ms: i64) {
        // gRPC answers 200 and says in a header that the request was refused.
        let grpc = headers.get("grpc-status").and_then(|code| code.to_str().ok()?.parse().ok());
        let Some(reason) = of_status(status).or_else(|| grpc.and_then(of_grpc)) else { return };
        let mut counts = self.0.lock();
        match sent.way {
            Some(way) => *counts.by_way.entry((way, reason)).or_default() += 1,
            // A question that was answered with no, unless there is nothing at all to be asked.
            None if reason != WRONG_PATH => return,
            None => {}
        }
        counts.tell((sent.port.number(), sent.path.clone(), reason), now_ms);
    }
}

impl Counts {
    /// Counts one refusal; the one that came longest ago makes room for a new one.
    fn tell(&mut self, key: (u16, String, &'static str), now_ms: i64) {
        let by_path = || self.told.iter().filter(|((_, path, _), _)| path != OTHERS);
        if !self.told.contains_key(&key) && by_path().count() >= MOST_TOLD {
            let oldest = by_path().min_by_key(|(_, (_, last_ms))| *last_ms).map(|(key, _)| key.clone());
            if let Some((oldest, (gone, last))) = oldest.and_then(|key| self.told.remove_entry(&key)) {
                let (count, last_ms) = self.told.entry((oldest.0, OTHERS.to_owned(), oldest.2)).or_default();
                (*count, *last_ms) = (*count + gone, last.max(*last_ms));
            }
        }
        let (count, last_ms) = self.told.entry(key).or_default();
        (*count, *last_ms) = (*count + 1, now_ms);
    }
}

/// A request that may bring telemetry.
#[derive(Clone, Debug)]
pub struct Sent {
    port: Port,
    /// The way in that it takes, if it is a known one.
    way: Option<&'static str>,
    path: String,
}

impl Sent {
    /// Looks at a request; nothing for one that only asks. What is posted to the page's port is telemetry at the known ways in
    /// alone, for its programs ask for much that is not there.
    pub fn look(port: Port, method: &Method, uri: &Uri) -> Option<Self> {
        let is_otlp = matches!(port, Port::OtlpGrpc | Port::OtlpHttp);
        // Whatever is posted to a port of OTLP is telemetry, even if its path leads nowhere.
        let nowhere = (is_otlp && method == Method::POST).then_some(NOWHERE);
        let way = way_in(method, uri).or(nowhere);
        let may_be = way.is_some() || (method == Method::POST && port != Port::Dashboards);
        let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        let path = uri.path().chars().take(LONGEST_PATH).map(printable).collect();
        may_be.then_some(Self { port, way, path })
    }

    /// Whether it brings telemetry for sure.
    pub fn is_telemetry(&self) -> bool {
        self.way.is_some()
    }
}

/// The way in that a request takes, if it is one that sends telemetry.
fn way_in(method: &Method, uri: &Uri) -> Option<&'static str> {
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
        let sent = |port, path: &'static str| Sent::look(port, &Method::POST, &Uri::from_static(path));
        let logs = sent(Port::OtlpHttp, "/v1/logs").expect("telemetry");
        for (at, status) in [200, 204, 413, 413, 415, 418].into_iter().enumerate() {
            refusals.note(&logs, status, &none, at as i64);
        }
        let no_room = HeaderMap::from_iter([("grpc-status".parse().expect("a name"), "14".parse().expect("a value"))]);
        refusals.note(&logs, 200, &no_room, 9);
        let expected = [("refused", 1), ("too_large", 2), ("unavailable", 1), ("unsupported_media_type", 1)]
            .map(|(reason, count)| ("/v1/logs", reason, count));
        assert_eq!(refusals.all(), expected);
        let told = refusals.told();
        assert_eq!((told[1].server, &*told[1].path, told[1].count, told[1].last_ms), ("OTLP HTTP", "/v1/logs", 2, 3));
    }

    #[test]
    fn paths_that_lead_nowhere_are_told_and_make_no_series() {
        let (refusals, none) = (Refusals::default(), HeaderMap::new());
        for at in 0..2 * MOST_TOLD as i64 {
            let uri: Uri = format!("/nowhere/{at}").parse().expect("a path");
            refusals.note(&Sent::look(Port::OtlpHttp, &Method::POST, &uri).expect("telemetry"), 404, &none, at);
        }
        assert_eq!(refusals.all(), [(NOWHERE, WRONG_PATH, 2 * MOST_TOLD as u64)]);
        let told = refusals.told();
        assert_eq!((told.len(), told.iter().map(|one| one.count).sum()), (MOST_TOLD + 1, 2 * MOST_TOLD as u64));
        let newest = told.iter().find(|one| one.path == format!("/nowhere/{}", 2 * MOST_TOLD - 1));
        assert_eq!(newest.map(|one| one.count), Some(1), "what came last is told");
        let others = told.iter().find(|one| one.path == OTHERS).expect("what came first is counted");
        assert_eq!((others.count, others.last_ms), (MOST_TOLD as u64, MOST_TOLD as i64 - 1));
        // Another product's way in, at the port of metrics; a question with a mistake is no telemetry.
        let refusals = Refusals::default();
        let look = |path| Sent::look(Port::Metrics, &Method::POST, &Uri::from_static(path)).expect("perhaps telemetry");
        refusals.note(&look("/api/v1/push"), 405, &none, 0);
        refusals.note(&look("/api/v1/query"), 400, &none, 0);
        assert!(refusals.all().is_empty());
        assert_eq!(refusals.told().iter().map(|one| &*one.path).collect::<Vec<_>>(), ["/api/v1/push"]);
        assert!(Sent::look(Port::Dashboards, &Method::POST, &Uri::from_static("/api/live/push")).is_none());
        assert!(Sent::look(Port::Dashboards, &Method::POST, &Uri::from_static("/v1/traces")).is_some());
    }
}
