//! Tempo's API as Grafana meets it: statuses, shapes and texts.

mod asking;
mod diff;
mod grafana;
mod grpc;
mod legacy;
mod mcp;
mod status;

use http::StatusCode;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;
use serde_json::json;

use crate::tempo::tests::asking::{RANGE, TRACE, get, get_bytes, refused};

#[tokio::test]
async fn a_trace_is_found_by_its_id() {
    let trace = get(&format!("/api/traces/{TRACE}")).await;
    let spans = &trace["batches"][0]["scopeSpans"][0];
    assert_eq!(spans["scope"], json!({"name": "proof", "version": "1.0"}));
    assert_eq!(spans["spans"][0]["traceId"], "PD35ChQTxfC83CcGslQ1DQ==");
    assert_eq!(spans["spans"][0]["kind"], "SPAN_KIND_SERVER");
    assert_eq!(spans["spans"][0]["status"], json!({}));
    assert_eq!(spans["spans"][1]["startTimeUnixNano"], "1700000000001000000");
    assert_eq!(spans["spans"][1]["status"], json!({"message": "boom", "code": "STATUS_CODE_ERROR"}));
    assert_eq!(spans["spans"][1]["attributes"][1], json!({"key": "rows", "value": {"intValue": "500"}}));
    assert_eq!(spans["spans"][1]["events"][0]["name"], "cache.miss");
    let v2 = get(&format!("/api/v2/traces/{TRACE}")).await;
    assert_eq!(v2["trace"]["resourceSpans"], trace["batches"]);
    assert!(v2["metrics"]["inspectedBytes"].is_string());
    let (_, protobuf) = get_bytes(&format!("/api/traces/{TRACE}"), "application/protobuf").await;
    let decoded = TracesData::decode(&*protobuf).expect("OTLP");
    assert_eq!(decoded.resource_spans[0].scope_spans[0].spans.len(), 2);
}

#[tokio::test]
async fn a_filter_keeps_only_its_spans() {
    let trace = get(&format!("/api/v2/traces/{TRACE}?q=%7B status=error %7D")).await;
    let spans = trace["trace"]["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("spans").clone();
    assert_eq!((spans.len(), &spans[0]["name"]), (1, &json!("db query")));
    let names = |query: &'static str| async move {
        let trace = get(&format!("/api/v2/traces/{TRACE}?q=%7B{query}")).await;
        trace["trace"]["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(names("status=error%7D&keep_hierarchy=true").await, 2);
    assert_eq!(names("status=error%7D&keep_hierarchy=true&ancestor_depth=0").await, 1);
    assert_eq!(names("kind=server%7D&match_depth=0").await, 1);
    assert_eq!((names("kind=server%7D&match_depth=1").await, names("kind=server%7D&match_depth=-1").await), (2, 2));
    assert_eq!(
        refused(&format!("/api/v2/traces/{TRACE}?q=%7B%7D&match_depth=-2")).await,
        "invalid value for match_depth: must be >= -1"
    );
    let refusal = refused(&format!("/api/v2/traces/{TRACE}?q=%7B%7D|rate()")).await;
    assert_eq!(refusal, "invalid TraceQL filter: only a single TraceQL filter is supported: got a metrics query");
}

#[tokio::test]
async fn unknown_and_wrong_ids_are_told_apart() {
    assert_eq!(get_bytes("/api/traces/abc", "*/*").await, (StatusCode::NOT_FOUND, Vec::new()));
    assert_eq!(get("/api/v2/traces/abc").await, json!({"trace": {}, "metrics": {}}));
    let refusal = refused("/api/traces/zz").await;
    assert_eq!(refusal, "trace IDs can only contain hex characters: invalid character 'z' at position 1");
    let (status, body) = get_bytes("/nowhere", "*/*").await;
    assert_eq!((status, body), (StatusCode::NOT_FOUND, b"404 page not found".to_vec()));
}

#[tokio::test]
async fn traces_are_searched_by_query_and_by_tags() {
    let found = get(&format!("/api/search?q=%7Bstatus=error%7D&{RANGE}")).await;
    let trace = &found["traces"][0];
    assert_eq!(trace["traceID"], TRACE);
    assert_eq!((&trace["rootServiceName"], &trace["rootTraceName"]), (&json!("proof-svc"), &json!("GET /proof")));
    assert_eq!((&trace["durationMs"], &trace["startTimeUnixNano"]), (&json!(30), &json!("1700000000000000000")));
    let span = json!({"spanID": "a000000000000002", "startTimeUnixNano": "1700000000001000000",
        "durationNanos": "20000000", "attributes": [{"key": "status", "value": {"stringValue": "error"}}]});
    assert_eq!(trace["spanSets"], json!([{"spans": [span], "matched": 1}]));
    assert_eq!(trace["spanSet"], trace["spanSets"][0]);
    assert_eq!(trace["serviceStats"], json!({"proof-svc": {"spanCount": 2, "errorCount": 1}}));
    let by_tags = get("/api/search?tags=db.system%3Dsqlite rows%3D500&minDuration=10ms&maxDuration=1s").await;
    assert_eq!(by_tags["traces"][0]["traceID"], TRACE);
    assert!(by_tags["traces"][0].get("spanSets").is_none());
    for nothing in ["tags=db.system%3Dredis", "minDuration=1s", "q=%7Bname=\"x\"%7D", "start=1&end=2"] {
        assert_eq!(
            get(&format!("/api/search?{}", nothing.replace('"', "%22"))).await["traces"],
            json!([]),
            "{nothing}"
        );
    }
}

#[tokio::test]
async fn wrong_searches_are_refused_in_tempos_words() {
    for (query, message) in [
        ("q=%7B .a=1 %26%26", "invalid TraceQL query: parse error at line 1, col 10: syntax error: unexpected $end"),
        ("limit=x", "invalid limit: strconv.ParseUint: parsing \"x\": invalid syntax"),
        ("limit=0", "invalid limit: must be a positive number"),
        ("start=10&end=5", "http parameter start must be before end. received start=10 end=5"),
        ("spss=101", "spans per span set exceeds 100. received 101"),
        ("limit=262145", "limit 262145 exceeds max limit 262144"),
        ("q=%7B%7D&tags=a%3Db", "invalid request: can't specify tags and q in the same query"),
        ("tags=a%3Db a%3Dc", "invalid tags: tag a has been set twice"),
        ("minDuration=2s&maxDuration=1s", "invalid maxDuration: must be greater than minDuration"),
        ("start=10", "http parameter start must be before end. received start=10 end=0"),
    ] {
        assert_eq!(refused(&format!("/api/search?{query}")).await, message);
    }
    assert!(refused("/api/search?minDuration=x").await.contains("invalid minDuration"));
    assert!(refused("/api/search?tags=%3Dvalue").await.contains("key=value"));
}

#[tokio::test]
async fn tags_and_their_values_are_listed() {
    let names = get("/api/search/tags").await;
    assert_eq!(names["tagNames"], json!(["db.system", "key", "rows", "service.name"]));
    let scopes = get("/api/v2/search/tags").await;
    let scope = |name: &str| {
        let all = scopes["scopes"].as_array().expect("scopes");
        all.iter().find(|scope| scope["name"] == name).map(|scope| scope["tags"].clone())
    };
    assert_eq!(scope("span"), Some(json!(["db.system", "rows"])));
    assert_eq!((scope("event"), scope("link")), (Some(json!(["key"])), None));
    assert_eq!(scope("intrinsic").and_then(|tags| tags.as_array().map(Vec::len)), Some(25));
    assert_eq!(refused("/api/v2/search/tags?scope=zz").await, "invalid scope: zz");
    assert_eq!(get("/api/search/tag/service.name/values").await["tagValues"], json!(["proof-svc"]));
    assert_eq!(get("/api/search/tag/unknown/values").await["tagValues"], json!([]));
    let values = |name: &'static str| async move {
        get(&format!("/api/v2/search/tag/{name}/values")).await["tagValues"].clone()
    };
    assert_eq!(values("resource.service.name").await, json!([{"type": "string", "value": "proof-svc"}]));
    assert_eq!(values("span.rows").await, json!([{"type": "int", "value": "500"}]));
    // Of an unfinished query the conditions before its end count.
    let unfinished = "span.rows/values?q=%7B kind=client %26%26 status=error %26%26 name=";
    assert_eq!(get(&format!("/api/v2/search/tag/{unfinished}")).await["tagValues"][0]["value"], "500");
    let nothing = get("/api/v2/search/tag/span.rows/values?q=%7B kind=server %26%26 ").await;
    assert_eq!(nothing["tagValues"], json!([]));
    assert_eq!(values("status").await[2], json!({"type": "keyword", "value": "error"}));
    assert_eq!(values("duration").await, json!([]));
    assert_eq!(
        refused("/api/v2/search/tag/nope/values").await,
        "please provide a valid tagName: failed to parse identifier nope: parse error at line 1, col 2: unknown identifier: nope"
    );
}

#[tokio::test]
async fn series_are_computed_from_spans() {
    let path =
        format!("/api/metrics/query_range?q=%7B%7D|count_over_time() by (resource.service.name)&step=10s&{RANGE}");
    let found = get(&path).await;
    assert_eq!(
        found["series"][0]["labels"],
        json!([{"key": "resource.service.name", "value": {"stringValue": "proof-svc"}}])
    );
    assert_eq!(
        found["series"][0]["samples"],
        json!([{"timestampMs": "1699999990000"}, {"timestampMs": "1700000000000", "value": 1},
            {"timestampMs": "1700000010000", "value": 1}, {"timestampMs": "1700000020000"}])
    );
    assert_eq!(
        found["series"][0]["exemplars"][0]["labels"][0],
        json!({"key": "trace:id", "value": {"stringValue": TRACE}})
    );
    let instant = get(&format!("/api/metrics/query?q=%7Bstatus=error%7D|count_over_time() by (status)&{RANGE}")).await;
    assert_eq!(
        instant["series"],
        json!([{"labels": [{"key": "status", "value": {"stringValue": "error"}}], "value": 1}])
    );
    assert_eq!(refused("/api/metrics/query_range?q=%7B%7D").await, "not a metrics query");
    assert_eq!(refused("/api/metrics/query_range").await, "parse error : syntax error: unexpected $end");
    let step = refused("/api/metrics/query_range?q=%7B%7D|rate()&step=x").await;
    assert_eq!(step, "rpc error: code = Code(400) desc = cannot parse \"x\" to a valid duration");
}

#[tokio::test]
async fn it_says_that_it_is_there() {
    assert_eq!(get_bytes("/api/echo", "*/*").await, (StatusCode::OK, b"echo\n".to_vec()));
    assert_eq!(get_bytes("/ready", "*/*").await, (StatusCode::OK, b"ready\n".to_vec()));
    assert!(get("/api/status/buildinfo").await["version"].is_string());
}
