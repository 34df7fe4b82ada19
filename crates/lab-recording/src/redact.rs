//! Taking the values of attributes out of a run, before its file is sent to others.
//!
//! An attribute is meant under every name that it goes by: `user.id` is the label `user_id`, too. Each of its values becomes
//! a number, the same one wherever it stands, so that what belonged together still does. A value that was found once is
//! taken out of all texts, too: of lines, of names, of other attributes, of the report.

mod documents;
mod lines;
mod spans;
mod values;

use aho_corasick::BuildError;
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::{DecodeError, Message};

use self::values::{Finder, Values};
use crate::messages::logs::LogPortion;
use crate::messages::metrics::{MetricPortion, Pair};
use crate::recording::Recording;

/// Why nothing was taken out. The recording is then as it was, and must not be sent.
#[derive(Debug, thiserror::Error)]
pub enum RedactError {
    #[error("the telemetry cannot be decoded: {0}")]
    Undecodable(#[from] DecodeError),
    #[error("there are too many values, or they are too long, to look for all of them: {0}")]
    TooMany(#[from] BuildError),
}

/// Takes the values of these attributes out.
pub fn redact(recording: &mut Recording, attributes: &[String]) -> Result<(), RedactError> {
    if attributes.is_empty() {
        return Ok(());
    }
    let mut values = Values::of(attributes);
    let mut telemetry = Telemetry {
        metrics: decoded(&recording.metrics)?,
        logs: decoded(&recording.logs)?,
        traces: decoded(&recording.traces)?,
    };
    // By key everywhere first: then it is known which texts to look for.
    telemetry.take(&mut values);
    let mut documents = documents::Documents::of(recording);
    documents.take(&mut values);
    let finder = values.finder()?;
    telemetry.clean(&finder);
    documents.clean(&finder);
    documents.put(recording);
    recording.metrics = encoded(&telemetry.metrics);
    recording.logs = encoded(&telemetry.logs);
    recording.traces = encoded(&telemetry.traces);
    recording.manifest.command.iter_mut().for_each(|text| finder.clean(text));
    recording.manifest.variables.values_mut().for_each(|text| finder.clean(text));
    recording.manifest.redacted = attributes.to_vec();
    Ok(())
}

/// What was received, decoded.
struct Telemetry {
    metrics: Vec<MetricPortion>,
    logs: Vec<LogPortion>,
    traces: Vec<ExportTraceServiceRequest>,
}

impl Telemetry {
    /// Takes the values by their key.
    fn take(&mut self, values: &mut Values) {
        for request in &mut self.traces {
            spans::each_list(request, &mut |attributes| values.take_attributes(attributes));
        }
        for series in self.metrics.iter_mut().flat_map(|portion| &mut portion.series) {
            values.take_pairs(&mut series.labels);
            for exemplar in &mut series.exemplars {
                values.take_pairs(&mut exemplar.labels);
            }
        }
        for stream in self.logs.iter_mut().flat_map(|portion| &mut portion.streams) {
            values.take_pairs(&mut stream.labels);
            for entry in &mut stream.entries {
                values.take_pairs(&mut entry.metadata);
                lines::take(values, &mut entry.line);
            }
        }
    }

    /// Takes what was found out of all texts.
    fn clean(&mut self, finder: &Finder) {
        let clean = |text: &mut String| finder.clean(text);
        for request in &mut self.traces {
            spans::each_text(request, &clean);
        }
        for portion in &mut self.metrics {
            for series in &mut portion.series {
                each_value(&mut series.labels, &clean);
                for exemplar in &mut series.exemplars {
                    each_value(&mut exemplar.labels, &clean);
                }
            }
            for family in &mut portion.families {
                [&mut family.name, &mut family.help, &mut family.unit].into_iter().for_each(clean);
            }
        }
        for stream in self.logs.iter_mut().flat_map(|portion| &mut portion.streams) {
            each_value(&mut stream.labels, &clean);
            for entry in &mut stream.entries {
                each_value(&mut entry.metadata, &clean);
                lines::clean(finder, &mut entry.line);
            }
        }
    }
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
    use crate::messages::metrics::{Family, Series};

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
        let help = "Logins, such as those of ann-7.".to_owned();
        let families = vec![Family { name: "logins".to_owned(), help, ..Family::default() }];
        let metrics = MetricPortion { series: vec![series("ann-7"), series("bob-9")], families };
        Recording {
            report: Some(r#"{"got": "ann-7"}"#.to_owned()),
            dashboards: vec![r#"{"title": "Of ann-7", "expr": "logins{user_id=\"eve-5\"}"}"#.to_owned()],
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
        for value in ["ann-7", "bob-9", "carl-1", "dora-2", "eve-5"] {
            assert!(!file.contains(value), "{value} is left");
        }
        let request = ExportTraceServiceRequest::decode(recording.traces[0].clone()).expect("decoded");
        let span = &request.resource_spans[0].scope_spans[0].spans[0];
        assert_eq!(span.name, "GET /users/redacted-1");
        assert_eq!(span.attributes[2], attribute("user.age", Value::StringValue("redacted-2".to_owned())));
        assert_eq!(recording.manifest.redacted, names);
    }

    #[test]
    fn a_number_leaves_the_report_and_the_expectations_as_readable_as_they_were() {
        let span = Span { attributes: vec![attribute("user.id", Value::IntValue(100))], ..Span::default() };
        let scopes = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
        let resources = vec![ResourceSpans { scope_spans: scopes, ..ResourceSpans::default() }];
        let mut recording = Recording {
            report: Some(r#"{"start_ns":1795100,"got":"user 100"}"#.to_owned()),
            expectations: Some("expect:\n  - promql: up\n    is: '>= 100'\n".to_owned()),
            ledger: Some("{\"ms\":100}\n{\"url\":\"/100\"}\n".to_owned()),
            traces: encoded(&[ExportTraceServiceRequest { resource_spans: resources }]),
            ..Recording::default()
        };
        let expectations = recording.expectations.clone();
        redact(&mut recording, &["user.id".to_owned()]).expect("decoded");
        let report: serde_json::Value = serde_json::from_str(&recording.report.expect("kept")).expect("JSON");
        assert_eq!(report, serde_json::json!({ "start_ns": 1_795_100, "got": "user redacted-1" }));
        assert_eq!(recording.expectations, expectations);
        assert_eq!(recording.ledger.as_deref(), Some("{\"ms\":100}\n{\"url\":\"/redacted-1\"}\n"));
    }

    #[test]
    fn without_a_name_nothing_changes() {
        let mut recording = example();
        redact(&mut recording, &[]).expect("decoded");
        assert_eq!(recording, example());
    }
}
