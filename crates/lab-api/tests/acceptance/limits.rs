//! Queries that ask for too much end in the errors that `docs/metrics.md` names, over HTTP.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_metrics::MetricStore;
use lab_metrics::store::limits::Limits;
use lab_model::{Labels, Sample};
use lab_storage::Location;
use tower::ServiceExt as _;

use crate::clock;

/// Series of each of the metrics `m` and `n`.
const SERIES: usize = 5000;
const TOO_MANY_SAMPLES: &str = "query processing would load too many samples into memory in query execution";

#[tokio::test]
async fn what_asks_for_too_much_is_refused_with_the_documented_error() {
    let store = Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"));
    for (name, at) in ["m", "n"].into_iter().flat_map(|name| (0..SERIES).map(move |at| (name, at))) {
        let labels = Labels::from_pairs([("__name__", name.to_owned()), ("at", at.to_string())]);
        store.append(&labels, Sample { timestamp: 1_700_000_000_000, value: at as f64 }).expect("taken");
    }
    let router = prometheus::router(PrometheusState::new(store, None, About::default(), clock::system()));
    let bomb = "((a{1000}){1000}){1000}";
    let deep = "(".repeat(10_000);
    let (eleven_thousand, more) = ("start=1699997250&end=1700002750&step=0.5", "start=0&end=11001&step=1");
    for (query, range, status, error) in [
        // Huge ranges and small steps.
        ("m", more, 400, "exceeded maximum resolution of 11,000 points per timeseries"),
        ("m", "start=0&end=1e18&step=1e-9", 400, "invalid parameter"),
        ("m", "start=0&end=1&step=1e300", 400, "cannot parse"),
        ("vector(1)[100y:1ms]", "", 422, TOO_MANY_SAMPLES),
        // More than 50 million points at once: 10,000 series at 11,000 steps.
        ("{at=~\".+\"}", eleven_thousand, 422, TOO_MANY_SAMPLES),
        // 5,000 times 5,000.
        ("m * on() n", "", 422, "many-to-many matching not allowed"),
        ("m * on() group_left() n", "", 422, "many-to-many matching not allowed"),
        // Subqueries of subqueries.
        ("max_over_time(max_over_time(m[1y:1s])[1y:1ms])", "", 422, TOO_MANY_SAMPLES),
        ("sum_over_time(sum_over_time(sum_over_time(m[1h:1s])[1d:1s])[1w:1s])", "", 422, TOO_MANY_SAMPLES),
        // Automata beyond 4 MiB, text nested deeper than 256 levels.
        (&format!("m{{at=~\"{bomb}\"}}"), "", 400, "parse error"),
        (&format!("label_replace(m, \"a\", \"$1\", \"at\", \"{bomb}\")"), "", 422, "invalid regular expression"),
        (&deep, "", 400, "nests deeper than 256 levels"),
    ] {
        let path = if range.is_empty() { "/api/v1/query" } else { "/api/v1/query_range" };
        let form = form_urlencoded::Serializer::new(String::new()).append_pair("query", query).finish();
        let moment = if range.is_empty() { "time=1700000000" } else { range };
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("{form}&{moment}")))
            .expect("a request");
        let answer = router.clone().oneshot(request).await.expect("an answer");
        let found = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        let text = String::from_utf8_lossy(&body[..body.len().min(400)]);
        assert!(found == status && text.contains(error), "{query:.100} {range}: {found} {text}");
    }
}

#[tokio::test]
async fn the_deepest_queries_fit_the_stack_of_a_worker_of_every_endpoint() {
    let store = Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"));
    for (name, label) in [("m", "a"), ("m", "le"), ("n", "b")] {
        let labels = Labels::from_pairs([("__name__", name), (label, "1"), ("job", "j")]);
        store.append(&labels, Sample { timestamp: 1_699_999_900_000, value: 1.0 }).expect("taken");
    }
    let router = prometheus::router(PrometheusState::new(store, None, About::default(), clock::system()));
    for around in [
        "(@)",
        "-@",
        "abs(@)",
        "sum by (a) (@)",
        "topk(scalar(@), m)",
        "1 + (@)",
        "m and on (a) (@)",
        "round(@, time())",
        r#"label_join(@, "a", ",", "b", "c")"#,
        r#"histogram_quantiles(@, "q", 0.1, 0.5, time())"#,
        r#"histogram_quantiles(((@)), "q", 0.1, 0.5, time())"#,
        "max_over_time((@)[1m:1s] offset 1m)",
        "info(@, {a=\"b\"})",
    ] {
        let (before, after) = around.split_once('@').expect("a place");
        // Several levels of brackets may stand in one of these.
        let nested = |depth: usize| format!("{}m{}", before.repeat(depth), after.repeat(depth));
        for path in ["format_query", "parse_query", "query", "query_range"] {
            let mut deepest = 0;
            for depth in [60, 84, 252] {
                let form = form_urlencoded::Serializer::new(String::new())
                    .append_pair("query", &nested(depth))
                    .append_pair("timeout", "1s")
                    .finish();
                let request = Request::post(format!("/api/v1/{path}"))
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(Body::from(form + "&start=1699999000&end=1700000000&step=200"))
                    .expect("a request");
                let status = router.clone().oneshot(request).await.expect("an answer").status().as_u16();
                assert!([200, 400, 422, 503].contains(&status), "{path} of {around} {depth} deep: {status}");
                deepest = if status == 400 { deepest } else { depth };
            }
            assert!(deepest >= 60, "{path} of {around}: {deepest}");
        }
    }
}
