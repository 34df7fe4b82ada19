//! Requests in protobuf, which do not say of which signal they are: they are told apart by what their records hold.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::Serialize;

use crate::otlp::lines::Signal;
use crate::otlp::size::{self, Shape};

/// Bytes of the ids of a trace and of a span.
const TRACE_ID: usize = 16;
const SPAN_ID: usize = 8;

/// What the messages of one request may take in memory, their texts not counted.
pub(crate) const LARGEST: usize = 128 << 20;

/// Why a message is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is no request.
    NoRequest,
    /// It would take too much memory.
    TooLarge,
}

/// A request that a message may be.
#[derive(Debug)]
struct Candidate {
    signal: Signal,
    json: String,
    /// How many of its records look as records of the signal do, of how many.
    fitting: usize,
    records: usize,
}

impl Candidate {
    fn fits_better(&self, other: &Self) -> bool {
        self.fitting * other.records > other.fitting * self.records
    }
}

/// The signal of a request, and the request in JSON.
///
/// A span begins with two ids of fixed lengths, a log record with a time, a metric with its name. A record may lack them: what
/// counts is how many have them, and if none has, which signal's messages these are at all. What has no record is a request
/// all the same, about nothing.
pub(crate) fn request(message: &[u8]) -> Result<(Signal, String), Refused> {
    let mut best: Option<Candidate> = None;
    let (mut is_told, mut why) = (true, Refused::NoRequest);
    for read in [traces, logs, metrics] {
        let candidate = match read(message) {
            Ok(Some(candidate)) => candidate,
            Ok(None) => continue,
            Err(refused) => {
                // As another signal's it may be smaller.
                why = refused;
                continue;
            }
        };
        if candidate.fitting == candidate.records {
            return Ok((candidate.signal, candidate.json));
        }
        match &best {
            Some(before) if !candidate.fits_better(before) => is_told &= before.fits_better(&candidate),
            _ => (best, is_told) = (Some(candidate), true),
        }
    }
    best.filter(|_| is_told).map(|best| (best.signal, best.json)).ok_or(why)
}

fn traces(message: &[u8]) -> Result<Option<Candidate>, Refused> {
    let Some(request) = decoded::<ExportTraceServiceRequest>(message, &size::TRACES)? else { return Ok(None) };
    let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    let spans = scopes.flat_map(|scope| &scope.spans);
    let fits = spans.map(|span| span.trace_id.len() == TRACE_ID && span.span_id.len() == SPAN_ID);
    Ok(candidate(Signal::Traces, fits, &request).filter(|_| !request.resource_spans.is_empty()))
}

fn logs(message: &[u8]) -> Result<Option<Candidate>, Refused> {
    let Some(request) = decoded::<ExportLogsServiceRequest>(message, &size::LOGS)? else { return Ok(None) };
    let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
    let records = scopes.flat_map(|scope| &scope.log_records);
    let fits = records.map(|record| record.time_unix_nano > 0 || record.observed_time_unix_nano > 0);
    Ok(candidate(Signal::Logs, fits, &request).filter(|_| !request.resource_logs.is_empty()))
}

fn metrics(message: &[u8]) -> Result<Option<Candidate>, Refused> {
    let Some(request) = decoded::<ExportMetricsServiceRequest>(message, &size::METRICS)? else { return Ok(None) };
    let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
    let fits = scopes.flat_map(|scope| &scope.metrics).map(|metric| !metric.name.is_empty());
    Ok(candidate(Signal::Metrics, fits, &request).filter(|_| !request.resource_metrics.is_empty()))
}

/// A message, if it is one of the type and not too large: that is known before it is made.
fn decoded<T: Message + Default>(message: &[u8], shape: Shape) -> Result<Option<T>, Refused> {
    match size::decoded(message, shape) {
        None => Ok(None),
        Some(bytes) if bytes > LARGEST => Err(Refused::TooLarge),
        Some(_) => Ok(T::decode(message).ok()),
    }
}

fn candidate(signal: Signal, fits: impl Iterator<Item = bool>, request: &impl Serialize) -> Option<Candidate> {
    let (fitting, records) = fits.fold((0, 0), |(fitting, records), fits| (fitting + usize::from(fits), records + 1));
    let json = serde_json::to_string(request).ok()?;
    Some(Candidate { signal, json, fitting, records })
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::KeyValue;
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
        request(message).ok().map(|(signal, _)| signal)
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
        for (name, description) in [("queue", "how long"), ("a name of 16 let", "8 letter")] {
            for data in [&gauge, &sum] {
                let (name, description) = (name.to_owned(), description.to_owned());
                let metric = Metric { name, description, data: Some(data.clone()), ..Metric::default() };
                assert_eq!(signal(&of_metrics(metric)), Some(Signal::Metrics));
            }
        }
        assert_eq!((signal(b""), signal(b"nonsense"), signal(&[0xff; 9])), (None, None, None));
    }

    #[test]
    fn odd_records_do_not_hide_the_signal_of_a_request() {
        let span = Span { trace_id: vec![1; 16], span_id: vec![2; 8], start_time_unix_nano: 5, ..Span::default() };
        let without_id = Span { span_id: Vec::new(), ..span.clone() };
        let of = |spans: &[Span]| [of_spans(spans[0].clone()), of_spans(spans[1].clone())].concat();
        assert_eq!(signal(&of(&[span, without_id.clone()])), Some(Signal::Traces));
        assert_eq!(signal(&of_spans(without_id)), Some(Signal::Traces), "no other signal decodes it");
        let record = |time_unix_nano| {
            let attributes = vec![KeyValue { key: "k".to_owned(), ..KeyValue::default() }];
            of_records(LogRecord {
                time_unix_nano,
                severity_text: "INFO".to_owned(),
                attributes,
                ..LogRecord::default()
            })
        };
        assert_eq!(signal(&[record(1), record(1), record(0)].concat()), Some(Signal::Logs));
        let metric =
            |name: &str| of_metrics(Metric { name: name.to_owned(), unit: "s".to_owned(), ..Metric::default() });
        assert_eq!(signal(&[metric("a"), metric("b"), metric("")].concat()), Some(Signal::Metrics));
        let empty = of_spans(Span::default());
        assert_eq!(request(&empty), Err(Refused::NoRequest), "it may be of any signal");
    }

    #[test]
    fn what_would_take_too_much_memory_is_refused_before_it_is_made() {
        let records = [0x12, 0x00].repeat(LARGEST / size_of::<Metric>() + 1);
        let mut scope = vec![0x12];
        prost::encoding::encode_varint(records.len() as u64, &mut scope);
        let mut resource = vec![0x0a];
        prost::encoding::encode_varint((scope.len() + records.len()) as u64, &mut resource);
        assert_eq!(request(&[resource, scope, records].concat()).err(), Some(Refused::TooLarge));
        assert_eq!(request(&[0x0a, 0x00].repeat(2 << 20)).err(), Some(Refused::TooLarge), "resources");
    }
}
