//! The plain request of each door: one item, parts of which a question may replace.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use crate::doors::letter::Marks;
use crate::doors::protobuf::{loki_push, write_1, write_2};

/// The doors of all products, each named after who keeps it and what it takes.
pub(crate) const DOORS: [&str; 12] = [
    "prometheus/otlp",
    "prometheus/write1",
    "prometheus/write2",
    "loki/otlp",
    "loki/push",
    "tempo/otlp",
    "tempo/zipkin",
    "collector/metrics",
    "collector/logs",
    "collector/traces",
    "collector/zipkin",
    "loki/old",
];

/// A protobuf field of bytes with the number 1000, which no request has.
const UNKNOWN_FIELD: [u8; 2] = [0xc2, 0x3e];

/// The door of this name.
pub(crate) fn door(name: &str) -> &'static str {
    DOORS.into_iter().find(|door| *door == name).unwrap_or_else(|| panic!("{name} is no door"))
}

/// The signal that comes to a door.
pub(crate) fn signal(door: &str) -> &'static str {
    match door {
        "prometheus/otlp" | "prometheus/write1" | "prometheus/write2" | "collector/metrics" => "metrics",
        "loki/otlp" | "loki/push" | "loki/old" | "collector/logs" => "logs",
        _ => "traces",
    }
}

/// How a door is sent its requests if nothing else is said: remote write and Loki's protobuf are snappy by themselves.
pub(crate) fn packing(door: &str, is_json: bool) -> &'static str {
    match door {
        "prometheus/write1" | "prometheus/write2" => "snappy",
        "loki/push" if !is_json => "snappy",
        _ => "identity",
    }
}

/// Whether the door's usual packing stands in a header.
pub(crate) fn has_header(door: &str) -> bool {
    door.starts_with("prometheus/write")
}

/// The content type that senders name.
pub(crate) fn content_type(door: &str, is_json: bool) -> &'static str {
    match door {
        "prometheus/write2" => "application/x-protobuf;proto=io.prometheus.write.v2.Request",
        "tempo/zipkin" | "collector/zipkin" => "application/json",
        _ if is_json => "application/json",
        _ => "application/x-protobuf",
    }
}

/// Adds bytes that mean nothing: blanks behind JSON, a field that is not known behind protobuf.
pub(crate) fn pad(body: &mut Vec<u8>, bytes: usize, is_json: bool) {
    if bytes > 0 && !is_json {
        body.extend(UNKNOWN_FIELD);
        prost::encoding::encode_varint(bytes as u64, body);
    }
    body.resize(body.len() + bytes, b' ');
}

/// The request to a door, before it is packed.
pub(crate) fn plain<'a>(door: &str, is_json: bool, given: &impl Fn(&str) -> Option<&'a str>, marks: &Marks) -> Vec<u8> {
    let part = |name: &str, otherwise: &str| given(name).unwrap_or(otherwise).to_owned();
    let resource = part("resource", r#""attributes":[{"key":"service.name","value":{"stringValue":"$ID"}}]"#);
    let json = match door {
        "prometheus/write1" => return write_1(marks),
        "prometheus/write2" => return write_2(marks),
        "loki/push" if !is_json => return loki_push(marks),
        "loki/push" => {
            let entry = part("entry", r#""$NOW","a line""#);
            format!(r#"{{"streams":[{{"stream":{{"service_name":"$ID"}},"values":[[{entry}]]}}]}}"#)
        }
        "loki/old" => {
            r#"{"streams":[{"labels":"{service_name=\"$ID\"}","entries":[{"ts":"2026-11-28T00:00:00Z","line":"a line"}]}]}"#
                .to_owned()
        }
        "tempo/zipkin" | "collector/zipkin" => {
            let span = part("span", r#""name":"a span","kind":"SERVER","duration":5"#);
            let ids = r#""traceId":"$TRACE","id":"00000000000000a1","timestamp":$MICROSECONDS"#;
            format!(r#"[{{{ids},"localEndpoint":{{"serviceName":"$ID"}},{span}}}]"#)
        }
        _ => match signal(door) {
            "metrics" => {
                let point = part("point", r#""asDouble":1.5"#);
                let gauge = format!(r#""gauge":{{"dataPoints":[{{"timeUnixNano":"$NOW",{point}}}]}}"#);
                let metric = part("metric", &gauge);
                let scope = format!(r#""scopeMetrics":[{{"metrics":[{{"name":"$ID",{metric}}}]}}]"#);
                format!(r#"{{"resourceMetrics":[{{"resource":{{{resource}}},{scope}}}]}}"#)
            }
            "logs" => {
                let record = part("record", r#""timeUnixNano":"$NOW","body":{"stringValue":"a line"}"#);
                format!(r#"{{"resourceLogs":[{{"resource":{{{resource}}},"scopeLogs":[{{"logRecords":[{{{record}}}]}}]}}]}}"#)
            }
            _ => {
                let ids = r#""traceId":"$TRACE","spanId":"00000000000000a1""#;
                let ids = part("ids", ids);
                let times = r#""startTimeUnixNano":"$NOW","endTimeUnixNano":"$NOW""#;
                let span = part("span", r#""name":"a span","kind":2"#);
                let span = format!("{{{ids},{},{span}}}", part("times", times));
                format!(r#"{{"resourceSpans":[{{"resource":{{{resource}}},"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#)
            }
        },
    };
    let json = marks.filled(&json);
    if is_json || door.ends_with("zipkin") || door == "loki/old" { json.into_bytes() } else { protobuf(door, &json) }
}

/// The same request in protobuf.
fn protobuf(door: &str, json: &str) -> Vec<u8> {
    match signal(door) {
        "metrics" => serde_json::from_str::<ExportMetricsServiceRequest>(json).expect("OTLP").encode_to_vec(),
        "logs" => serde_json::from_str::<ExportLogsServiceRequest>(json).expect("OTLP").encode_to_vec(),
        _ => serde_json::from_str::<ExportTraceServiceRequest>(json).expect("OTLP").encode_to_vec(),
    }
}
