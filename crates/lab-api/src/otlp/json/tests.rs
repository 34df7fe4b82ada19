//! The forms that protobuf's JSON allows, compared with what an independent reader and writer of OTLP make of the same.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList, any_value::Value as Any};
use opentelemetry_proto::tonic::logs::v1::ResourceLogs;
use opentelemetry_proto::tonic::metrics::v1::{NumberDataPoint, metric::Data, number_data_point::Value as Number};
use opentelemetry_proto::tonic::resource::v1::Resource;
use proptest::prelude::*;
use prost::Message;
use serde_json::{Value, json};

use crate::otlp::json::{mended, read};
use crate::otlp::request::Signal;

const TRACE: &str = "5b8efff798038103d269b633813fc60c";

fn spans(body: &Value) -> Result<ExportTraceServiceRequest, String> {
    read(Signal::Traces, body.to_string().as_bytes())
        .map(|request| ExportTraceServiceRequest::decode(request.protobuf).expect("protobuf"))
}

fn span(span: &Value) -> Result<opentelemetry_proto::tonic::trace::v1::Span, String> {
    let request = spans(&json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}))?;
    Ok(request.resource_spans[0].scope_spans[0].spans[0].clone())
}

fn metrics(body: &str) -> Result<ExportMetricsServiceRequest, String> {
    read(Signal::Metrics, body.as_bytes())
        .map(|request| ExportMetricsServiceRequest::decode(request.protobuf).expect("protobuf"))
}

fn point(point: &str) -> Result<NumberDataPoint, String> {
    let body = format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m","sum":{{"dataPoints":[{point}]}}}}]}}]}}]}}"#
    );
    let mut request = metrics(&body)?;
    match request.resource_metrics[0].scope_metrics[0].metrics[0].data.take() {
        Some(Data::Sum(sum)) => Ok(sum.data_points[0].clone()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn fields_have_either_name() {
    let camel = json!({"resourceSpans": [{"schemaUrl": "s", "scopeSpans": [{"spans": [{"traceId": TRACE,
        "spanId": "0000000000000001", "parentSpanId": "0000000000000002", "startTimeUnixNano": "7",
        "droppedAttributesCount": 3, "attributes": [{"key": "k", "value": {"stringValue": "v"}}]}]}]}]});
    let snake = json!({"resource_spans": [{"schema_url": "s", "scope_spans": [{"spans": [{"trace_id": TRACE,
        "span_id": "0000000000000001", "parent_span_id": "0000000000000002", "start_time_unix_nano": "7",
        "dropped_attributes_count": 3, "attributes": [{"key": "k", "value": {"string_value": "v"}}]}]}]}]});
    assert_eq!(spans(&camel), spans(&snake));
    assert_eq!(spans(&camel).expect("read"), serde_json::from_value(camel).expect("read"));
}

#[test]
fn numbers_stand_as_number_or_text() {
    for (given, expected) in [
        (r#""3.5""#, 3.5),
        ("3.5", 3.5),
        ("3", 3.0),
        ("1e3", 1000.0),
        (r#""1e3""#, 1000.0),
        (r#""+1.5""#, 1.5),
        (r#"".5""#, 0.5),
        (r#""0x1p3""#, 8.0),
        (r#""1_000""#, 1000.0),
        (r#""+inf""#, f64::INFINITY),
        (r#""Infinity""#, f64::INFINITY),
        (r#""-Infinity""#, f64::NEG_INFINITY),
    ] {
        let point = point(&format!(r#"{{"asDouble":{given}}}"#)).expect("read");
        assert_eq!(point.value, Some(Number::AsDouble(expected)), "{given}");
    }
    let nan = point(r#"{"asDouble":"NaN"}"#).expect("read").value;
    assert!(matches!(nan, Some(Number::AsDouble(value)) if value.is_nan()), "{nan:?}");
    for (given, expected) in [
        (r#""9223372036854775807""#, i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("1e3", 1000),
        (r#""1e3""#, 1000),
        (r#""+7""#, 7),
        ("2.0", 2),
        ("0", 0),
    ] {
        let point = point(&format!(r#"{{"as_int":{given}}}"#)).expect("read");
        assert_eq!(point.value, Some(Number::AsInt(expected)), "{given}");
    }
    let times = point(r#"{"timeUnixNano":18446744073709551615,"startTimeUnixNano":"18446744073709551615"}"#);
    let times = times.map(|point| (point.time_unix_nano, point.start_time_unix_nano));
    assert_eq!(times, Ok((u64::MAX, u64::MAX)));
}

#[test]
fn enums_ids_and_bytes_have_all_their_forms() {
    for kind in [json!(2), json!("SPAN_KIND_SERVER"), json!("2"), json!(2.0)] {
        assert_eq!(span(&json!({"kind": kind})).map(|span| span.kind), Ok(2), "{kind}");
    }
    assert_eq!(span(&json!({"kind": 77})).map(|span| span.kind), Ok(77), "an enum keeps a number that is new");
    let upper = span(&json!({"traceId": TRACE.to_uppercase(), "spanId": "", "status": {"code": "STATUS_CODE_ERROR"}}));
    let upper = upper.expect("read");
    assert_eq!((upper.trace_id[0], upper.span_id.len(), upper.status.expect("there").code), (0x5b, 0, 2));
    for text in ["+/8=", "+/8", "-_8=", "-_8"] {
        let value = json!({"attributes": [{"key": "k", "value": {"bytesValue": text}}]});
        let value = span(&value).expect("read").attributes[0].value.clone().expect("there").value;
        assert_eq!(value, Some(Any::BytesValue(vec![0xfb, 0xff])), "{text}");
    }
}

#[test]
fn null_is_absent_and_empty_lists_and_maps_are_values() {
    let read = span(&json!({"traceId": null, "kind": null, "attributes": null, "status": null, "links": [],
        "events": [{"timeUnixNano": "1", "attributes": [null]}],
        "startTimeUnixNano": 5}));
    let read = read.expect("read");
    assert_eq!((read.trace_id.len(), read.kind, read.start_time_unix_nano, read.status), (0, 0, 5, None));
    assert!(read.events[0].attributes.is_empty());
    let any = |value: Value| {
        span(&json!({"attributes": [{"key": "k", "value": value}]})).expect("read").attributes[0].value.clone()
    };
    for (empty, is) in [
        (json!({"arrayValue": {"values": []}}), "ArrayValue"),
        (json!({"arrayValue": {}}), "ArrayValue"),
        (json!({"kvlistValue": {"values": []}}), "KvlistValue"),
        (json!({"stringValue": ""}), "StringValue"),
        (json!({"intValue": "0"}), "IntValue"),
    ] {
        assert!(format!("{:?}", any(empty)).contains(is), "{is}");
    }
    let list = any(json!({"arrayValue": {"values": [null, {"intValue": 1}]}})).and_then(|any| any.value);
    let Some(Any::ArrayValue(list)) = list else { panic!("{list:?}") };
    assert_eq!(list.values, [AnyValue { value: None }, AnyValue { value: Some(Any::IntValue(1)) }]);
}

#[test]
fn unknown_fields_are_passed_over_but_nothing_understood_is_no_success() {
    let read = span(&json!({"name": "n", "colour": {"deep": [1, {"x": null}]}})).expect("read");
    assert_eq!(read.name, "n");
    for fine in [
        json!({}),
        json!({"resourceSpans": []}),
        json!({"resourceSpans": null, "new": 1}),
        json!({"resourceSpans": [{"scopeSpans": [{"spans": [], "new": 1}]}]}),
    ] {
        assert!(spans(&fine).is_ok(), "{fine}");
    }
    for (lost, said) in [
        (json!({"resourceLogs": []}), "OTLP has no field \"resourceLogs\""),
        (json!({"resourceSpans": [{"scopeSpan": [{"spans": [{}]}]}]}), "\"resourceSpans[0].scopeSpan\""),
        (json!({"resourceSpans": [{"resource": {}, "instrumentationLibrarySpans": [{}]}]}), "there are no spans in it"),
    ] {
        let problem = spans(&lost).expect_err("nothing was understood");
        assert!(problem.contains(said), "{problem}");
    }
}

#[test]
fn errors_name_the_field_and_the_item() {
    let place = "resourceMetrics[0].scopeMetrics[0].metrics[0].sum.dataPoints[0]";
    for (given, said) in [
        (r#"{"asDouble":"a"}"#, ".asDouble: expected a number, or one as text, \"NaN\" or \"Infinity\", found \"a\""),
        (r#"{"asDouble":""}"#, ".asDouble: expected"),
        (
            r#"{"asInt":1.5}"#,
            ".asInt: expected a whole number between -9223372036854775808 and 9223372036854775807, found 1.5",
        ),
        (
            r#"{"time_unix_nano":-1}"#,
            ".timeUnixNano: expected a whole number between 0 and 18446744073709551615, found -1",
        ),
        (r#"{"flags":"4294967296"}"#, ".flags: expected a whole number between 0 and 4294967295"),
        (r#"{"attributes":{}}"#, ".attributes: expected a list, found an object"),
        (r#"{"attributes":[{"key":5}]}"#, ".attributes[0].key: expected a text, found 5"),
        (r#"{"attributes":[{"value":"x"}]}"#, ".attributes[0].value: expected an object, found \"x\""),
        (r#"{"exemplars":[{"traceId":"W47/95gDgQPSabYzgT/GDA=="}]}"#, ".exemplars[0].traceId: expected 32 hex digits"),
        (r#"{"timeUnixNano":[1]}"#, ".timeUnixNano: expected a single value, found a list"),
        (r#"{"asInt":tru}"#, ".asInt: expected ident at line 1"),
    ] {
        let problem = point(given).expect_err(given);
        assert!(problem.contains(&format!("{place}{said}")), "{problem}");
    }
    let kind = span(&json!({"kind": "SERVER"})).expect_err("no name");
    assert!(kind.contains("spans[0].kind: expected a number or a name such as \"SPAN_KIND_CONSUMER\""), "{kind}");
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        for body in ["", " ", "[]", "1", "true", "\"x\"", "{\"a\":[]", "{\"a\":1,}", "/**/{}", "{'a':1}"] {
            assert!(read(signal, body.as_bytes()).is_err(), "{body}");
        }
    }
}

/// Whether a data point with this field is read.
fn point_is_read(field: &str, value: &str) -> bool {
    let data = format!(r#"{{"aggregationTemporality":2,"dataPoints":[{{"{field}":{value}}}]}}"#);
    let kind = if field.starts_with("as") { "sum" } else { "exponentialHistogram" };
    let body =
        format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m","{kind}":{data}}}]}}]}}]}}"#);
    read(Signal::Metrics, body.as_bytes()).is_ok()
}

/// Whether a log record with this field is read.
fn record_is_read(field: &str, value: &str) -> bool {
    let body = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"{field}":{value}}}]}}]}}]}}"#);
    read(Signal::Logs, body.as_bytes()).is_ok()
}

/// The verdicts of this test and the next two are those of the Collector 0.165 and of the OTLP receivers of Prometheus 3.14 and
/// Loki 3.7.6, except that the lab also takes what protobuf's JSON allows beyond them: null as absent, `1e2` and `"2.0"` as
/// whole numbers.
#[test]
fn whole_numbers_of_metrics_and_logs_have_the_forms_that_the_originals_take() {
    let taken = ["1", r#""1""#, r#""01""#, "-0", "null", "1e2", r#""2.0""#];
    let refused = [
        "1.5",
        r#""""#,
        r#""x""#,
        r#"" 1""#,
        r#""1 ""#,
        r#""1.""#,
        r#""0x10""#,
        r#""NaN""#,
        "true",
        "[]",
        "{}",
        "[1]",
        "01",
        ".5",
        "1.",
    ];
    let all = taken.map(|value| (value, true)).into_iter().chain(refused.map(|value| (value, false)));
    for (value, expected) in all {
        for field in ["asInt", "timeUnixNano", "startTimeUnixNano", "flags", "count", "zeroCount", "scale"] {
            assert_eq!(point_is_read(field, value), expected, "{field}: {value}");
        }
        for field in ["timeUnixNano", "observedTimeUnixNano", "flags", "droppedAttributesCount"] {
            assert_eq!(record_is_read(field, value), expected, "{field}: {value}");
        }
        let any = format!(r#"{{"intValue":{value}}}"#);
        assert_eq!(record_is_read("body", &any), expected, "{any}");
    }
    // A plus may stand before what could be negative.
    for (field, expected) in
        [("asInt", true), ("scale", true), ("timeUnixNano", false), ("flags", false), ("count", false)]
    {
        assert_eq!(point_is_read(field, r#""+1""#), expected, "{field}");
    }
}

#[test]
fn fractions_of_metrics_and_logs_have_the_forms_that_the_originals_take() {
    let taken = ["1.5", r#""1.5""#, r#""1e2""#, r#""NaN""#, r#""Infinity""#, r#""-Infinity""#];
    let refused = [r#""1e400""#, "1e400", r#""""#, r#""0x10""#, r#"" 1""#, "true", "[]", ".5", "NaN"];
    let all = taken.map(|value| (value, true)).into_iter().chain(refused.map(|value| (value, false)));
    for (value, expected) in all {
        for field in ["asDouble", "sum", "min", "max", "zeroThreshold"] {
            assert_eq!(point_is_read(field, value), expected, "{field}: {value}");
        }
        assert_eq!(record_is_read("body", &format!(r#"{{"doubleValue":{value}}}"#)), expected, "{value}");
    }
}

#[test]
fn enums_and_ids_of_metrics_and_logs_have_the_forms_that_the_originals_take() {
    let (named, unknown) = (r#""SEVERITY_NUMBER_INFO""#, r#""INFO""#);
    for (value, expected) in
        [("9", true), (named, true), ("25", true), (unknown, false), ("true", false), ("1.5", false)]
    {
        assert_eq!(record_is_read("severityNumber", value), expected, "{value}");
    }
    for (value, expected) in [
        (r#""0af7651916cd43dd8448eb211c80319c""#, true),
        (r#""0AF7651916CD43DD8448EB211C80319C""#, true),
        (r#""""#, true),
        (r#""AABB""#, false),
        (r#""CvdlGRbNQ92ESOshHIAxnA==""#, false),
        ("1", false),
        ("{}", false),
    ] {
        assert_eq!(record_is_read("traceId", value), expected, "{value}");
        assert_eq!(point_is_read("exemplars", &format!(r#"[{{"traceId":{value}}}]"#)), expected, "{value}");
    }
}

#[test]
fn what_stands_behind_a_request_is_not_read_and_null_is_a_request_without_items() {
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        for (body, has_more) in
            [("{}", false), ("{} \n\t", false), ("{}}", true), ("{} x", true), ("{}{}", true), ("{} null", true)]
        {
            let request = read(signal, body.as_bytes()).unwrap_or_else(|problem| panic!("{body}: {problem}"));
            assert_eq!((request.has_more, request.protobuf.len()), (has_more, 0), "{body}");
        }
        assert!(read(signal, b"null").is_ok_and(|request| request.protobuf.is_empty()));
    }
}

#[test]
fn fractions_are_read_to_the_last_digit() {
    for text in ["0.1", "0.30000000000000004", "1.7976931348623157e308", "5e-324", "2.2250738585072011e-308", "8.41e21"]
    {
        let read = point(&format!(r#"{{"asDouble":{text}}}"#)).expect(text);
        let value = Some(Number::AsDouble(text.parse().expect(text)));
        assert_eq!(read.value, value, "{text}");
    }
}

#[test]
fn of_several_that_exclude_each_other_the_last_counts() {
    let data = |metric: &str| {
        let body = format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{{metric}}}]}}]}}]}}"#);
        metrics(&body).expect("read").resource_metrics[0].scope_metrics[0].metrics[0].clone()
    };
    let gauge = |value: u32| format!(r#""gauge":{{"dataPoints":[{{"asDouble":{value}}}]}}"#);
    let twice = data(&format!(r#"{},"name":"m",{}"#, gauge(1), gauge(2)));
    assert_eq!((twice.clone(), twice.name.as_str()), (data(&format!(r#""name":"m",{}"#, gauge(2))), "m"));
    let other = data(&format!(r#"{},"sum":{{"dataPoints":[]}}"#, gauge(1)));
    assert!(matches!(other.data, Some(Data::Sum(_))), "{other:?}");
    let body =
        r#"{"key":"k","value":{"arrayValue":{"values":[{"intValue":1}]},"arrayValue":{"values":[{"intValue":2}]}}}"#;
    let body = format!(r#"{{"resourceSpans":[{{"resource":{{"attributes":[{body}]}}}}]}}"#);
    let read = read(Signal::Traces, body.as_bytes()).expect("read").protobuf;
    let read = ExportTraceServiceRequest::decode(read).expect("protobuf").resource_spans[0].clone();
    let Some(Any::ArrayValue(list)) = read.resource.expect("there").attributes[0].value.clone().expect("there").value
    else {
        panic!("no list")
    };
    assert_eq!(list.values, [AnyValue { value: Some(Any::IntValue(2)) }]);
}

/// A value in so many lists, the innermost of them within.
fn in_lists(deep: usize) -> AnyValue {
    let inner = AnyValue { value: Some(Any::StringValue("deep".to_owned())) };
    (0..deep).fold(inner, |value, _| AnyValue { value: Some(Any::ArrayValue(ArrayValue { values: vec![value] })) })
}

#[test]
fn values_nested_too_deep_cost_nothing_but_their_form() {
    let request = |value: AnyValue| {
        let attribute =
            |key: &str, value: AnyValue| KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() };
        let attributes = vec![attribute("deep", value), attribute("flat", in_lists(0))];
        let resource = Resource { attributes, ..Resource::default() };
        ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs { resource: Some(resource), ..ResourceLogs::default() }],
        }
    };
    for deep in [45, 60, 200] {
        let packed = request(in_lists(deep)).encode_to_vec();
        let mended = mended(Signal::Logs, &packed.into()).last().expect("protobuf");
        let read = ExportLogsServiceRequest::decode(mended).expect("it can be read");
        let attributes = read.resource_logs[0].resource.clone().expect("there").attributes;
        assert_eq!(attributes[1].value, Some(in_lists(0)));
        assert!(format!("{:?}", attributes[0]).contains("BytesValue"), "{deep}");
    }
    let open = r#"{"arrayValue":{"values":["#;
    for deep in [29, 60, 400, 20_000] {
        let value = format!(r#"{}{{"stringValue":"deep"}}{}"#, open.repeat(deep), "]}}".repeat(deep));
        let body = format!(r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"a","value":{value}}}]}}}}]}}"#);
        let read = read(Signal::Logs, body.as_bytes()).expect("read").protobuf;
        let read = ExportLogsServiceRequest::decode(read).expect("it can be read");
        let said = format!("{read:?}");
        assert_eq!(said.contains("arrayValue"), deep > 29, "what lies too deep is a text of its JSON: {deep}");
        assert!(said.contains("deep"));
    }
}

#[test]
fn texts_that_are_not_utf8_are_replaced_in_protobuf_too() {
    let mut request: ExportLogsServiceRequest = serde_json::from_value(json!({"resourceLogs": [{"scopeLogs": [{
        "logRecords": [{"body": {"stringValue": "b?d"}, "severityText": "WARN"}]}]}]}))
    .expect("read");
    let mut broken = request.encode_to_vec();
    let at = broken.windows(3).position(|three| three == b"b?d").expect("there") + 1;
    broken[at] = 0xff;
    assert!(ExportLogsServiceRequest::decode(broken.as_slice()).is_err());
    let broken = broken.into();
    let ways: Vec<_> = mended(Signal::Logs, &broken).collect();
    let body = request.resource_logs[0].scope_logs[0].log_records[0].body.as_mut().expect("there");
    body.value = Some(Any::StringValue("b\u{fffd}d".to_owned()));
    for way in ways {
        assert_eq!(ExportLogsServiceRequest::decode(way).expect("protobuf"), request);
    }
    assert_eq!(mended(Signal::Logs, &vec![0xff].into()).count(), 0);
}

/// A value in so many maps, the innermost of them within.
fn in_maps(deep: usize) -> AnyValue {
    let inner = AnyValue { value: Some(Any::StringValue("deep".to_owned())) };
    (0..deep).fold(inner, |value, _| {
        let pair = KeyValue { key: "k".to_owned(), value: Some(value), ..KeyValue::default() };
        AnyValue { value: Some(Any::KvlistValue(KeyValueList { values: vec![pair] })) }
    })
}

#[test]
fn a_text_that_is_not_utf8_cuts_no_value_that_can_be_read() {
    for value in [in_maps(30), in_lists(40)] {
        let texts = AnyValue { value: Some(Any::StringValue("b?d".to_owned())) };
        let attribute = |value| KeyValue { key: "k".to_owned(), value: Some(value), ..KeyValue::default() };
        let attributes = vec![attribute(value.clone()), attribute(texts)];
        let resource = Resource { attributes, ..Resource::default() };
        let resource_logs = vec![ResourceLogs { resource: Some(resource), ..ResourceLogs::default() }];
        let mut broken = ExportLogsServiceRequest { resource_logs }.encode_to_vec();
        let at = broken.windows(3).position(|three| three == b"b?d").expect("there") + 1;
        broken[at] = 0xff;
        let first = mended(Signal::Logs, &broken.into()).next().expect("protobuf");
        let read = ExportLogsServiceRequest::decode(first).expect("it can be read");
        let attributes = &read.resource_logs[0].resource.as_ref().expect("there").attributes;
        assert_eq!(attributes[0].value, Some(value));
        assert_eq!(attributes[1].value, Some(AnyValue { value: Some(Any::StringValue("b\u{fffd}d".to_owned())) }));
    }
}

/// Values of attributes, nested.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<String>().prop_map(|text| json!({"stringValue": text})),
        any::<bool>().prop_map(|flag| json!({"boolValue": flag})),
        any::<i64>().prop_map(|number| json!({"intValue": number.to_string()})),
        any::<f64>()
            .prop_filter("JSON has no such number", |number| number.is_finite())
            .prop_map(|number| json!({"doubleValue": number})),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|values| json!({"arrayValue": {"values": values}})),
            prop::collection::vec(("[a-z.]{1,9}", inner), 0..4).prop_map(|entries| {
                let entries: Vec<_> =
                    entries.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
                json!({"kvlistValue": {"values": entries}})
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_another_reader_reads_is_read_the_same(
        body in any_value(), attributes in prop::collection::vec(("[a-z.]{1,9}", any_value()), 0..4),
        trace in "[0-9a-f]{32}", time in any::<u64>(), severity in 0..25, flags in any::<u32>(), name in any::<String>(),
    ) {
        let attributes: Vec<_> = attributes.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
        let request = json!({"resourceLogs": [{"resource": {"attributes": attributes.clone()}, "schemaUrl": name,
            "scopeLogs": [{"scope": {"name": name, "attributes": attributes}, "logRecords": [{
                "timeUnixNano": time.to_string(), "observedTimeUnixNano": time, "body": body, "traceId": trace,
                "severityNumber": severity, "severityText": name, "flags": flags, "eventName": name}]}]}]});
        let read = read(Signal::Logs, request.to_string().as_bytes()).expect("read").protobuf;
        let theirs: ExportLogsServiceRequest = serde_json::from_value(request).expect("read");
        prop_assert_eq!(ExportLogsServiceRequest::decode(read).expect("protobuf"), theirs);
    }
}
