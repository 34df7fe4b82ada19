//! Streams as log records: the labels describe the resource, structured metadata the record.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::messages::logs::{Entry, LogPortion, Stream};
use crate::messages::metrics::Pair;

/// The attributes of resources that Loki makes labels of, by the names of the labels.
const ATTRIBUTES: [(&str, &str); 6] = [
    ("service_name", "service.name"),
    ("service_namespace", "service.namespace"),
    ("service_instance_id", "service.instance.id"),
    ("deployment_environment", "deployment.environment"),
    ("deployment_environment_name", "deployment.environment.name"),
    ("container_name", "container.name"),
];

/// The request with these streams.
pub(super) fn request(portion: LogPortion) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest { resource_logs: portion.streams.into_iter().map(resource).collect() }
}

fn resource(stream: Stream) -> ResourceLogs {
    let attributes = stream.labels.into_iter().map(|Pair { name, value }| {
        let known = ATTRIBUTES.iter().find(|(label, _)| *label == name);
        text(known.map_or(name, |(_, attribute)| (*attribute).to_owned()), value)
    });
    let resource = Some(Resource { attributes: attributes.collect(), ..Resource::default() });
    let log_records = stream.entries.into_iter().map(record).collect();
    ResourceLogs {
        resource,
        scope_logs: vec![ScopeLogs { log_records, ..ScopeLogs::default() }],
        ..ResourceLogs::default()
    }
}

fn record(entry: Entry) -> LogRecord {
    let mut record = LogRecord {
        time_unix_nano: u64::try_from(entry.time_ns).unwrap_or_default(),
        body: Some(AnyValue { value: Some(Value::StringValue(entry.line)) }),
        ..LogRecord::default()
    };
    for Pair { name, value } in entry.metadata {
        match (name.as_str(), hex(&value)) {
            ("trace_id", Some(id)) if id.len() == 16 => record.trace_id = id,
            ("span_id", Some(id)) if id.len() == 8 => record.span_id = id,
            ("severity_text", _) => record.severity_text = value,
            ("event_name", _) => record.event_name = value,
            _ => match (name.as_str(), value.parse::<u64>()) {
                ("severity_number", Ok(number)) if number <= 24 => record.severity_number = number as i32,
                ("observed_timestamp", Ok(time)) => record.observed_time_unix_nano = time,
                ("flags", Ok(flags)) if u32::try_from(flags).is_ok() => record.flags = flags as u32,
                _ => record.attributes.push(text(name, value)),
            },
        }
    }
    record
}

/// An attribute whose value is a text.
pub(super) fn text(key: String, value: String) -> KeyValue {
    KeyValue { key, value: Some(AnyValue { value: Some(Value::StringValue(value)) }), ..KeyValue::default() }
}

/// The bytes that hexadecimal digits stand for.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_field_of_its_own_goes_there_and_the_rest_becomes_attributes() {
        let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
        let metadata = vec![
            pair("trace_id", "0af7651916cd43dd8448eb211c80319c"),
            pair("span_id", "not hex"),
            pair("severity_number", "17"),
            pair("flags", "1"),
            pair("user", "u"),
        ];
        let entry = Entry { time_ns: 5, line: "it broke".to_owned(), metadata };
        let labels = vec![pair("service_name", "shop"), pair("stream", "stderr")];
        let request = request(LogPortion { streams: vec![Stream { labels, entries: vec![entry] }] });
        let resource = &request.resource_logs[0];
        let attributes = &resource.resource.as_ref().expect("there").attributes;
        assert_eq!(
            attributes[..],
            [text("service.name".to_owned(), "shop".to_owned()), text("stream".to_owned(), "stderr".to_owned())]
        );
        let record = &resource.scope_logs[0].log_records[0];
        assert_eq!((record.trace_id.len(), record.severity_number, record.flags), (16, 17, 1));
        let left: Vec<&str> = record.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(left, ["span_id", "user"]);
    }
}
