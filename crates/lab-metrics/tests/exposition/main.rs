//! Pages of metrics, good and bad, and what Prometheus 3.14 made of each when it scraped them: recorded from it, one page a
//! line, with the samples and families that its API showed afterwards. Explicit times were not recorded.

use std::collections::BTreeMap;

use lab_metrics::ingest::exposition::format::Format;
use lab_metrics::ingest::exposition::line::Line;
use lab_metrics::ingest::exposition::parser::Parser;
use lab_metrics::ingest::exposition::{number, series_text};
use lab_metrics::model::metadata::Metadata;
use serde_json::{Value, json};

const RECORD: &str = include_str!("prometheus-3.14.jsonl");

/// Bodies that are read differently on purpose, with the reason.
const DIFFERENT: [(&str, &str); 3] = [
    (" a 1\n", "Prometheus takes the blank before a name for a part of it."),
    ("\ta 1\n", "Prometheus takes the blank before a name for a part of it."),
    ("\u{0}\n", "Prometheus takes a NUL at the begin of a line for the end of the page, and loses what follows."),
];

/// What a page says, in the form of the record; nothing if it is refused.
fn read(body: &str, format: Format) -> Option<(Value, Value)> {
    let (mut samples, mut families) = (BTreeMap::new(), BTreeMap::<String, Metadata>::new());
    for line in Parser::new(body.as_bytes(), format) {
        match line.ok()? {
            Line::Help { name, text } => families.entry(name.into_owned()).or_default().help = text,
            Line::Type { name, kind } => families.entry(name.into_owned()).or_default().kind = kind,
            Line::Unit { name, unit } => families.entry(name.into_owned()).or_default().unit = unit.into_owned(),
            Line::Sample(sample) => {
                let pairs = series_text::labels(&sample.series, sample.kind).ok()?;
                // A label without a value is no label.
                let named = pairs.into_iter().filter(|(_, value)| !value.is_empty());
                let labels: BTreeMap<String, String> =
                    named.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
                // Of two values at one time the first stays.
                samples.entry(labels).or_insert(number::spelled(sample.value.number()?));
            }
        }
    }
    let samples: Vec<_> = samples.into_iter().map(|(labels, value)| json!([labels, value])).collect();
    let family = |(name, said): (String, Metadata)| json!([name, said.kind.as_str(), said.help, said.unit]);
    Some((samples.into(), families.into_iter().map(family).collect::<Vec<_>>().into()))
}

/// The record's samples with their values in one spelling, in the order of [`read`].
fn spelled(samples: &Value) -> Value {
    let mut samples: Vec<(BTreeMap<String, String>, String)> =
        serde_json::from_value(samples.clone()).expect("labels and values");
    for (_, value) in &mut samples {
        *value = number::canonical(value).expect("a number");
    }
    samples.sort();
    json!(samples)
}

#[test]
fn pages_are_read_as_prometheus_reads_them() {
    let mut wrong = Vec::new();
    let mut number = 0;
    for line in RECORD.lines() {
        let recorded: Value = serde_json::from_str(line).expect("a record");
        let body = recorded["body"].as_str().expect("a body");
        let format = match recorded["format"].as_str() {
            Some("text") => Format::PrometheusText,
            _ => Format::OpenMetrics,
        };
        let is_good = recorded["good"] == true;
        let found = read(body, format);
        let is_same = match &found {
            None => !is_good,
            Some((samples, families)) => {
                is_good
                    && (recorded["samples"].is_null() || *samples == spelled(&recorded["samples"]))
                    && *families == recorded["families"]
            }
        };
        let is_excused = format == Format::PrometheusText && DIFFERENT.iter().any(|(other, _)| *other == body);
        number += 1;
        if is_same == is_excused {
            wrong.push(format!("{line}\n    found {found:?}"));
        }
    }
    assert!(number > 500, "the record has only {number} pages");
    assert!(wrong.is_empty(), "{} of {number} pages differ:\n{}", wrong.len(), wrong.join("\n"));
}
