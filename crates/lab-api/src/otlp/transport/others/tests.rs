//! Bodies that the encoders of others wrote (`fixtures`: jaeger-client 4.8.0, py-zipkin 1.2.8), and what becomes of them.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use proptest::prelude::*;

use crate::otlp::signals::attribute::{hex, value_text};
use crate::otlp::transport::others::faro::lines;
use crate::otlp::transport::others::faro::payload::Payload;
use crate::otlp::transport::others::{jaeger, zipkin};

const JAEGER: &[u8] = include_bytes!("fixtures/jaeger.thrift");
const ZIPKIN: &[u8] = include_bytes!("fixtures/zipkin.json");
const SECOND: u64 = 1_700_000_000_000_000_000;

/// Attributes as text, sorted.
fn shown(attributes: &[KeyValue]) -> Vec<String> {
    let mut shown: Vec<_> =
        attributes.iter().map(|one| format!("{}={}", one.key, value_text(one.value.as_ref()))).collect();
    shown.sort();
    shown
}

fn spans(request: &ExportTraceServiceRequest) -> Vec<&Span> {
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    scopes.flat_map(|scope| &scope.spans).collect()
}

#[test]
fn a_jaeger_batch_becomes_spans() {
    let request = jaeger::translate::spans(JAEGER).expect("a batch");
    let resource = request.resource_spans[0].resource.as_ref().expect("a resource");
    let expected = ["host.name=h1", "opencensus.exporterversion=Jaeger-Python-4.8.0", "service.name=shop"];
    assert_eq!(shown(&resource.attributes), expected);
    let spans = spans(&request);
    let [first, second, third] = spans[..] else { panic!("{spans:?}") };
    assert_eq!(hex(&first.trace_id), "00000000000000010000000000000002");
    assert_eq!((hex(&first.span_id), hex(&first.parent_span_id)), ("f".repeat(16), "0000000000000007".to_owned()));
    assert_eq!((first.name.as_str(), first.kind), ("GET /cart", SpanKind::Server as i32));
    assert_eq!((first.start_time_unix_nano, first.end_time_unix_nano), (SECOND + 5_000, SECOND + 250_005_000));
    let expected = ["cached=false", "http.status_code=503", "http.status_message=no cart", "raw=AAE=", "share=0.25"];
    assert_eq!(shown(&first.attributes), expected);
    let status = first.status.as_ref().expect("a status");
    assert_eq!((status.code, status.message.as_str()), (StatusCode::Error as i32, "no cart"));
    let event = &first.events[0];
    assert_eq!((event.name.as_str(), event.time_unix_nano), ("retry", SECOND + 9_000));
    assert_eq!(shown(&event.attributes), ["attempt=2"]);
    assert_eq!(first.links.len(), 1, "the reference to the parent is no link");
    assert_eq!(hex(&first.links[0].trace_id), "00000000000000080000000000000009");
    assert_eq!(shown(&first.links[0].attributes), ["opentracing.ref_type=follows_from"]);
    assert_eq!(second.status.as_ref().map(|status| status.code), Some(StatusCode::Ok as i32));
    assert_eq!((second.kind, shown(&second.attributes).len()), (SpanKind::Client as i32, 0));
    assert_eq!(third.status.as_ref().map(|status| status.code), Some(StatusCode::Error as i32), "a client got 404");
    assert!(third.parent_span_id.is_empty());
}

#[test]
fn what_is_no_jaeger_batch_says_where() {
    for (body, said) in [(&b"{}"[..], "at byte"), (b"", "ends too early"), (b"\0", "neither a process nor spans")] {
        let error = jaeger::translate::spans(body).expect_err("refused");
        assert!(error.contains(said), "{error}");
    }
    let deep = [[12, 0, 1]; 40].concat();
    assert!(jaeger::translate::spans(&deep).expect_err("refused").contains("nested too deeply"));
    // A list of more booleans than there is room for.
    let mut many = vec![15, 0, 2, 2];
    many.extend(3_000_000_i32.to_be_bytes());
    many.extend(vec![1; 3_000_001]);
    assert!(jaeger::translate::spans(&many).expect_err("refused").contains("too many values"));
    // Spans without a field, of which each takes a byte.
    let mut empty = vec![15, 0, 2, 12];
    empty.extend(200_000_i32.to_be_bytes());
    empty.extend(vec![0; 200_001]);
    assert!(jaeger::translate::spans(&empty).expect_err("refused").contains("too many values"));
}

#[test]
fn zipkin_spans_become_spans() {
    let request = zipkin::translate::spans(ZIPKIN, 0).expect("spans");
    let resources: Vec<_> = request
        .resource_spans
        .iter()
        .map(|one| shown(&one.resource.as_ref().expect("a resource").attributes))
        .collect();
    assert_eq!(resources, [vec!["host.name=h1", "service.name=shop"], vec!["service.name=other"]]);
    assert_eq!(
        request.resource_spans[0].scope_spans[0].scope.as_ref().map(|scope| scope.name.as_str()),
        Some("io.shop")
    );
    let spans = spans(&request);
    let [first, second, third] = spans[..] else { panic!("{spans:?}") };
    assert_eq!(hex(&first.trace_id), "463ac35c9f6413ad48485a3953bb6124");
    assert_eq!((first.name.as_str(), first.kind), ("GET /cart", SpanKind::Server as i32));
    assert_eq!((first.start_time_unix_nano, first.end_time_unix_nano), (SECOND + 5_000, SECOND + 250_005_000));
    assert_eq!(shown(&first.attributes), ["http.path=/cart", "net.host.ip=10.0.0.1", "net.host.port=8080"]);
    assert_eq!(first.status.as_ref().map(|status| status.code), Some(StatusCode::Error as i32));
    assert_eq!((first.events[0].name.as_str(), first.events[0].time_unix_nano), ("retry", SECOND + 100_000_000));
    assert_eq!(second.parent_span_id, first.span_id);
    let expected = [
        "net.host.ip=10.0.0.1",
        "net.host.port=8080",
        "net.peer.ip=2001:db8::1",
        "net.peer.port=5432",
        "peer.service=db",
        "sql=select 1",
    ];
    assert_eq!(shown(&second.attributes), expected);
    assert_eq!(
        (hex(&third.trace_id), hex(&third.span_id)),
        ("0000000000000000".to_owned() + "48485a3953bb6124", "0000000000000001".to_owned())
    );
}

#[test]
fn zipkin_spans_without_a_time_begin_now_or_at_their_first_annotation() {
    let span = |more: &str| format!(r#"[{{"traceId": "1", "id": "2", "parentId": null, "duration": 7{more}}}]"#);
    for (body, start) in [
        (span(""), 5_000),
        (span(r#", "annotations": [{"timestamp": 9, "value": "b"}, {"timestamp": 3, "value": "a"}]"#), 3_000),
    ] {
        let request = zipkin::translate::spans(body.as_bytes(), 5_000).expect("a span");
        let span = spans(&request)[0];
        assert_eq!((span.start_time_unix_nano, span.end_time_unix_nano), (start, start + 7_000));
        assert_eq!(shown(&span.attributes), ["otel.zipkin.absentField.startTime=true"]);
    }
    for (body, said) in [
        (r#"[{"traceId": "x", "id": "2"}]"#, "span 0: the id \"x\""),
        (r#"[{"traceId": "1", "id": "12345678123456781"}]"#, "1 to 16 hexadecimal"),
        (r#"[{"id": "1"}]"#, "missing field `traceId`"),
        ("{}", "not Zipkin's JSON"),
    ] {
        let error = zipkin::translate::spans(body.as_bytes(), 0).expect_err("refused");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn what_a_page_says_becomes_lines() {
    let body = br#"{
        "logs": [{"message": "hi there", "level": "info", "context": {"b": "2", "a": "1"}, "timestamp": "2023-11-14T22:13:20.5Z",
            "trace": {"trace_id": "abc", "span_id": "def"}}],
        "exceptions": [{"type": "Error", "value": "no cart", "timestamp": "2023-11-14T22:13:20Z",
            "stacktrace": {"frames": [{"function": "f", "filename": "a.js", "lineno": 3, "colno": 7}, {"module": "m", "filename": "b.js"}]}}],
        "measurements": [{"type": "web-vitals", "values": {"lcp": 1.5}, "timestamp": "2023-11-14T22:13:20Z"}],
        "events": [{"name": "click", "domain": "browser", "attributes": {"x": "1"}, "timestamp": "2023-11-14T22:13:20Z", "trace": null}],
        "meta": {"app": {"name": "shop", "environment": "prod"}, "sdk": {"name": "faro", "integrations": [{"name": "i", "version": "1"}]},
            "page": {"url": "http://x/?a=1"}, "browser": {"mobile": false}, "k6": {}}}"#;
    let payload = Payload::read(body).expect("a payload");
    assert_eq!(payload.traces(), None);
    let lines = lines::of(&payload, 1 << 20).expect("room");
    let meta = r#"sdk_name=faro sdk_integrations=i:1 app_name=shop app_environment=prod page_url="http://x/?a=1" browser_mobile=false"#;
    let expected = [
        format!(
            r#"timestamp="2023-11-14 22:13:20.5 +0000 UTC" kind=log message="hi there" level=info context_a=1 context_b=2 traceID=abc spanID=def {meta}"#
        ),
        format!(
            r#"timestamp="2023-11-14 22:13:20 +0000 UTC" kind=exception type=Error value="no cart" stacktrace="Error: no cart\n  at f (a.js:3:7)\n  at  (m|b.js:0:0)" hash={} {meta}"#,
            xxhash_rust::xxh3::xxh3_64(b"no cart")
        ),
        format!(
            r#"timestamp="2023-11-14 22:13:20 +0000 UTC" kind=measurement type=web-vitals lcp=1.500000 value_lcp=1.5 {meta}"#
        ),
        format!(
            r#"timestamp="2023-11-14 22:13:20 +0000 UTC" kind=event event_name=click event_domain=browser event_data_x=1 {meta}"#
        ),
    ];
    let texts: Vec<_> = lines.iter().map(|line| line.text.clone()).collect();
    assert_eq!(texts, expected);
    assert_eq!(lines[0].labels.to_string(), r#"{deployment_environment="prod", kind="log", service_name="shop"}"#);
    assert_eq!(lines[0].metadata.to_string(), r#"{severity_text="info", span_id="def", trace_id="abc"}"#);
}

#[test]
fn lines_of_a_page_do_not_take_more_than_they_may() {
    let meta = format!(r#""meta": {{"user": {{"attributes": {{"a": "{}"}}}}}}"#, "x".repeat(1000));
    let read = |body: String| Payload::read(body.as_bytes()).expect("a payload");
    let seven = read(format!(r#"{{{meta}, "logs": [{{}},{{}},{{}},{{}},{{}},{{}},{{}}]}}"#));
    let lines = lines::of(&seven, 10_000).expect("room");
    assert!(lines.iter().all(|line| line.text.contains(&"x".repeat(1000))), "{lines:?}");
    assert_eq!(lines::of(&seven, 5000), Err(lines::TooLarge), "each of them has the attribute");
    let numbers: Vec<_> = (0..20).map(|at| format!(r#""v{at}": 1e308"#)).collect();
    let large = read(format!(r#"{{"measurements": [{{"values": {{{}}}}}]}}"#, numbers.join(",")));
    assert_eq!(lines::of(&large, 5000), Err(lines::TooLarge), "each number has 308 digits");
    assert_eq!(lines::of(&large, 10_000).map(|lines| lines.len()), Ok(1));
}

#[test]
fn what_the_meta_says_stands_once() {
    let body = br#"{"meta": {"app": {"name": "shop"}}, "measurements": [{"values": {"app_name": 1, "b": 2}}]}"#;
    let lines = lines::of(&Payload::read(body).expect("a payload"), 1 << 20).expect("room");
    assert_eq!(lines[0].text.matches("app_name=").count() - lines[0].text.matches("value_app_name=").count(), 1);
    assert!(lines[0].text.ends_with("app_name=shop browser_mobile=false"), "{}", lines[0].text);
}

proptest! {
    #[test]
    fn a_damaged_batch_is_refused_or_read_but_never_a_panic(cut in 0..=JAEGER.len(), at in 0..JAEGER.len(), byte: u8) {
        let mut body = JAEGER[..cut].to_vec();
        if let Some(place) = body.get_mut(at) {
            *place = byte;
        }
        if let Err(error) = jaeger::translate::spans(&body) {
            prop_assert!(error.contains("Jaeger batch"), "{}", error);
        }
    }
}
