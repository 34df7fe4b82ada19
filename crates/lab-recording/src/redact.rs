//! Taking the values of attributes out of a run, before its file is sent to others.
//!
//! An attribute is meant under every name that it goes by: `user.id` is the label `user_id`, too. Each of its values becomes
//! a number, the same one wherever it stands, so that what belonged together still does. A value that was found once is
//! taken out of all texts, too: of lines, of names, of other attributes, of the report.

mod lines;
mod spans;
mod values;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::{DecodeError, Message};

use self::values::Values;
use crate::messages::logs::LogPortion;
use crate::messages::metrics::{MetricPortion, Pair};
use crate::recording::Recording;

/// Takes the values of these attributes out.
pub fn redact(recording: &mut Recording, attributes: &[String]) -> Result<(), DecodeError> {
    if attributes.is_empty() {
        return Ok(());
    }
    let mut values = Values::of(attributes);
    let mut metrics = decoded::<MetricPortion>(&recording.metrics)?;
    let mut logs = decoded::<LogPortion>(&recording.logs)?;
    let mut traces = decoded::<ExportTraceServiceRequest>(&recording.traces)?;
    // By key everywhere first: then it is known which texts to look for.
    for request in &mut traces {
        spans::each_list(request, &mut |attributes| values.take_attributes(attributes));
    }
    for series in metrics.iter_mut().flat_map(|portion| &mut portion.series) {
        values.take_pairs(&mut series.labels);
        for exemplar in &mut series.exemplars {
            values.take_pairs(&mut exemplar.labels);
        }
    }
    for stream in logs.iter_mut().flat_map(|portion| &mut portion.streams) {
        values.take_pairs(&mut stream.labels);
        for entry in &mut stream.entries {
            values.take_pairs(&mut entry.metadata);
            lines::take(&mut values, &mut entry.line);
        }
    }
    let finder = values.finder();
    let clean = |text: &mut String| finder.clean(text);
    for request in &mut traces {
        spans::each_text(request, &clean);
    }
    for series in metrics.iter_mut().flat_map(|portion| &mut portion.series) {
        each_value(&mut series.labels, &clean);
        for exemplar in &mut series.exemplars {
            each_value(&mut exemplar.labels, &clean);
        }
    }
    for stream in logs.iter_mut().flat_map(|portion| &mut portion.streams) {
        each_value(&mut stream.labels, &clean);
        for entry in &mut stream.entries {
            each_value(&mut entry.metadata, &clean);
            clean(&mut entry.line);
        }
    }
    recording.metrics = encoded(&metrics);
    recording.logs = encoded(&logs);
    recording.traces = encoded(&traces);
    let texts = [&mut recording.report, &mut recording.expectations, &mut recording.ledger];
    texts.into_iter().flatten().for_each(clean);
    recording.manifest.command.iter_mut().for_each(clean);
    recording.manifest.variables.values_mut().for_each(clean);
    recording.manifest.redacted = attributes.to_vec();
    Ok(())
}

fn each_value(pairs: &mut [Pair], clean: &impl Fn(&mut String)) {
    for pair in pairs {
        clean(&mut pair.value);
    }
}

fn decoded<M: Message + Default>(portions: &[Bytes]) -> Result<Vec<M>, DecodeError> {
    portions.iter().map(|portion| M::decode(portion.clone())).collect()
}

fn encoded<M: Message>(messages: &[M]) -> Vec<Bytes> {
    messages.iter().map(|message| message.encode_to_vec().into()).collect()
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

    use super::*;
    use crate::messages::logs::{Entry, Stream};
    use crate::messages::metrics::Series;

    fn pair(name: &str, value: &str) -> Pair {
        Pair { name: name.to_owned(), value: value.to_owned() }
    }

    fn attribute(key: &str, value: Value) -> KeyValue {
        KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
    }

    fn example() -> Recording {
        let span = Span {
            name: "GET /users/ann-7".to_owned(),
            attributes: vec![
                attribute("user.id", Value::StringValue("ann-7".to_owned())),
                attribute("url", Value::StringValue("/users/ann-7?x".to_owned())),
                attribute("user.age", Value::IntValue(41)),
            ],
            ..Span::default()
        };
        let scopes = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans { scope_spans: scopes, ..ResourceSpans::default() }],
        };
        let series = |user: &str| Series {
            labels: vec![pair("__name__", "logins"), pair("user_id", user)],
            ..Series::default()
        };
        let entry = |line: &str| Entry { time_ns: 1, line: line.to_owned(), metadata: vec![pair("user_id", "bob-9")] };
        let lines = [
            r#"{"user":{"user.id":"carl-1","user.age":7}}"#,
            "msg=hi user_id=dora-2 user.age=9 by=ann-7",
            "ann-7 and bob-9 met",
        ];
        let stream = Stream { labels: vec![pair("app", "x")], entries: lines.map(entry).to_vec() };
        let metrics = MetricPortion { series: vec![series("ann-7"), series("bob-9")], families: Vec::new() };
        Recording {
            report: Some(r#"{"got": "ann-7"}"#.to_owned()),
            metrics: encoded(&[metrics]),
            logs: encoded(&[LogPortion { streams: vec![stream] }]),
            traces: encoded(&[request]),
            ..Recording::default()
        }
    }

    #[test]
    fn no_value_is_left_anywhere_and_what_belonged_together_still_does() {
        let mut recording = example();
        let names = ["user.id".to_owned(), "user-age".to_owned()];
        redact(&mut recording, &names).expect("decoded");
        let logs = LogPortion::decode(recording.logs[0].clone()).expect("decoded");
        let lines: Vec<&str> = logs.streams[0].entries.iter().map(|entry| entry.line.as_str()).collect();
        let metrics = MetricPortion::decode(recording.metrics[0].clone()).expect("decoded");
        let users: Vec<&str> = metrics.series.iter().map(|series| series.labels[1].value.as_str()).collect();
        assert_eq!(users, ["redacted-1", "redacted-3"], "series stay apart");
        assert_eq!(
            lines,
            [
                r#"{"user":{"user.id":"redacted-4","user.age":"redacted-5"}}"#,
                "msg=hi user_id=redacted-6 user.age=redacted-7 by=redacted-1",
                "redacted-1 and redacted-3 met",
            ]
        );
        let file = format!("{recording:?}");
        for value in ["ann-7", "bob-9", "carl-1", "dora-2"] {
            assert!(!file.contains(value), "{value} is left");
        }
        let request = ExportTraceServiceRequest::decode(recording.traces[0].clone()).expect("decoded");
        let span = &request.resource_spans[0].scope_spans[0].spans[0];
        assert_eq!(span.name, "GET /users/redacted-1");
        assert_eq!(span.attributes[2], attribute("user.age", Value::StringValue("redacted-2".to_owned())));
        assert_eq!(recording.manifest.redacted, names);
    }

    #[test]
    fn without_a_name_nothing_changes() {
        let mut recording = example();
        redact(&mut recording, &[]).expect("decoded");
        assert_eq!(recording, example());
    }
}
