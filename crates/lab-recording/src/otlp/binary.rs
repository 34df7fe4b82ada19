//! Requests in protobuf, which do not say of which signal they are: they are told apart by what their records hold.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::Serialize;

use crate::otlp::lines::Signal;

/// Bytes of the ids of a trace and of a span.
const TRACE_ID: usize = 16;
const SPAN_ID: usize = 8;

/// The signal of a request, and the request in JSON; nothing if it is none.
///
/// A span begins with two ids of fixed lengths, a log record with a time, a metric with its name. What has no record at all is
/// a request all the same, about nothing.
pub(crate) fn request(message: &[u8]) -> Option<(Signal, String)> {
    if message.is_empty() {
        return None;
    }
    if let Some(request) = traces(message) {
        return Some((Signal::Traces, json(&request)?));
    }
    if let Some(request) = logs(message) {
        return Some((Signal::Logs, json(&request)?));
    }
    Some((Signal::Metrics, json(&metrics(message)?)?))
}

fn traces(message: &[u8]) -> Option<ExportTraceServiceRequest> {
    let request = ExportTraceServiceRequest::decode(message).ok()?;
    let scopes = || request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    let mut spans = scopes().flat_map(|scope| &scope.spans);
    let are_spans = spans.all(|span| span.trace_id.len() == TRACE_ID && span.span_id.len() == SPAN_ID);
    (!request.resource_spans.is_empty() && are_spans).then_some(request)
}

fn logs(message: &[u8]) -> Option<ExportLogsServiceRequest> {
    let request = ExportLogsServiceRequest::decode(message).ok()?;
    let scopes = || request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
    let mut records = scopes().flat_map(|scope| &scope.log_records);
    let have_times = records.all(|record| record.time_unix_nano > 0 || record.observed_time_unix_nano > 0);
    (!request.resource_logs.is_empty() && have_times).then_some(request)
}

fn metrics(message: &[u8]) -> Option<ExportMetricsServiceRequest> {
    let request = ExportMetricsServiceRequest::decode(message).ok()?;
    let scopes = || request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let mut metrics = scopes().flat_map(|scope| &scope.metrics);
    let have_names = metrics.all(|metric| !metric.name.is_empty());
    (!request.resource_metrics.is_empty() && have_names).then_some(request)
}

fn json(request: &impl Serialize) -> Option<String> {
    serde_json::to_string(request).ok()
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    use opentelemetry_proto::tonic::metrics::v1::metric::Data;
    use opentelemetry_proto::tonic::metrics::v1::{Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum};
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

    use super::*;

    fn of_spans(span: Span) -> Vec<u8> {
        let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        ExportTraceServiceRequest { resource_spans }.encode_to_vec()
    }

    fn of_records(record: LogRecord) -> Vec<u8> {
        let scope_logs = vec![ScopeLogs { log_records: vec![record], ..ScopeLogs::default() }];
        let resource_logs = vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }];
        ExportLogsServiceRequest { resource_logs }.encode_to_vec()
    }

    fn of_metrics(metric: Metric) -> Vec<u8> {
        let scope_metrics = vec![ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() }];
        let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
        ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
    }

    fn signal(message: &[u8]) -> Option<Signal> {
        request(message).map(|(signal, _)| signal)
    }

    #[test]
    fn signals_are_told_apart_by_their_records() {
        let (trace_id, span_id) = (vec![0xab; 16], vec![0xcd; 8]);
        let span = Span { trace_id, span_id, name: "x".to_owned(), start_time_unix_nano: 5, ..Span::default() };
        assert_eq!(signal(&of_spans(span)), Some(Signal::Traces));
        let with_letters = Span { trace_id: vec![b'a'; 16], span_id: vec![b'b'; 8], ..Span::default() };
        assert_eq!(signal(&of_spans(with_letters)), Some(Signal::Traces), "ids that are letters");
        for record in [
            LogRecord { time_unix_nano: 1, ..LogRecord::default() },
            LogRecord { observed_time_unix_nano: 1, severity_text: "INFO".to_owned(), ..LogRecord::default() },
        ] {
            assert_eq!(signal(&of_records(record)), Some(Signal::Logs));
        }
        let point = NumberDataPoint { time_unix_nano: 1_700_000_000_000_000_000, ..NumberDataPoint::default() };
        let gauge = Data::Gauge(Gauge { data_points: vec![point.clone()] });
        let sum = Data::Sum(Sum { data_points: vec![point], ..Sum::default() });
        for (name, description) in [("queue", "how long"), ("a name of 16 let", "8 lett…")] {
            for data in [&gauge, &sum] {
                let (name, description) = (name.to_owned(), description.to_owned());
                let metric = Metric { name, description, data: Some(data.clone()), ..Metric::default() };
                assert_eq!(signal(&of_metrics(metric)), Some(Signal::Metrics));
            }
        }
        assert_eq!((signal(b""), signal(b"nonsense"), signal(&[0xff; 9])), (None, None, None));
    }
}
