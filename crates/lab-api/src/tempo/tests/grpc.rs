//! The streaming service, asked as a gRPC client asks.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use prost::Message;

use crate::tempo::answer::messages::{
    QueryInstantRequest, QueryInstantResponse, QueryRangeRequest, QueryRangeResponse, SearchRequest, SearchResponse,
    SearchTagValuesRequest, SearchTagValuesResponse, SearchTagValuesV2Response, SearchTagsRequest, SearchTagsResponse,
    SearchTagsV2Response,
};
use crate::tempo::tests::asking::{TRACE, answer};

const SECOND: u64 = 1_000_000_000;

/// The messages of an answer, and what its trailers say: the code and the text.
async fn call<M: Message + Default>(method: &str, asked: impl Message) -> (Vec<M>, String, String) {
    let mut body = vec![0];
    body.extend(u32::try_from(asked.encoded_len()).expect("small").to_be_bytes());
    body.extend(asked.encode_to_vec());
    let request = Request::post(format!("/tempopb.StreamingQuerier/{method}"));
    let request = request.header("content-type", "application/grpc").body(Body::from(body)).expect("request");
    let response = answer(request).await;
    let in_head = response.headers().clone();
    let collected = response.into_body().collect().await.expect("body");
    let trailers = collected.trailers().cloned().unwrap_or(in_head);
    let field =
        |name: &str| trailers.get(name).map_or_else(String::new, |value| value.to_str().unwrap_or_default().to_owned());
    let (status, text) = (field("grpc-status"), field("grpc-message"));
    let (mut bytes, mut messages) = (&*collected.to_bytes(), Vec::new());
    while let [0, a, b, c, d, rest @ ..] = bytes {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        messages.push(M::decode(&rest[..length]).expect("a message"));
        bytes = &rest[length..];
    }
    (messages, status, text)
}

fn search(query: &str) -> SearchRequest {
    SearchRequest { query: query.to_owned(), start: 1_699_999_990, end: 1_700_000_020, ..SearchRequest::default() }
}

#[tokio::test]
async fn a_search_ends_with_the_whole_answer() {
    let (messages, status, _) = call::<SearchResponse>("Search", search("{ status = error }")).await;
    let last = messages.last().expect("a message");
    assert_eq!((status.as_str(), last.traces[0].trace_id.as_str()), ("0", TRACE));
    assert_eq!(last.traces[0].span_sets[0].matched, 1);
    assert_eq!(last.metrics.expect("its cost").total_jobs, 1);
    let by_tags = SearchRequest { tags: [("db.system".into(), "sqlite".into())].into(), ..search("") };
    let (messages, ..) = call::<SearchResponse>("Search", by_tags).await;
    assert_eq!(messages.last().expect("a message").traces.len(), 1);
    let (messages, ..) = call::<SearchResponse>("Search", search("{ name = `x` }")).await;
    assert!(messages.iter().all(|message| message.traces.is_empty()));
}

#[tokio::test]
async fn tags_and_their_values_come_as_over_http() {
    let names = SearchTagsRequest { scope: "span".into(), ..SearchTagsRequest::default() };
    let (messages, ..) = call::<SearchTagsResponse>("SearchTags", names.clone()).await;
    assert_eq!(messages[0].tag_names, ["db.system", "rows"]);
    let (messages, ..) = call::<SearchTagsV2Response>("SearchTagsV2", names).await;
    assert_eq!((messages[0].scopes[0].name.as_str(), messages[0].scopes[0].tags.len()), ("span", 2));
    let limited = SearchTagsRequest { scope: "span".into(), max_tags_per_scope: 1, ..SearchTagsRequest::default() };
    let (messages, ..) = call::<SearchTagsV2Response>("SearchTagsV2", limited).await;
    assert_eq!(messages[0].scopes[0].tags, ["db.system"]);
    let values = |name: &str| SearchTagValuesRequest { tag_name: name.to_owned(), ..SearchTagValuesRequest::default() };
    let (messages, ..) = call::<SearchTagValuesResponse>("SearchTagValues", values("service.name")).await;
    assert_eq!(messages[0].tag_values, ["proof-svc"]);
    let (messages, ..) = call::<SearchTagValuesV2Response>("SearchTagValuesV2", values("span.rows")).await;
    assert_eq!((messages[0].tag_values[0].r#type.as_str(), messages[0].tag_values[0].value.as_str()), ("int", "500"));
}

#[tokio::test]
async fn metrics_come_over_steps_and_at_once() {
    let query = "{ status = error } | count_over_time()".to_owned();
    let (start, end) = (1_699_999_990 * SECOND, 1_700_000_020 * SECOND);
    let range = QueryRangeRequest { query: query.clone(), start, end, step: 10 * SECOND, ..Default::default() };
    let (messages, ..) = call::<QueryRangeResponse>("MetricsQueryRange", range).await;
    let samples = messages[0].series[0].samples.iter().map(|sample| (sample.timestamp_ms / 1_000, sample.value));
    let expected = [(1_699_999_990, 0.0), (1_700_000_000, 0.0), (1_700_000_010, 1.0), (1_700_000_020, 0.0)];
    assert_eq!(samples.collect::<Vec<_>>(), expected);
    let instant = QueryInstantRequest { query, start, end };
    let (messages, ..) = call::<QueryInstantResponse>("MetricsQueryInstant", instant).await;
    assert_eq!(messages[0].series[0].value, 1.0);
}

#[tokio::test]
async fn refusals_have_the_codes_of_grpc() {
    let (messages, status, text) = call::<SearchResponse>("Search", search("{")).await;
    assert_eq!((messages.len(), status.as_str()), (0, "3"));
    assert!(text.contains("invalid%20TraceQL%20query") || text.contains("invalid TraceQL query"), "{text}");
    let (_, status, _) = call::<QueryRangeResponse>("MetricsQueryRange", QueryRangeRequest::default()).await;
    assert_eq!(status, "3");
    let (_, status, text) = call::<SearchResponse>("Unheard", search("{}")).await;
    assert_eq!(status, "12");
    assert!(text.contains("StreamingQuerier"), "{text}");
}
