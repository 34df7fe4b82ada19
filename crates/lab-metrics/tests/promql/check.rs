//! Runs the commands of a script and compares what comes with what is expected.

use std::collections::BTreeMap;
use std::sync::Arc;

use lab_histogram::Classic;
use lab_metrics::model::histogram_sample::HistogramSample;
use lab_metrics::promql::value::{Evaluation, Series, Value};
use lab_model::{Labels, Sample};
use regex::Regex;

use crate::agreement;
use crate::histogram::Written;
use crate::notation::{self, Item};
use crate::script::{Command, Expect, Text, When};

/// What a script is run against.
pub(crate) trait Subject {
    fn clear(&mut self);
    /// Adds series, their items one each `interval` milliseconds from zero on.
    fn load(&mut self, series: &[(Labels, Vec<Item>)], interval: i64);
    /// Evaluates a query; the error in the engine's words.
    fn evaluate(&self, query: &str, when: When) -> Result<Evaluation, String>;
}

/// How an `eval` went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
}

/// Runs a script; the outcome of each `eval` with its line.
pub(crate) fn run(commands: &[(usize, Command)], subject: &mut impl Subject) -> Vec<(usize, Outcome)> {
    let mut outcomes = Vec::new();
    for (line, command) in commands {
        match command {
            Command::Clear => subject.clear(),
            Command::Load { interval, series, custom_buckets } => {
                let read = |line: &String| notation::series(line).unwrap_or_else(|| panic!("no series: {line}"));
                let series: Vec<_> = series.iter().map(read).collect();
                subject.load(&series, *interval);
                if *custom_buckets {
                    subject.load(&with_custom_buckets(&series), *interval);
                }
            }
            Command::Eval { when, query, expects, series } => {
                let result = eval(subject, *when, query, expects, series);
                let outcome = match result {
                    Ok(()) => Outcome::Passed,
                    Err(why) => Outcome::Failed(format!("{query}\n    {why}")),
                };
                outcomes.push((*line, outcome));
            }
        }
    }
    outcomes
}

/// `load_with_nhcb` makes a native histogram of each classic one beside it.
fn with_custom_buckets(series: &[(Labels, Vec<Item>)]) -> Vec<(Labels, Vec<Item>)> {
    let mut found: BTreeMap<Labels, BTreeMap<usize, Classic>> = BTreeMap::new();
    for (labels, items) in series {
        let name = labels.metric_name().unwrap_or_default();
        let Some((base, suffix)) = ["_bucket", "_count", "_sum"]
            .into_iter()
            .find_map(|suffix| name.strip_suffix(suffix).map(|base| (base, suffix)))
        else {
            continue;
        };
        let bound = labels.get("le").map(|bound| bound.parse().unwrap_or(f64::NAN));
        if (suffix == "_bucket") != bound.is_some() {
            continue;
        }
        let mut native = labels.to_builder();
        native.set("__name__", base).remove("le");
        let steps = found.entry(native.build()).or_default();
        for (at, item) in items.iter().enumerate() {
            let Item::Value(value) = item else { continue };
            let classic = steps.entry(at).or_default();
            match (suffix, bound) {
                ("_bucket", Some(bound)) => classic.bucket(bound, *value),
                ("_count", _) => classic.count(*value),
                _ => classic.sum(*value),
            }
        }
    }
    let native = |(labels, steps): (Labels, BTreeMap<usize, Classic>)| {
        let mut items = vec![Item::Missing; steps.keys().max().map_or(0, |last| last + 1)];
        for (at, classic) in steps {
            if let Ok(histogram) = classic.convert() {
                items[at] = Item::Native(Written { histogram: Arc::new(histogram), says_reset: false });
            }
        }
        (labels, items)
    };
    found.into_iter().map(native).collect()
}

fn eval(subject: &impl Subject, when: When, query: &str, expects: &[Expect], series: &[String]) -> Result<(), String> {
    let result = subject.evaluate(query, when);
    let fails: Vec<&Text> =
        expects.iter().filter_map(|expect| if let Expect::Fail(text) = expect { Some(text) } else { None }).collect();
    let evaluation = match result {
        Err(error) if fails.is_empty() => return Err(format!("failed: {error}")),
        Err(error) => {
            let unmet = fails.iter().find(|text| !fits(text, &error));
            return unmet.map_or(Ok(()), |text| Err(format!("failed with {error:?}, expected {text:?}")));
        }
        Ok(evaluation) if !fails.is_empty() => return Err(format!("should fail, gave {:?}", evaluation.value)),
        Ok(evaluation) => evaluation,
    };
    check_annotations(&evaluation, expects)?;
    let expected: Vec<(Labels, Vec<Item>)> = series
        .iter()
        .map(|line| notation::series(line).ok_or(format!("no series: {line}")))
        .collect::<Result<_, _>>()?;
    check_value(&evaluation.value, when, expects, &expected)?;
    if let (When::Instant(at), Value::Vector(_) | Value::Scalar(_)) = (when, &evaluation.value) {
        check_as_range(subject, query, at, &evaluation.value)?;
    }
    Ok(())
}

fn check_annotations(evaluation: &Evaluation, expects: &[Expect]) -> Result<(), String> {
    for (texts, kind) in [(&evaluation.warnings, "warn"), (&evaluation.infos, "info")] {
        let wanted: Vec<&Text> = expects
            .iter()
            .filter_map(|expect| match expect {
                Expect::Warn(text) if kind == "warn" => Some(text),
                Expect::Info(text) if kind == "info" => Some(text),
                _ => None,
            })
            .collect();
        let forbidden = expects.iter().any(|expect| match expect {
            Expect::NoWarn => kind == "warn",
            Expect::NoInfo => kind == "info",
            _ => false,
        });
        if forbidden && !texts.is_empty() {
            return Err(format!("unexpected {kind}: {texts:?}"));
        }
        if let Some(unmet) = wanted.iter().find(|wanted| !texts.iter().any(|text| fits(wanted, text))) {
            return Err(format!("no {kind} {unmet:?} among {texts:?}"));
        }
        let extra = texts.iter().find(|text| !wanted.is_empty() && !wanted.iter().any(|wanted| fits(wanted, text)));
        if let Some(extra) = extra {
            return Err(format!("unexpected {kind}: {extra}"));
        }
    }
    Ok(())
}

fn check_value(value: &Value, when: When, expects: &[Expect], expected: &[(Labels, Vec<Item>)]) -> Result<(), String> {
    let range_vector = expects.iter().find_map(|expect| match expect {
        Expect::RangeVector { start, step } => Some((*start, *step)),
        _ => None,
    });
    let text = expects.iter().find_map(|expect| if let Expect::Text(text) = expect { Some(text) } else { None });
    let ordered = expects.iter().any(|expect| matches!(expect, Expect::Ordered));
    match (value, when) {
        (Value::String(got), _) => match text {
            Some(text) if text == got => Ok(()),
            _ => Err(format!("got text {got:?}, expected {text:?}")),
        },
        (Value::Scalar(sample), _) => match expected {
            [(labels, items)] if labels.is_empty() && items.len() == 1 => compare(sample.value, &items[0]),
            _ => Err(format!("got a scalar {}, expected {expected:?}", sample.value)),
        },
        (Value::Vector(points), _) => {
            if expected.iter().any(|(_, items)| items.len() != 1) {
                return Err("an instant vector has one value per series".to_owned());
            }
            let got: Vec<Series> = points
                .iter()
                .map(|point| Series {
                    labels: point.labels.clone(),
                    samples: if point.histogram.is_some() { Vec::new() } else { vec![point.sample] },
                    histograms: point
                        .histogram
                        .iter()
                        .map(|histogram| HistogramSample {
                            timestamp: point.sample.timestamp,
                            histogram: histogram.clone(),
                        })
                        .collect(),
                })
                .collect();
            let at = points.first().map_or(0, |point| point.sample.timestamp);
            check_series(&got, expected, at, 1, ordered)
        }
        (Value::Matrix(series), When::Range { start, step, .. }) => {
            check_series(series, expected, start, step, ordered)
        }
        (Value::Matrix(series), When::Instant(_)) => {
            let (start, step) = range_vector.ok_or("got a range vector")?;
            check_series(series, expected, start, step, ordered)
        }
    }
}

fn check_series(
    got: &[Series],
    expected: &[(Labels, Vec<Item>)],
    start: i64,
    step: i64,
    ordered: bool,
) -> Result<(), String> {
    let mut used = vec![false; got.len()];
    for (at, (labels, items)) in expected.iter().enumerate() {
        let found = if ordered {
            got.get(at).filter(|series| series.labels == *labels).map(|series| (at, series))
        } else {
            got.iter().enumerate().find(|(at, series)| series.labels == *labels && !used[*at])
        };
        let Some((place, series)) = found else {
            return Err(format!("no {labels} (at its place) in {}", shown(got)));
        };
        used[place] = true;
        let (mut samples, mut histograms) = (series.samples.iter(), series.histograms.iter());
        for (step_at, item) in items.iter().enumerate().filter(|(_, item)| **item != Item::Missing) {
            let time = start + step * step_at as i64;
            if let Item::Native(wanted) = item {
                match histograms.next() {
                    Some(sample) if sample.timestamp == time => {
                        agreement::compare(&sample.histogram, wanted)
                            .map_err(|why| format!("{labels} at {time}: {why}"))?;
                    }
                    other => return Err(format!("{labels} has {other:?}, expected a histogram at {time}")),
                }
                continue;
            }
            match samples.next() {
                Some(sample) if sample.timestamp == time => {
                    compare(sample.value, item).map_err(|why| format!("{labels} at {time}: {why}"))?;
                }
                other => return Err(format!("{labels} has {other:?}, expected {item:?} at {time}")),
            }
        }
        if let Some(extra) = samples.next() {
            return Err(format!("{labels} has {extra:?} too many"));
        }
        if let Some(extra) = histograms.next() {
            return Err(format!("{labels} has the histogram {} too many", extra.histogram));
        }
    }
    match used.iter().position(|used| !used) {
        Some(extra) => Err(format!("unexpected {}", shown(&got[extra..=extra]))),
        None => Ok(()),
    }
}

/// An instant query and a range query must agree at the instant.
fn check_as_range(subject: &impl Subject, query: &str, at: i64, instant: &Value) -> Result<(), String> {
    // These say when the query as a whole runs, which differs.
    if ["start()", "end()", "range()", "step()"].iter().any(|word| query.contains(word)) {
        return Ok(());
    }
    let step = 60_000;
    // Another instant of the range may well have a conflict.
    let Ok(evaluation) = subject.evaluate(query, When::Range { start: at - step, end: at + step, step }) else {
        return Ok(());
    };
    let Value::Matrix(series) = evaluation.value else { return Err("a range query gives a matrix".to_owned()) };
    let sample_at = |series: &Series| series.samples.iter().find(|sample| sample.timestamp == at).copied();
    let mut from_range: Vec<(Labels, Sample)> =
        series.iter().filter_map(|series| sample_at(series).map(|sample| (series.labels.clone(), sample))).collect();
    let mut from_instant: Vec<(Labels, Sample)> = match instant {
        Value::Vector(points) => points
            .iter()
            .filter(|point| point.histogram.is_none())
            .map(|point| (point.labels.clone(), point.sample))
            .collect(),
        Value::Scalar(sample) => vec![(Labels::empty(), *sample)],
        _ => Vec::new(),
    };
    from_range.sort_by(|a, b| a.0.cmp(&b.0));
    from_instant.sort_by(|a, b| a.0.cmp(&b.0));
    let same = from_range.len() == from_instant.len()
        && from_range
            .iter()
            .zip(&from_instant)
            .all(|(a, b)| a.0 == b.0 && compare(a.1.value, &Item::Value(b.1.value)).is_ok());
    if same { Ok(()) } else { Err(format!("as a range query: {from_range:?}, as an instant query: {from_instant:?}")) }
}

fn compare(got: f64, expected: &Item) -> Result<(), String> {
    let Item::Value(expected) = *expected else { return Err(format!("got {got}, expected {expected:?}")) };
    let near = (got - expected).abs() <= 1e-6 * got.abs().max(expected.abs());
    if got == expected || (got.is_nan() && expected.is_nan()) || near {
        Ok(())
    } else {
        Err(format!("got {got}, expected {expected}"))
    }
}

fn fits(wanted: &Text, text: &str) -> bool {
    match wanted {
        Text::Any => true,
        // The scripts of a release say nothing of the place and of figures, which stand behind the text.
        Text::Is(wanted) => text
            .strip_prefix(wanted.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(" (") || rest.starts_with(", from buckets ")),
        Text::Matches(pattern) => Regex::new(pattern).is_ok_and(|regex| regex.is_match(text)),
    }
}

fn shown(series: &[Series]) -> String {
    let one = |series: &Series| {
        let values: Vec<String> =
            series.samples.iter().map(|sample| format!("{}@{}", sample.value, sample.timestamp)).collect();
        let histograms = series.histograms.iter().map(|sample| format!("{}@{}", sample.histogram, sample.timestamp));
        format!("{} {}", series.labels, values.into_iter().chain(histograms).collect::<Vec<_>>().join(" "))
    };
    format!("[{}]", series.iter().map(one).collect::<Vec<_>>().join("; "))
}
