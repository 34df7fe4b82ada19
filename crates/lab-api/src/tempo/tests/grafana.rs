//! What Grafana asks of this port: the calls of its Tempo data source and of its app that looks into traces, as their sources
//! write them, with the filters of a user put in.

use serde_json::Value;

use crate::tempo::tests::asking::{RANGE, TRACE, get, get_bytes};

/// The filters of a user, and the roots that the app looks at unless told otherwise.
const FILTERS: &str = "nestedSetParent<0 && true && resource.service.name=\"proof-svc\"";

/// Asks for `path` with these parameters, of which `{}` in a query stands for the filters.
async fn ask(path: &str, parameters: &[(&str, &str)]) -> Value {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        query.append_pair(name, &value.replace("${filters}", FILTERS));
    }
    get(&format!("{path}?{}&{RANGE}", query.finish())).await
}

/// Series over steps.
async fn series(q: &str) -> Vec<Value> {
    let answer = ask("/api/metrics/query_range", &[("q", q), ("step", "10s"), ("exemplars", "100")]).await;
    answer["series"].as_array().unwrap_or_else(|| panic!("{q}: {answer}")).clone()
}

fn label<'a>(series: &'a Value, name: &str) -> Option<&'a Value> {
    let labels = series["labels"].as_array()?;
    labels.iter().find(|label| label["key"] == name).map(|label| &label["value"])
}

#[tokio::test]
async fn the_panels_of_rate_errors_and_duration_have_series() {
    for (q, labels) in [
        ("{${filters} && status!=error} | rate() ", &["__name__"][..]),
        ("{${filters} && true} | rate() by(resource.service.name) with(sample=true)", &["resource.service.name"]),
        ("{true && status=error} | rate() by(status)", &["status"]),
        (
            "{true && status=error && resource.service.name != nil} | rate() by(resource.service.name, status)",
            &["resource.service.name", "status"],
        ),
        ("{${filters}} | quantile_over_time(duration, 0.9) ", &["p"]),
        (
            "{${filters} && name != nil} | quantile_over_time(duration, 0.5,0.9) by(name) with(sample=true)",
            &["name", "p"],
        ),
        ("{${filters}} | histogram_over_time(duration) with(sample=true)", &["__bucket"]),
    ] {
        let found = series(q).await;
        assert!(!found.is_empty(), "{q}");
        for one in found {
            assert!(labels.iter().all(|name| label(&one, name).is_some()), "{q}: {one}");
            assert!(one["samples"].as_array().is_some_and(|samples| !samples.is_empty()), "{q}: {one}");
        }
    }
}

#[tokio::test]
async fn a_selection_is_compared_with_the_rest() {
    let times = "1699999990000000000, 1700000020000000000";
    let of_duration = format!("{{true}} | compare({{duration >= 10ms && duration <= 25ms}}, 10, {times})");
    for q in [of_duration.as_str(), "{true} | compare({status = error})"] {
        let found = series(q).await;
        let of =
            |kind: &str| found.iter().any(|one| label(one, "__meta_type").is_some_and(|is| is["stringValue"] == kind));
        assert!(of("selection") && of("baseline"), "{q}: {found:?}");
    }
}

#[tokio::test]
async fn the_structure_and_the_exceptions_come_with_what_is_drawn() {
    let drawn = "select(status, resource.service.name, name, nestedSetParent, nestedSetLeft, nestedSetRight)";
    let structure = format!("({{${{filters}}}} &>> {{ status = error }}) || ({{${{filters}}}}) | {drawn}");
    let found = ask("/api/search", &[("q", &structure), ("limit", "200"), ("spss", "20")]).await;
    let spans = found["traces"][0]["spanSets"][0]["spans"].as_array().expect("spans").clone();
    assert_eq!(spans.len(), 2, "{found}");
    for span in &spans {
        let has = |name: &str| {
            let mut attributes = span["attributes"].as_array().into_iter().flatten();
            attributes.any(|attribute| attribute["key"] == name)
        };
        let names = ["status", "service.name", "nestedSetParent", "nestedSetLeft", "nestedSetRight"];
        assert!(span["name"].is_string() && names.into_iter().all(has), "{span}");
    }
    let exceptions = "{true && status = error} | select(resource.service.name, resource.service.namespace, \
                      event.exception.message,event.exception.stacktrace,event.exception.type) with(most_recent=true)";
    let found = ask("/api/search", &[("q", exceptions), ("limit", "400"), ("spss", "10")]).await;
    assert_eq!(found["traces"][0]["traceID"], TRACE, "{found}");
}

#[tokio::test]
async fn names_values_and_traces_are_found_as_the_data_source_asks_for_them() {
    let names = ask("/api/v2/search/tags", &[("limit", "5000")]).await;
    let scopes = names["scopes"].as_array().expect("scopes").iter();
    assert!(scopes.clone().any(|scope| scope["name"] == "intrinsic"), "{names}");
    let rows = ask("/api/v2/search/tag/span.rows/values", &[("limit", "5000"), ("q", "{status=error}")]).await;
    assert_eq!(rows["tagValues"][0], serde_json::json!({"type": "int", "value": "500"}), "{rows}");
    // Of a query that is still typed, the finished conditions count.
    let typed = ask("/api/v2/search/tag/resource.service.name/values", &[("q", "{status=error && name=}")]).await;
    assert_eq!(typed["tagValues"][0]["value"], "proof-svc", "{typed}");
    let found = ask("/api/search", &[("q", "{}"), ("limit", "1")]).await;
    assert_eq!(found["traces"][0]["rootServiceName"], "proof-svc", "{found}");
    // A trace comes as protobuf, which a message that is not empty is.
    let (status, bytes) = get_bytes(&format!("/api/v2/traces/{TRACE}?{RANGE}"), "application/protobuf").await;
    assert!(status.is_success() && bytes.windows(10).any(|part| part == b"GET /proof"), "{status}");
    let (status, echo) = get_bytes("/api/echo", "*/*").await;
    assert!(status.is_success() && echo.starts_with(b"echo"), "{status}");
}
