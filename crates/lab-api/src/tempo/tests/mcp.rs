//! The tools of the Model Context Protocol, as a client uses them.

use http::StatusCode;
use serde_json::{Value, json};

use crate::tempo::tests::asking::{TRACE, get_bytes, post, store};

async fn ask(method: &str, params: Value) -> Value {
    let message = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    let (status, text) = post(store(), "/api/mcp", message).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&answer["jsonrpc"], &answer["id"]), (&json!("2.0"), &json!(7)));
    answer
}

/// What a tool says, and whether it is an error.
async fn call(tool: &str, arguments: Value) -> (String, bool) {
    let answer = ask("tools/call", json!({"name": tool, "arguments": arguments})).await;
    let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
    (text.to_owned(), answer["result"]["isError"] == true)
}

#[tokio::test]
async fn a_client_is_greeted_in_its_version() {
    for (wanted, spoken) in [("2025-03-26", "2025-03-26"), ("2199-01-01", "2025-11-25")] {
        let answer = ask("initialize", json!({"protocolVersion": wanted, "capabilities": {}})).await;
        assert_eq!(answer["result"]["protocolVersion"], spoken);
        assert!(answer["result"]["capabilities"]["tools"].is_object());
    }
    assert_eq!(ask("ping", json!({})).await["result"], json!({}));
    let notified = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    assert_eq!(post(store(), "/api/mcp", notified).await, (StatusCode::ACCEPTED, String::new()));
    assert_eq!(get_bytes("/api/mcp", "text/event-stream").await.0, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn every_tool_that_is_listed_answers() {
    let listed = ask("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().expect("tools").clone();
    assert_eq!(tools.len(), 9);
    for tool in tools {
        let name = tool["name"].as_str().expect("a name");
        let value = |argument: &str| match argument {
            "query" if name == "traceql-search" => "{ status = error }",
            "query" => "{ } | count_over_time()",
            "name" => "resource.service.name",
            _ => TRACE,
        };
        let required = tool["inputSchema"]["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        let arguments = required.iter().filter_map(Value::as_str);
        let arguments = arguments.map(|argument| (argument.to_owned(), json!(value(argument)))).collect();
        let (text, is_error) = call(name, Value::Object(arguments)).await;
        assert!(!is_error && text.len() > 20, "{name}: {text}");
    }
}

#[tokio::test]
async fn tools_answer_what_the_endpoints_answer() {
    let range = json!({"query": "{ status = error }", "start": "2023-11-14T22:13:10Z", "end": "2023-11-14T22:13:40Z"});
    let (found, _) = call("traceql-search", range).await;
    let found: Value = serde_json::from_str(&found).expect("JSON");
    assert_eq!(found["traces"][0]["traceID"], TRACE);
    let (values, _) = call("get-attribute-values", json!({"name": "resource.service.name"})).await;
    assert!(values.contains("proof-svc"), "{values}");
    let (diff, _) = call("trace-diff", json!({"base_trace_id": TRACE, "compare_trace_id": TRACE})).await;
    assert!(diff.contains("trace-summary-v0-composed"), "{diff}");
    let (docs, _) = call("docs-traceql", json!({"name": "structural"})).await;
    assert!(docs.contains(">>"), "{docs}");
}

#[tokio::test]
async fn a_wrong_query_is_a_result_and_a_wrong_call_a_failure() {
    let (text, is_error) = call("traceql-search", json!({"query": "{"})).await;
    assert!(is_error && text.contains("unexpected $end"), "{text}");
    let (text, is_error) = call("traceql-search", json!({"query": "{}", "start": "yesterday"})).await;
    assert!(is_error && text.contains("RFC 3339"), "{text}");
    for (method, params, code) in [
        ("bogus", json!({}), -32_601),
        ("tools/call", json!({"name": "nope"}), -32_602),
        ("resources/read", json!({"uri": "docs://nothing"}), -32_002),
    ] {
        assert_eq!(ask(method, params).await["error"]["code"], code, "{method}");
    }
    for (body, code) in [("{bad", -32_700), ("[]", -32_600), ("{\"id\": 1}", -32_600)] {
        let (status, text) = post(store(), "/api/mcp", body).await;
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(code)), "{body}");
    }
}

#[tokio::test]
async fn wrong_arguments_are_results_that_say_what_is_wrong() {
    let hour = json!({"base_trace_id": TRACE, "compare_trace_id": TRACE, "base_start": "2023-11-14T22:13:10Z"});
    for (tool, arguments, why) in [
        ("get-trace", json!({}), "\"trace_id\""),
        ("get-trace", json!({"trace_id": 5}), "has to be a text"),
        ("get-trace", json!({"trace_id": "xyz"}), "400"),
        ("traceql-search", json!({"query": "{ } | rate()"}), "traceql-metrics-instant"),
        ("traceql-metrics-instant", json!({"query": "{ }"}), "traceql-search"),
        ("traceql-metrics-range", json!({"query": "{ }"}), "traceql-search"),
        ("traceql-metrics-range", json!({"query": "{ } | rate()", "end": "now"}), "RFC 3339"),
        ("get-attribute-names", json!({"scope": "nowhere"}), "nowhere"),
        ("get-attribute-values", json!({"name": "resource.service.name", "filter-query": "status"}), "filter-query"),
        ("trace-diff", json!({"base_trace_id": TRACE, "compare_trace_id": TRACE, "format": ""}), "must not be empty"),
        ("trace-diff", json!({"base_trace_id": TRACE, "compare_trace_id": TRACE, "format": "x"}), "invalid format"),
        ("trace-diff", hour, "base_start and base_end"),
        ("docs-config", json!({}), "\"name\""),
    ] {
        let (text, is_error) = call(tool, arguments.clone()).await;
        assert!(is_error && text.contains(why), "{tool} {arguments}: {text}");
    }
    // What a tool does not know is passed over, and `null` is an argument that was left out.
    let (found, is_error) = call("get-attribute-names", json!({"scope": null, "datasourceUid": "tempo"})).await;
    assert!(!is_error && found.contains("service.name"), "{found}");
}

#[tokio::test]
async fn a_result_says_what_it_is_and_is_short_where_there_is_a_short_form() {
    let answer = ask("tools/call", json!({"name": "get-trace", "arguments": {"trace_id": TRACE}})).await;
    assert_eq!(answer["result"]["_meta"], json!({"type": "trace", "encoding": "json", "version": "2"}));
    let text = answer["result"]["content"][0]["text"].as_str().expect("a text");
    let shown: Value = serde_json::from_str(text).expect("JSON");
    let service = &shown["trace"]["services"][0];
    assert_eq!((&shown["trace"]["traceId"], &service["serviceName"]), (&json!(TRACE), &json!("proof-svc")));
    assert_eq!(service["scopes"][0]["spans"][1]["attributes"], json!({"db.system": "sqlite", "rows": 500}));
    assert_eq!(service["scopes"][0]["spans"][1]["status"], json!({"code": "STATUS_CODE_ERROR", "message": "boom"}));
    let (values, _) = call("get-attribute-values", json!({"name": "span.rows"})).await;
    let values: Value = serde_json::from_str(&values).expect("JSON");
    assert_eq!(values["tagValues"], json!({"int": ["500"]}));
    // Any client may ask for the short form; what has none is JSON.
    let form = "application/vnd.grafana.llm";
    let (_, trace) = get_bytes(&format!("/api/v2/traces/{TRACE}"), form).await;
    assert_eq!(serde_json::from_slice::<Value>(&trace).expect("JSON"), shown);
    let (_, names) = get_bytes("/api/v2/search/tags", form).await;
    assert!(serde_json::from_slice::<Value>(&names).expect("JSON")["scopes"].is_array());
    let (status, none) = get_bytes("/api/v2/traces/ffff", form).await;
    assert_eq!((status, none.as_slice()), (StatusCode::OK, b"{}".as_slice()));
}

#[tokio::test]
async fn a_schema_says_which_values_there_are() {
    let listed = ask("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().expect("tools");
    let schema = |name: &str| {
        let tool = tools.iter().find(|tool| tool["name"] == name).unwrap_or_else(|| panic!("{name}"));
        tool["inputSchema"].clone()
    };
    let format = &schema("trace-diff")["properties"]["format"];
    assert_eq!(format["enum"], json!(["trace-summary-v0-composed", "trace-summary-v0-native", "trace-patch-v0"]));
    assert_eq!((&format["default"], &format["minLength"]), (&json!("trace-summary-v0-composed"), &json!(1)));
    assert_eq!(schema("docs-config")["properties"]["name"]["enum"], json!(["config-overview", "config-reference"]));
    assert_eq!(schema("docs-traceql")["required"], json!(["name"]));
    assert_eq!(schema("get-attribute-names").get("required"), None);
}

#[tokio::test]
async fn texts_about_the_language_can_be_read() {
    let listed = ask("resources/list", json!({})).await;
    for resource in listed["result"]["resources"].as_array().expect("resources") {
        let read = ask("resources/read", json!({"uri": resource["uri"]})).await;
        assert!(read["result"]["contents"][0]["text"].as_str().is_some_and(|text| text.contains("# ")), "{read}");
    }
}
