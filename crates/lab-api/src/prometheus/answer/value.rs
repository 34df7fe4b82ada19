//! Values as the Prometheus API writes them: times in seconds, numbers as strings.

use std::fmt::Write;

use lab_metrics::promql::value::Value;
use lab_model::{Labels, Sample, push_float};

/// Bytes of a sample with a long value.
const SAMPLE: usize = r#"[1435781430.781,"0.1234567890123456"],"#.len();

/// Writes `"resultType":…,"result":…` without braces around it; `at` is the time of the evaluation.
pub(crate) fn value(out: &mut String, value: &Value, at: i64) {
    write_to(out, format_args!(r#""resultType":"{}","result":"#, value.type_name()));
    match value {
        Value::Scalar(sample) => point(out, *sample),
        Value::String(text) => {
            out.push('[');
            seconds(out, at);
            write_to(out, format_args!(",{}]", quoted(text)));
        }
        Value::Vector(points) => list(out, points, |out, one| {
            metric(out, &one.labels);
            out.push_str(r#","value":"#);
            point(out, one.sample);
            out.push('}');
        }),
        Value::Matrix(series) => list(out, series, |out, one| {
            metric(out, &one.labels);
            out.push_str(r#","values":"#);
            list(out, &one.samples, |out, sample| point(out, *sample));
            out.push('}');
        }),
    }
}

/// About how many bytes a value takes when it is written, rather too many than too few.
pub(crate) fn length(value: &Value) -> usize {
    let samples = match value {
        Value::Scalar(_) => 1,
        Value::String(text) => text.len(),
        Value::Vector(points) => points.len(),
        Value::Matrix(series) => series.iter().map(|one| one.samples.len()).sum(),
    };
    let series = match value {
        Value::Scalar(_) | Value::String(_) => 0,
        Value::Vector(points) => points.iter().map(|one| labels_length(&one.labels)).sum(),
        Value::Matrix(series) => series.iter().map(|one| labels_length(&one.labels)).sum(),
    };
    // A text that grows is copied to twice its length.
    2 * (samples * SAMPLE + series)
}

/// About how many bytes labels take.
pub(crate) fn labels_length(labels: &Labels) -> usize {
    labels.text_bytes() + labels.len() * r#""":"","#.len() + r#"{"metric":{},"values":[]},"#.len()
}

/// Milliseconds as seconds with as many decimals as needed.
pub(crate) fn seconds(out: &mut String, ms: i64) {
    let (whole, rest) = (ms.unsigned_abs() / 1000, ms.unsigned_abs() % 1000);
    let sign = if ms < 0 { "-" } else { "" };
    write_to(out, format_args!("{sign}{whole}"));
    if rest > 0 {
        let decimals = format!(".{rest:03}");
        out.push_str(decimals.trim_end_matches('0'));
    }
}

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn metric(out: &mut String, labels: &Labels) {
    out.push_str(r#"{"metric":"#);
    out.push_str(&serde_json::to_string(labels).unwrap_or_default());
}

fn point(out: &mut String, sample: Sample) {
    out.push('[');
    seconds(out, sample.timestamp);
    out.push_str(",\"");
    push_float(out, sample.value);
    out.push_str("\"]");
}

fn list<T>(out: &mut String, items: &[T], one: impl Fn(&mut String, &T)) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        one(out, item);
    }
    out.push(']');
}

/// Writing to a string cannot fail.
fn write_to(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_metrics::promql::value::Series;

    #[test]
    fn times_and_numbers_are_written_as_prometheus_writes_them() {
        let samples = [(1_435_781_430_781, f64::NAN), (-1500, f64::INFINITY), (10_000, 0.1)];
        let samples = samples.map(|(timestamp, value)| Sample { timestamp, value }).to_vec();
        let mut out = String::new();
        value(&mut out, &Value::Matrix(vec![Series { labels: Labels::from_pairs([("a", "\"")]), samples }]), 0);
        let expected = concat!(
            r#""resultType":"matrix","result":[{"metric":{"a":"\""},"#,
            r#""values":[[1435781430.781,"NaN"],[-1.5,"+Inf"],[10,"0.1"]]}]"#,
        );
        assert_eq!(out, expected);
    }
}
