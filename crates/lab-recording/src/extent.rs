//! From when to when the telemetry of a recording is.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::{DecodeError, Message};

use crate::messages::logs::LogPortion;
use crate::messages::metrics::{MetricPortion, Series};
use crate::recording::Recording;

/// The first and the last time of it, in nanoseconds since the Unix epoch; nothing if it is empty. Of metrics those count that
/// `counts` says of their names.
pub fn extent(recording: &Recording, counts: impl Fn(&str) -> bool) -> Result<Option<(i64, i64)>, DecodeError> {
    let mut extent: Option<(i64, i64)> = None;
    let mut widen = |first: i64, last: i64| {
        let (start, end) = extent.unwrap_or((first, last));
        extent = Some((start.min(first), end.max(last)));
    };
    for portion in &recording.traces {
        let request = ExportTraceServiceRequest::decode(portion.clone())?;
        let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        for span in scopes.flat_map(|scope| &scope.spans) {
            widen(span.start_time_unix_nano as i64, span.end_time_unix_nano as i64);
        }
    }
    for portion in &recording.logs {
        for entry in LogPortion::decode(portion.clone())?.streams.iter().flat_map(|stream| &stream.entries) {
            widen(entry.time_ns, entry.time_ns);
        }
    }
    for portion in &recording.metrics {
        let series = MetricPortion::decode(portion.clone())?.series;
        let name = |series: &Series| series.labels().metric_name().unwrap_or_default().to_owned();
        let counted = series.iter().filter(|series| counts(&name(series)));
        for sample in counted.flat_map(|series| &series.samples) {
            let time = sample.timestamp.saturating_mul(1_000_000);
            widen(time, time);
        }
    }
    Ok(extent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::logs::{Entry, Stream};
    use crate::messages::metrics::{Pair, Sample};

    #[test]
    fn an_extent_is_from_the_first_to_the_last_time() {
        assert_eq!(extent(&Recording::default(), |_| true), Ok(None));
        let entry = |time_ns| Entry { time_ns, ..Entry::default() };
        let streams = vec![Stream { labels: Vec::new(), entries: vec![entry(7), entry(3)] }];
        let logs = vec![LogPortion { streams }.encode_to_vec().into()];
        let pair = |name: &str, value: &str| Pair { name: name.to_owned(), value: value.to_owned() };
        let sample = Sample { timestamp: 1, value: 0.0 };
        let series = Series { labels: vec![pair("__name__", "calls")], samples: vec![sample], ..Series::default() };
        let metrics = vec![MetricPortion { series: vec![series], families: Vec::new() }.encode_to_vec().into()];
        let recording = Recording { metrics, logs, ..Recording::default() };
        assert_eq!(extent(&recording, |name| name != "calls"), Ok(Some((3, 7))));
        assert_eq!(extent(&recording, |_| true), Ok(Some((3, 1_000_000))));
    }
}
