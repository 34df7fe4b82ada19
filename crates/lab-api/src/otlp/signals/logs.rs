//! Log records: entries of the log store, by the rules of Loki's OTLP endpoint.
//!
//! A few attributes of the resource become stream labels (Loki's `default_resource_attributes_as_index_labels`), all other attributes and fields structured metadata; the line is the body.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use lab_logs::{Arrivals, Entry, LogStore, Policy, enrich};
use lab_model::{Labels, LabelsBuilder};
use lab_storage::other_unit;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use parking_lot::Mutex;
use prost::Message;

use crate::otlp::outcome::Outcome;
use crate::otlp::refusal::Refusal;
use crate::otlp::signals::attribute::{hex, label_name, value_text};

/// Attributes of the resource that become stream labels: those of Loki's `default_resource_attributes_as_index_labels`.
const STREAM_ATTRIBUTES: [&str; 18] = [
    "service.name",
    "service.namespace",
    "service.instance.id",
    "deployment.environment",
    "deployment.environment.name",
    "cloud.region",
    "cloud.availability_zone",
    "k8s.cluster.name",
    "k8s.namespace.name",
    "k8s.pod.name",
    "k8s.container.name",
    "container.name",
    "k8s.replicaset.name",
    "k8s.deployment.name",
    "k8s.statefulset.name",
    "k8s.daemonset.name",
    "k8s.cronjob.name",
    "k8s.job.name",
];
/// How deep maps are unfolded into names.
const MAX_DEPTH: usize = 8;

/// Takes an `ExportLogsServiceRequest` in.
pub(crate) fn receive(
    (store, arrivals): (&LogStore, &Mutex<Arrivals>),
    body: &Bytes,
    now_ns: i64,
) -> Result<Outcome, Refusal> {
    let request = ExportLogsServiceRequest::decode(body.clone()).map_err(|error| error.to_string());
    let arrival = || arrivals.lock().next(now_ns);
    let entries = entries(request.map_err(Refusal::Malformed)?, arrival);
    append(store, entries, now_ns)
}

/// A line of another format than OTLP.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) labels: Labels,
    pub(crate) text: String,
    pub(crate) metadata: Labels,
}

/// Takes lines in, which happen now.
pub(crate) fn receive_lines(
    (store, arrivals): (&LogStore, &Mutex<Arrivals>),
    lines: Vec<Line>,
    now_ns: i64,
) -> Result<Outcome, Refusal> {
    let entry = |line: Line| {
        let timestamp = arrivals.lock().next(now_ns);
        (line.labels, Entry::new(timestamp, line.text).with_metadata(line.metadata))
    };
    append(store, lines.into_iter().map(entry).collect(), now_ns)
}

fn append(store: &LogStore, entries: Vec<(Labels, Entry)>, now_ns: i64) -> Result<Outcome, Refusal> {
    let with_level = |(labels, entry)| {
        let entry = enrich::with_detected_level(&labels, entry);
        (labels, entry)
    };
    let entries = entries.into_iter().map(with_level).collect();
    let appended = store.append_or_wait(entries, &Policy::pushed(now_ns, store.limits()), Duration::ZERO)?;
    let mut rejected: BTreeMap<&'static str, u64> = BTreeMap::new();
    for rejection in &appended.rejections {
        *rejected.entry(rejection.reason.as_str()).or_default() += 1;
    }
    // The store tells the first ones only.
    let untold = appended.rejected.saturating_sub(appended.rejections.len()) as u64;
    if untold > 0 {
        rejected.insert("other", untold);
    }
    let mut message: Vec<_> = rejected.iter().map(|(reason, records)| format!("{records} × {reason}")).collect();
    message.extend(appended.rejections.iter().find_map(|one| other_unit(one.timestamp, 1_000_000_000)));
    let accepted = (appended.accepted + appended.duplicates) as u64;
    Ok(Outcome { accepted, rejected: rejected.into_iter().collect(), conflicts: 0, message: message.join("; ") })
}

/// The entries of a request, each with the labels of its stream; `arrival` gives a time to those that have none.
fn entries(request: ExportLogsServiceRequest, arrival: impl Fn() -> i64) -> Vec<(Labels, Entry)> {
    let mut entries = Vec::new();
    for resource_logs in request.resource_logs {
        let attributes = resource_logs.resource.map(|resource| resource.attributes).unwrap_or_default();
        let (labels, of_resource) = split_resource(&attributes);
        for scope_logs in resource_logs.scope_logs {
            let mut of_scope = of_resource.clone();
            if let Some(scope) = &scope_logs.scope {
                of_scope.set("scope_name", scope.name.as_str()).set("scope_version", scope.version.as_str());
                add_attributes(&mut of_scope, "", &scope.attributes, MAX_DEPTH);
            }
            for record in scope_logs.log_records {
                entries.push((labels.clone(), entry(&record, of_scope.clone(), &arrival)));
            }
        }
    }
    entries
}

/// The stream's labels, and the structured metadata that the rest of the resource becomes.
fn split_resource(attributes: &[KeyValue]) -> (Labels, LabelsBuilder) {
    let (mut labels, mut metadata) = (LabelsBuilder::default(), LabelsBuilder::default());
    for attribute in attributes {
        if STREAM_ATTRIBUTES.contains(&attribute.key.as_str()) {
            labels.set(label_name(&attribute.key), value_text(attribute.value.as_ref()));
        } else {
            add_attributes(&mut metadata, "", std::slice::from_ref(attribute), MAX_DEPTH);
        }
    }
    if labels.get("service_name").is_none() {
        labels.set("service_name", "unknown_service");
    }
    (labels.build(), metadata)
}

fn entry(record: &LogRecord, mut metadata: LabelsBuilder, arrival: impl Fn() -> i64) -> Entry {
    add_attributes(&mut metadata, "", &record.attributes, MAX_DEPTH);
    if record.severity_number != 0 {
        metadata.set("severity_number", record.severity_number.to_string());
    }
    // Where there is no other time, this is the entry's own.
    if record.observed_time_unix_nano != 0 && record.time_unix_nano != 0 {
        metadata.set("observed_timestamp", record.observed_time_unix_nano.to_string());
    }
    if record.dropped_attributes_count != 0 {
        metadata.set("dropped_attributes_count", record.dropped_attributes_count.to_string());
    }
    if record.flags != 0 {
        metadata.set("flags", record.flags.to_string());
    }
    let fields = [
        ("severity_text", record.severity_text.clone()),
        ("event_name", record.event_name.clone()),
        ("trace_id", id(&record.trace_id)),
        ("span_id", id(&record.span_id)),
    ];
    // A field that is not there leaves an attribute of its name alone.
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        metadata.set(name, value);
    }
    let times = [record.time_unix_nano, record.observed_time_unix_nano];
    let timestamp = times.into_iter().find(|time| *time != 0).and_then(|time| i64::try_from(time).ok());
    Entry::new(timestamp.unwrap_or_else(arrival), value_text(record.body.as_ref())).with_metadata(metadata.build())
}

/// An id in hex; nothing if it is all zeros, which is no id.
fn id(bytes: &[u8]) -> String {
    if bytes.iter().all(|byte| *byte == 0) { String::new() } else { hex(bytes) }
}

/// Adds attributes; the entries of a map get its name in front.
fn add_attributes(metadata: &mut LabelsBuilder, prefix: &str, attributes: &[KeyValue], depth: usize) {
    for attribute in attributes {
        let name = format!("{prefix}{}", label_name(&attribute.key));
        match &attribute.value {
            Some(AnyValue { value: Some(Value::KvlistValue(map)) }) if depth > 0 => {
                add_attributes(metadata, &format!("{name}_"), &map.values, depth - 1);
            }
            value => {
                metadata.set(name, value_text(value.as_ref()));
            }
        }
    }
}
