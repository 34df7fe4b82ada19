//! What each request to a port of the lab does: shows a page, reads, sends telemetry, or steers.
//!
//! Whatever is not listed as reading or sending steers, so that a new route is closed to web pages of other origins
//! until somebody opens it here.

use axum::http::{Method, Uri};
use http_door::guard::access::{Access, Classify};

use crate::doors::places;
use crate::ports::Port;

/// Where data sources stand behind the page's own origin.
const SOURCES: &str = "/api/datasources/";
/// The endpoints of Prometheus' API that read by `POST`, too.
const PROMETHEUS_FORMS: [&str; 8] =
    ["query", "query_range", "query_exemplars", "format_query", "parse_query", "series", "labels", "read"];

/// The endpoints of Loki's API that change something by `POST`.
const LOKI_CHANGES: [&str; 2] = ["delete", "rules"];
/// The endpoints of Tempo's API that read by `POST`: its MCP server, and the comparison of two traces.
const TEMPO_QUESTIONS: [&str; 2] = ["/api/mcp", "/api/v2/traces/diff"];
/// The gRPC service that answers searches while they run; gRPC knows `POST` only.
const TEMPO_STREAMS: &str = "/tempopb.StreamingQuerier/";

/// Where expectations are judged, which changes nothing.
const EXPECT: &str = "/api/dicelab/expect";

/// What requests to a port do.
pub fn of(port: Port) -> Classify {
    match port {
        Port::Dashboards => dashboards,
        Port::Metrics => |method, uri| prometheus(method, uri.path()),
        Port::Logs => |method, uri| loki(method, uri.path()),
        Port::Traces => |method, uri| tempo(method, uri.path()),
        Port::OtlpGrpc | Port::OtlpHttp => |method, _| if is_get(method) { Access::Read } else { Access::Send },
        Port::Collector => collector,
        // The services guard their own ports.
        Port::DieService | Port::DiceRoller | Port::Frontend => |_, _| Access::Steer,
    }
}

fn is_get(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// What a `GET` does, or a request of another method that is `other`.
fn by_method(method: &Method, get: Access, other: Access) -> Access {
    if is_get(method) { get } else { other }
}

fn dashboards(method: &Method, uri: &Uri) -> Access {
    let path = uri.path();
    if path == EXPECT {
        return post_only(method, Access::Read);
    }
    if let Some((store, rest)) = store(path) {
        let access = match store {
            "prometheus" | "1" => prometheus(method, &rest),
            "loki" | "2" => loki(method, &rest),
            "alertmanager" | "4" => by_method(method, Access::Read, Access::Steer),
            _ => tempo(method, &rest),
        };
        // A store's own pages belong to its own port.
        return if access == Access::Page { Access::Read } else { access };
    }
    if path == "/api/ds/query" {
        return by_method(method, Access::Read, post_only(method, Access::Read));
    }
    // The address by which whoever knows the key takes a snapshot away.
    if path.starts_with("/api/snapshots-delete/") {
        return Access::Steer;
    }
    let is_data = path.starts_with("/api/")
        || matches!(path, "/api" | "/apis" | "/version" | "/healthz" | "/livez" | "/readyz" | "/openapi")
        || path.starts_with("/openapi/")
        || path.starts_with("/apis/")
        || path.starts_with("/assets/")
        || path.starts_with("/render/")
        || path == "/metrics";
    by_method(method, if is_data { Access::Read } else { Access::Page }, Access::Steer)
}

/// The store, by uid or number, whose path a request names, by the proxy or as a resource; and the path there.
fn store(path: &str) -> Option<(&str, String)> {
    let path = path.strip_prefix(SOURCES)?;
    let (path, is_proxy) = path.strip_prefix("proxy/").map_or((path, false), |path| (path, true));
    let (store, rest) = path.strip_prefix("uid/").unwrap_or(path).split_once('/')?;
    if is_proxy {
        return Some((store, format!("/{rest}")));
    }
    let rest = rest.strip_prefix("resources/")?;
    let is_loki = matches!(store, "loki" | "2") && !rest.starts_with("loki/");
    Some((store, if is_loki { format!("/loki/api/v1/{rest}") } else { format!("/{rest}") }))
}

fn prometheus(method: &Method, path: &str) -> Access {
    if path.starts_with("/-/") && !matches!(path, "/-/healthy" | "/-/ready") {
        return Access::Steer;
    }
    match path.strip_prefix("/api/v1/") {
        Some(admin) if admin.starts_with("admin/") => Access::Steer,
        Some(form) if PROMETHEUS_FORMS.contains(&form) => {
            by_method(method, Access::Read, post_only(method, Access::Read))
        }
        Some("write" | "otlp/v1/metrics") => by_method(method, Access::Read, post_only(method, Access::Send)),
        None if path == "/targets" || places::is_place(path) => by_method(method, Access::Page, Access::Steer),
        _ => by_method(method, Access::Read, Access::Steer),
    }
}

fn loki(method: &Method, path: &str) -> Access {
    let posted = match path.strip_prefix("/loki/api/v1/") {
        Some("push") => Access::Send,
        Some(path) if LOKI_CHANGES.iter().all(|change| !path.starts_with(change)) => Access::Read,
        _ => Access::Steer,
    };
    by_method(method, Access::Read, post_only(method, posted))
}

fn tempo(method: &Method, path: &str) -> Access {
    let is_question = TEMPO_QUESTIONS.contains(&path) || path.starts_with(TEMPO_STREAMS);
    by_method(method, Access::Read, if is_question { post_only(method, Access::Read) } else { Access::Steer })
}

fn collector(method: &Method, uri: &Uri) -> Access {
    if uri.path() == EXPECT {
        return post_only(method, Access::Read);
    }
    by_method(method, if uri.path() == "/" { Access::Page } else { Access::Read }, Access::Steer)
}

/// What a `POST` does; other methods steer, `OPTIONS` reads.
fn post_only(method: &Method, access: Access) -> Access {
    match *method {
        Method::POST => access,
        Method::OPTIONS => Access::Read,
        _ => Access::Steer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Access::{Page, Read, Send, Steer};

    /// What a request to a port does.
    const REQUESTS: [(Port, &str, Access); 93] = [
        (Port::Metrics, "GET /api/v1/query?query=up", Read),
        (Port::Metrics, "POST /api/v1/query_range", Read),
        (Port::Metrics, "GET /api/v1/status/config", Read),
        (Port::Metrics, "POST /api/v1/read", Read),
        (Port::Metrics, "GET /federate?match[]=up", Read),
        (Port::Metrics, "GET /metrics", Read),
        (Port::Metrics, "GET /targets", Page),
        (Port::Metrics, "GET /", Page),
        (Port::Metrics, "GET /graph?g0.expr=up", Page),
        (Port::Logs, "POST /loki/api/v1/rules/mine", Steer),
        (Port::Logs, "DELETE /loki/api/v1/rules/mine/group", Steer),
        (Port::Logs, "GET /loki/api/v1/rules", Read),
        (Port::Metrics, "POST /rules", Steer),
        (Port::Metrics, "POST /targets", Steer),
        (Port::Metrics, "POST /api/v1/write", Send),
        (Port::Metrics, "POST /api/v1/otlp/v1/metrics", Send),
        (Port::Metrics, "POST /-/reload", Steer),
        (Port::Metrics, "PUT /-/reload", Steer),
        (Port::Metrics, "POST /-/quit", Steer),
        (Port::Metrics, "GET /-/healthy", Read),
        (Port::Metrics, "POST /api/v1/admin/tsdb/delete_series", Steer),
        (Port::Metrics, "PUT /api/v1/admin/tsdb/snapshot", Steer),
        (Port::Metrics, "GET /api/v1/admin/tsdb/snapshot", Steer),
        (Port::Metrics, "DELETE /api/v1/series", Steer),
        (Port::Logs, "POST /loki/api/v1/push", Send),
        (Port::Logs, "POST /loki/api/v1/query_range", Read),
        (Port::Logs, "GET /loki/api/v1/tail", Read),
        (Port::Logs, "POST /loki/api/v1/delete", Steer),
        (Port::Logs, "POST /flush", Steer),
        (Port::Traces, "GET /api/search", Read),
        (Port::Traces, "POST /api/search", Steer),
        (Port::Traces, "POST /api/mcp", Read),
        (Port::Traces, "DELETE /api/mcp", Steer),
        (Port::Traces, "POST /api/v2/traces/diff", Read),
        (Port::Traces, "POST /tempopb.StreamingQuerier/Search", Read),
        (Port::Traces, "POST /tempopb.Pusher/PushBytes", Steer),
        (Port::OtlpHttp, "POST /v1/traces", Send),
        (Port::OtlpGrpc, "POST /opentelemetry.proto.collector.logs.v1.LogsService/Export", Send),
        (Port::Collector, "GET /", Page),
        (Port::Collector, "GET /api/v0/status", Read),
        (Port::Collector, "POST /api/v0/faults", Steer),
        (Port::Collector, "DELETE /api/v0/faults", Steer),
        (Port::Collector, "POST /api/v0/traffic/pause", Steer),
        (Port::Collector, "POST /api/v0/report", Steer),
        (Port::Dashboards, "GET /", Page),
        (Port::Dashboards, "GET /d/stage4", Page),
        (Port::Dashboards, "GET /assets/x.js", Read),
        (Port::Dashboards, "GET /api/dashboards/uid/x", Read),
        (Port::Dashboards, "DELETE /api/dashboards/uid/x", Steer),
        (Port::Dashboards, "POST /api/dashboards/db", Steer),
        (Port::Dashboards, "POST /api/lab/processes/x/restart", Steer),
        (Port::Dashboards, "POST /api/lab/traffic/pause", Steer),
        (Port::Dashboards, "POST /api/datasources/proxy/uid/prometheus/-/reload", Steer),
        (Port::Dashboards, "POST /api/datasources/proxy/uid/prometheus/api/v1/admin/tsdb/snapshot", Steer),
        (Port::Dashboards, "POST /api/datasources/proxy/uid/prometheus/api/v1/query", Read),
        (Port::Dashboards, "GET /api/datasources/proxy/uid/prometheus/targets", Read),
        (Port::Dashboards, "POST /api/datasources/proxy/uid/loki/loki/api/v1/push", Send),
        (Port::Dashboards, "GET /api/datasources/proxy/uid/tempo/api/search", Read),
        (Port::Dashboards, "POST /api/datasources/proxy/1/-/reload", Steer),
        (Port::Dashboards, "POST /api/datasources/proxy/2/loki/api/v1/push", Send),
        (Port::Dashboards, "POST /api/datasources/uid/prometheus/resources/api/v1/query", Read),
        (Port::Dashboards, "POST /api/datasources/1/resources/api/v1/admin/tsdb/snapshot", Steer),
        (Port::Dashboards, "POST /api/datasources/uid/prometheus/resources/-/reload", Steer),
        (Port::Dashboards, "POST /api/datasources/uid/loki/resources/labels", Read),
        (Port::Dashboards, "POST /api/datasources/uid/loki/resources/push", Send),
        (Port::Dashboards, "POST /api/datasources/2/resources/loki/api/v1/push", Send),
        (Port::Dashboards, "POST /api/datasources/uid/tempo/resources/api/search", Steer),
        (Port::Dashboards, "GET /api/datasources/uid/loki/health", Read),
        (Port::Dashboards, "POST /api/ds/query", Read),
        (Port::Dashboards, "DELETE /api/ds/query", Steer),
        (Port::Dashboards, "GET /api/annotations", Read),
        (Port::Dashboards, "POST /api/annotations", Steer),
        (Port::Dashboards, "PATCH /api/annotations/1", Steer),
        (Port::Dashboards, "DELETE /api/folders/x", Steer),
        (Port::Dashboards, "POST /api/alertmanager/grafana/api/v2/silences", Steer),
        (Port::Dashboards, "DELETE /api/alertmanager/alertmanager/api/v2/silence/x", Steer),
        (Port::Dashboards, "GET /api/datasources/proxy/uid/alertmanager/api/v2/silences", Read),
        (Port::Dashboards, "POST /api/datasources/proxy/uid/alertmanager/api/v2/silences", Steer),
        (Port::Dashboards, "DELETE /api/datasources/proxy/4/api/v2/silence/x", Steer),
        (Port::Dashboards, "GET /api/prometheus/grafana/api/v1/rules", Read),
        (Port::Dashboards, "GET /apis/dashboard.grafana.app", Read),
        (Port::Dashboards, "PUT /apis/dashboard.grafana.app/v1/namespaces/default/dashboards/x", Steer),
        (Port::Dashboards, "PATCH /apis/dashboard.grafana.app/v2/namespaces/default/dashboards/x", Steer),
        (Port::Dashboards, "DELETE /apis/folder.grafana.app/v1/namespaces/default/folders/x", Steer),
        (Port::Dashboards, "POST /api/dashboards/uid/x/restore", Steer),
        (Port::Dashboards, "POST /api/folders/x/move", Steer),
        (Port::Dashboards, "POST /api/short-urls", Steer),
        (Port::Dashboards, "POST /api/snapshots", Steer),
        (Port::Dashboards, "GET /api/snapshots/x", Read),
        (Port::Dashboards, "DELETE /api/snapshots/x", Steer),
        (Port::Dashboards, "GET /api/snapshots-delete/x", Steer),
        (Port::Dashboards, "GET /goto/x", Page),
        (Port::Dashboards, "GET /render/d-solo/x", Read),
    ];

    #[test]
    fn every_route_of_every_port_does_what_its_name_says() {
        for (port, request, access) in REQUESTS {
            let (method, uri) = request.split_once(' ').expect("a method and a path");
            let (method, uri) = (method.parse().expect("a method"), uri.parse().expect("a URI"));
            assert_eq!(of(port)(&method, &uri), access, "{} {request}", port.what());
        }
    }
}
