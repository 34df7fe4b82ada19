//! Every tool of Grafana's MCP server that concerns data sources, dashboards, Prometheus, Loki, Tempo, alert rules, silences
//! and annotations gives the right answer.

use std::collections::BTreeSet;

use dicelab::ports::Port;
use lab_testkit::peers::program::Program;
use serde_json::{Value, json};

use crate::peers::grafana::data::{self, TRACES};
use crate::peers::grafana::mcp::Mcp;

/// Tools about products that the lab does not stand for: incidents and who is on call, analyses by Grafana's cloud, profiles,
/// plug-ins and their documents, provisioning from repositories, and the configuration of another collector.
const OF_OTHERS: [&str; 12] = [
    "incident",
    "oncall",
    "alert_group",
    "sift",
    "find_error_pattern_logs",
    "find_slow_requests",
    "get_assertions",
    "pyroscope",
    "plugin",
    "_doc",
    "provisioning",
    "suggest_loki_alloy_label_config",
];

/// A server that is asked about one lab, and the tools that it was asked for.
struct Judge(Mcp, BTreeSet<String>);

impl Judge {
    /// Asks a tool; what stands in its answer at each of these places (RFC 6901) must be this.
    fn has(&mut self, tool: &str, arguments: Value, wanted: &[(&str, Value)]) -> Value {
        self.1.insert(tool.to_owned());
        let answer = self.0.tool(tool, &arguments).unwrap_or_else(|said| panic!("{tool} {arguments}: {said}"));
        for (place, wanted) in wanted {
            let found = answer.pointer(place).unwrap_or(&Value::Null);
            assert_eq!(found, wanted, "{tool} {arguments}: {place} of {answer}");
        }
        answer
    }

    /// Asks a tool whose answer must have these words.
    fn says(&mut self, tool: &str, arguments: Value, words: &[&str]) {
        let answer = self.has(tool, arguments, &[]).to_string();
        for words in words {
            assert!(answer.contains(words), "{tool}: {words:?} is missing in {answer}");
        }
    }

    /// Asks a tool that must refuse with these words.
    fn refuses(&mut self, tool: &str, arguments: &Value, words: &str) {
        self.1.insert(tool.to_owned());
        let said = self.0.tool(tool, arguments).expect_err("a refusal");
        assert!(said.contains(words), "{tool} {arguments}: {words:?} is missing in {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_of_grafana_s_mcp_server_get_the_right_answers() {
    let Some(program) = Program::find("mcp-grafana") else { return };
    let lab = data::lab().await;
    let url = format!("http://127.0.0.1:{}", lab.number(Port::Dashboards));
    let mut judge = Judge(Mcp::start(&program, &url), BTreeSet::new());
    sources(&mut judge);
    metrics(&mut judge);
    logs(&mut judge);
    traces(&mut judge);
    dashboards(&mut judge);
    snapshots_and_links(&mut judge, &url);
    annotations(&mut judge);
    alerting(&mut judge);

    let is_of_others =
        |tool: &String| *tool != "get_tempo_traceql_docs" && OF_OTHERS.iter().any(|part| tool.contains(part));
    let offered = judge.0.offered();
    assert!(offered.len() > 60, "{offered:?}");
    let forgotten: Vec<_> = offered.iter().filter(|tool| !judge.1.contains(*tool) && !is_of_others(tool)).collect();
    assert!(forgotten.is_empty(), "tools that are not asked: {forgotten:?}");
}

fn sources(judge: &mut Judge) {
    judge.has("list_datasources", json!({}), &[("/total", json!(3)), ("/datasources/2/uid", json!("tempo"))]);
    judge.has("get_datasource", json!({ "uid": "loki" }), &[("/type", json!("loki")), ("/id", json!(2))]);
    judge.has("get_datasource", json!({ "name": "Tempo" }), &[("/uid", json!("tempo"))]);
    judge.refuses("get_datasource", &json!({ "uid": "nope" }), "not found");
    judge.has("check_datasources_health", json!({}), &[("/healthy", json!(3)), ("/unhealthy", json!(0))]);
    let new = json!({ "type": "prometheus", "name": "x", "url": "http://x", "schemaReviewed": true });
    judge.refuses("create_datasource", &new, "cannot be added");
    let changed = json!({ "uid": "loki", "name": "x", "schemaReviewed": true });
    judge.refuses("update_datasource", &changed, "cannot be added, changed or deleted");
    judge.has("user_info", json!({}), &[("/login", json!("anonymous")), ("/orgs/0/role", json!("Admin"))]);
    let health = json!({ "method": "GET", "endpoint": "/api/health" });
    judge.has("grafana_api_request", health, &[("/status", json!(200)), ("/data/database", json!("ok"))]);
}

fn metrics(judge: &mut Judge) {
    let of = |more: Value| {
        let mut all = json!({ "datasourceUid": "prometheus" });
        all.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        all
    };
    let instant = of(json!({ "expr": "jobs_total", "queryType": "instant", "endTime": "now" }));
    judge.has("query_prometheus", instant, &[("/data/0/value/1", json!("7")), ("/data/0/metric/job", json!("shop"))]);
    let range = json!({ "expr": "sum(jobs_total)", "queryType": "range", "startTime": "now-10s", "endTime": "now" });
    let mut range = of(range);
    range["stepSeconds"] = json!(5);
    judge.has("query_prometheus", range, &[("/data/0/values/0/1", json!("7"))]);
    let wrong = of(json!({ "expr": "sum(", "queryType": "instant", "endTime": "now" }));
    judge.says("get_query_examples", json!({ "datasourceType": "prometheus" }), &["sum by (job) (up)"]);
    judge.refuses("query_prometheus", &wrong, "unclosed left parenthesis");
    judge.says("query_prometheus_histogram", of(json!({ "metric": "size", "percentile": 50 })), &["\"1.5\""]);
    judge.has("list_prometheus_metric_names", of(json!({ "regex": "jobs.*" })), &[("/0", json!("jobs_total"))]);
    let metadata = [("/jobs_total/0/type", json!("counter")), ("/jobs_total/0/help", json!("Jobs done."))];
    judge.has("list_prometheus_metric_metadata", of(json!({ "metric": "jobs_total" })), &metadata);
    let filter = json!([{ "filters": [{ "name": "__name__", "value": "jobs_total", "type": "=" }] }]);
    let names = judge.has("list_prometheus_label_names", of(json!({ "matches": filter })), &[]);
    assert!(names.as_array().is_some_and(|names| names.contains(&json!("job"))), "{names}");
    let values = of(json!({ "labelName": "job", "matches": filter }));
    judge.has("list_prometheus_label_values", values, &[("", json!(["shop"]))]);
}

fn logs(judge: &mut Judge) {
    let of = |logql: &str| json!({ "datasourceUid": "loki", "logql": logql });
    judge.says("list_loki_label_names", json!({ "datasourceUid": "loki" }), &["\"service_name\""]);
    let values = json!({ "datasourceUid": "loki", "labelName": "service_name" });
    judge.has("list_loki_label_values", values, &[("", json!(["shop"]))]);
    let lines = of("{service_name=\"shop\"} |= \"item 0\"");
    judge.has("query_loki_logs", lines, &[("/data/0/line", json!("sold out of item 0")), ("/data/1", Value::Null)]);
    let mut counted = of("sum(count_over_time({service_name=\"shop\"}[5m]))");
    counted["queryType"] = json!("instant");
    judge.has("query_loki_logs", counted, &[("/data/0/value", json!(6))]);
    judge.refuses("query_loki_logs", &of("{service_name="), "syntax error: unexpected $end");
    judge.has("query_loki_stats", of("{service_name=\"shop\"}"), &[("/streams", json!(1)), ("/entries", json!(6))]);
    judge.says("query_loki_patterns", of("{service_name=\"shop\"}"), &["sold out of item", "\"totalCount\":6"]);
    judge.has("analyze_loki_labels", json!({ "datasourceUid": "loki" }), &[("/audit/mode", json!("live"))]);
}

fn traces(judge: &mut Judge) {
    let of = |query: &str| json!({ "datasourceUid": "tempo", "query": query });
    let search = of("{ name = \"checkout\" && duration > 50ms }");
    let wanted = [
        ("/traces/0/traceID", json!(TRACES[1])),
        ("/traces/0/rootServiceName", json!("shop")),
        ("/traces/1", Value::Null),
    ];
    judge.has("search_tempo_traces", search, &wanted);
    judge.refuses("search_tempo_traces", &of("{ name = checkout }"), "parse error at line 1, col 10");
    judge.says(
        "list_tempo_attribute_names",
        json!({ "datasourceUid": "tempo", "scope": "resource" }),
        &["service.name"],
    );
    let values = json!({ "datasourceUid": "tempo", "name": "resource.service.name" });
    judge.says("get_tempo_traceql_docs", json!({ "topic": "metrics" }), &["quantile_over_time"]);
    judge.says("list_tempo_attribute_values", values, &["\"shop\""]);
    let mut counted = of("{} | count_over_time()");
    counted["type"] = json!("instant");
    judge.has("query_tempo_metrics", counted, &[("/series/0/value", json!(2))]);
    let trace = json!({ "datasourceUid": "tempo", "trace_id": TRACES[0] });
    judge.says("get_tempo_trace", trace, &["\"checkout\"", "\"shop\""]);
    let two = json!({ "datasourceUid": "tempo", "base_trace_id": TRACES[0], "compare_trace_id": TRACES[1] });
    let wanted = [("/summary/base/durationMs", json!(30)), ("/summary/compare/durationMs", json!(90))];
    judge.has("diff_tempo_traces", two, &wanted);
}

fn dashboards(judge: &mut Judge) {
    let board = json!({ "uid": "mine", "title": "Mine", "tags": ["agent"], "panels": [{ "id": 1, "type": "timeseries",
        "title": "Jobs", "datasource": { "type": "prometheus", "uid": "prometheus" },
        "targets": [{ "refId": "A", "expr": "jobs_total" }] }] });
    judge.has("create_folder", json!({ "title": "Team", "uid": "team" }), &[("/version", json!(1))]);
    judge.has(
        "create_folder",
        json!({ "title": "Inner", "uid": "inner", "parentUid": "team" }),
        &[("/parentUid", json!("team"))],
    );
    judge.says("search_folders", json!({ "query": "Team" }), &["\"team\""]);
    let new = json!({ "dashboard": board, "folderUid": "team", "message": "first" });
    judge.has("update_dashboard", new, &[("/version", json!(1)), ("/folderUid", json!("team"))]);
    let operations = json!([{ "op": "replace", "path": "$.title", "value": "Mine, changed" }]);
    judge.has(
        "update_dashboard",
        json!({ "uid": "mine", "operations": operations, "message": "second" }),
        &[("/version", json!(2))],
    );
    judge.has("get_dashboard_by_uid", json!({ "uid": "mine" }), &[("/dashboard/title", json!("Mine, changed"))]);
    judge.has("get_dashboard_by_uid", json!({ "uid": "mine", "version": 1 }), &[("/dashboard/title", json!("Mine"))]);
    judge.refuses("get_dashboard_by_uid", &json!({ "uid": "nope" }), "not found");
    judge.has(
        "list_dashboard_versions",
        json!({ "uid": "mine" }),
        &[("/0/message", json!("second")), ("/1/message", json!("first"))],
    );
    judge.has(
        "get_dashboard_summary",
        json!({ "uid": "mine" }),
        &[("/panelCount", json!(1)), ("/panels/0/title", json!("Jobs"))],
    );
    judge.has(
        "get_dashboard_property",
        json!({ "uid": "mine", "jsonPath": "$.panels[0].type" }),
        &[("", json!("timeseries"))],
    );
    judge.has("get_dashboard_panel_queries", json!({ "uid": "mine" }), &[("/0/query", json!("jobs_total"))]);
    let panel = json!({ "dashboardUid": "mine", "panelIds": [1], "start": "now-1m", "end": "now" });
    let wanted = [
        ("/results/1/datasourceType", json!("prometheus")),
        ("/results/1/results/0/metric/job", json!("shop")),
        ("/results/1/results/0/values/0/1", json!("7")),
    ];
    judge.has("run_panel_query", panel, &wanted);
    judge.refuses("get_panel_image", &json!({ "dashboardUid": "mine", "panelId": 1 }), "501");
    judge.has(
        "search_dashboards",
        json!({ "tag": ["agent"] }),
        &[("/total", json!(1)), ("/dashboards/0/uid", json!("mine"))],
    );
    judge.has("search_dashboards", json!({ "folderUid": "inner" }), &[("/total", json!(0))]);
}

fn snapshots_and_links(judge: &mut Judge, url: &str) {
    let made =
        judge.has("create_snapshot", json!({ "dashboard": { "title": "Kept", "panels": [] }, "name": "Before" }), &[]);
    let key = json!({ "key": made["key"] });
    judge.has("list_snapshots", json!({ "query": "before" }), &[("/0/key", made["key"].clone())]);
    judge.says("get_snapshot", key.clone(), &["Kept"]);
    judge.has("delete_snapshot", key.clone(), &[]);
    judge.refuses("get_snapshot", &key, "404");
    let board = json!({ "resourceType": "dashboard", "dashboardUid": "mine" });
    judge.has("generate_deeplink", board, &[("", json!(format!("{url}/d/mine")))]);
    let queries = json!([{ "refId": "A", "expr": "up" }]);
    let explore = json!({ "resourceType": "explore", "datasourceUid": "prometheus", "queries": queries });
    judge.says("generate_deeplink", explore, &["/explore?panes="]);
}

fn annotations(judge: &mut Judge) {
    let note = json!({ "dashboardUid": "mine", "panelId": 1, "text": "deployed", "tags": ["deploy"], "time": 1_700_000_000_000_u64 });
    let id = judge.has("create_annotation", note, &[])["Payload"]["id"].clone();
    judge.has(
        "create_annotation",
        json!({ "format": "graphite", "what": "event", "when": 1_700_000_000, "tags": ["g"] }),
        &[],
    );
    let of_board = json!({ "dashboardUid": "mine" });
    judge.has(
        "get_annotations",
        of_board.clone(),
        &[("/Payload/0/text", json!("deployed")), ("/Payload/1", Value::Null)],
    );
    judge.has("update_annotation", json!({ "id": id, "text": "rolled back", "tags": ["deploy", "v2"] }), &[]);
    judge.has("get_annotations", json!({ "tags": ["v2"] }), &[("/Payload/0/text", json!("rolled back"))]);
    judge.says("get_annotation_tags", json!({}), &["\"deploy\"", "\"g\"", "\"v2\""]);
    judge.has("delete_annotation", json!({ "id": id }), &[]);
    judge.has("get_annotations", of_board, &[("/Payload", json!([]))]);
}

fn alerting(judge: &mut Judge) {
    let rule = [("/0/title", json!("Told")), ("/0/state", json!("firing")), ("/0/uid", json!("shop-Told"))];
    judge.has("alerting_manage_rules", json!({ "operation": "list" }), &rule);
    judge.has("alerting_manage_rules", json!({ "operation": "list", "datasource_uid": "prometheus" }), &rule[..2]);
    let one = |operation: &str| json!({ "operation": operation, "rule_uid": "shop-Told" });
    judge.says("alerting_manage_rules", one("get"), &["Told", "vector(7)", "always"]);
    judge.says("alerting_manage_rules", one("versions"), &["shop-Told"]);
    judge.refuses("alerting_manage_rules", &one("delete"), "403");
    let routing = |operation: &str| json!({ "operation": operation });
    judge.has("alerting_manage_routing", routing("get_notification_policies"), &[("/receiver", json!("none"))]);
    for operation in ["get_contact_points", "get_time_intervals"] {
        judge.has("alerting_manage_routing", routing(operation), &[("", json!([]))]);
    }

    let matchers = json!([{ "name": "alertname", "value": "Told" }]);
    let times = |end: &str| {
        json!({ "operation": "create", "comment": "quiet", "matchers": matchers,
        "starts_at": "2026-01-01T00:00:00Z", "ends_at": end })
    };
    let made = judge.has("alerting_manage_silences", times("2099-01-01T00:00:00Z"), &[]);
    let id = made["silenceID"].clone();
    let state = [("/0/id", id.clone()), ("/0/status/state", json!("active"))];
    judge.has("alerting_manage_silences", json!({ "operation": "list" }), &state);
    let known = judge.has(
        "alerting_manage_silences",
        json!({ "operation": "get", "silence_id": id }),
        &[("/comment", json!("quiet"))],
    );
    let mut longer = times("2099-02-01T00:00:00Z");
    for (name, value) in
        [("operation", json!("update")), ("silence_id", id.clone()), ("starts_at", known["startsAt"].clone())]
    {
        longer[name] = value;
    }
    judge.has("alerting_manage_silences", longer, &[("/silenceID", id.clone())]);
    judge.has("alerting_manage_silences", json!({ "operation": "delete", "silence_id": id }), &[]);
    let gone = json!({ "operation": "get", "silence_id": id });
    judge.has("alerting_manage_silences", gone, &[("/status/state", json!("expired"))]);
    judge.refuses("alerting_manage_silences", &times("soon"), "ends_at");
}
