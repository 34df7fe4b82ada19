//! What independent encoders write is read as they meant it: every request of `encoders/requests.jsonl.gz` stands there in binary form and in
//! forms of JSON, as Python's protobuf and the JavaScript SDK wrote them. `encoders/python.py` says how the file is made.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::otlp::json::read;
use crate::otlp::request::Signal;

#[derive(Deserialize)]
struct Encoded {
    signal: String,
    protobuf: String,
    json: Vec<Box<RawValue>>,
}

/// The request of one signal once more.
type Again = fn(&[u8]) -> Vec<u8>;

/// The request once more, in the one order that the fields have when prost writes them; NaN equals itself in bytes only.
fn again<M: Message + Default>(bytes: &[u8]) -> Vec<u8> {
    M::decode(bytes).expect("protobuf").encode_to_vec()
}

#[test]
fn what_python_and_javascript_write_is_read_as_they_meant_it() {
    let mut text = String::new();
    let packed: &[u8] = include_bytes!("encoders/requests.jsonl.gz");
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).expect("unpacked");
    let mut forms = 0;
    for line in text.lines() {
        let encoded: Encoded = serde_json::from_str(line).expect("a line of requests");
        let (signal, again): (_, Again) = match &*encoded.signal {
            "traces" => (Signal::Traces, again::<ExportTraceServiceRequest>),
            "metrics" => (Signal::Metrics, again::<ExportMetricsServiceRequest>),
            _ => (Signal::Logs, again::<ExportLogsServiceRequest>),
        };
        let meant = again(&STANDARD.decode(&encoded.protobuf).expect("base64"));
        for json in encoded.json {
            let read = read(signal, json.get().as_bytes()).unwrap_or_else(|problem| panic!("{problem}: {json}"));
            assert_eq!(again(&read.protobuf), meant, "{json}");
            forms += 1;
        }
    }
    assert!(forms > 1000, "{forms}");
}
