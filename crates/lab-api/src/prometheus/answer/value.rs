//! Values as the Prometheus API writes them: times in seconds, numbers as strings.

use std::fmt::Write;

use lab_histogram::Histogram;
use lab_metrics::promql::value::{Series, Value};
use lab_model::{Labels, Sample, push_answer_float, push_float};

/// Bytes of a sample with a long value.
const SAMPLE: usize = r#"[1435781430.781,"0.1234567890123456"],"#.len();

/// Writes `"resultType":…,"result":…` without braces around it; `at` is the time of the evaluation.
pub(crate) fn value(out: &mut String, value: &Value, at: i64) {
    write_to(out, format_args!(r#""resultType":"{}","result":"#, value.type_name()));
    match value {
        // A scalar is the one number without an exponent.
        Value::Scalar(sample) => point(out, *sample, push_float),
        Value::String(text) => {
            out.push('[');
            seconds(out, at);
            write_to(out, format_args!(",{}]", quoted(text)));
        }
        Value::Vector(points) => list(out, points, |out, one| {
            metric(out, &one.labels);
            if let Some(found) = &one.histogram {
                out.push_str(r#","histogram":"#);
                histogram(out, one.sample.timestamp, found);
            } else {
                out.push_str(r#","value":"#);
                point(out, one.sample, push_answer_float);
            }
            out.push('}');
        }),
        Value::Matrix(series) => list(out, series, |out, one| {
            metric(out, &one.labels);
            if !one.samples.is_empty() {
                out.push_str(r#","values":"#);
                list(out, &one.samples, |out, sample| point(out, *sample, push_answer_float));
            }
            if !one.histograms.is_empty() {
                out.push_str(r#","histograms":"#);
                list(out, &one.histograms, |out, sample| histogram(out, sample.timestamp, &sample.histogram));
            }
            out.push('}');
        }),
    }
}

/// About how many bytes a value takes when it is written, rather too many than too few.
pub(crate) fn length(value: &Value) -> usize {
    let samples = match value {
        Value::Scalar(_) => 1,
        Value::String(text) => text.len(),
        Value::Vector(points) => points.iter().map(|one| one.histogram.as_deref().map_or(1, written_as)).sum(),
        Value::Matrix(series) => {
            let histograms =
                |one: &Series| one.histograms.iter().map(|sample| written_as(&sample.histogram)).sum::<usize>();
            series.iter().map(|one| one.samples.len() + histograms(one)).sum::<usize>()
        }
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

fn point(out: &mut String, sample: Sample, push: impl Fn(&mut String, f64)) {
    out.push('[');
    seconds(out, sample.timestamp);
    out.push_str(",\"");
    push(out, sample.value);
    out.push_str("\"]");
}

/// A native histogram at an instant. The number before the bounds of a bucket says which of them belong to it: 0 the upper
/// one, 1 the lower one, 2 none, 3 both.
fn histogram(out: &mut String, timestamp: i64, histogram: &Histogram) {
    out.push('[');
    seconds(out, timestamp);
    out.push_str(",{\"count\":\"");
    push_answer_float(out, histogram.count);
    out.push_str("\",\"sum\":\"");
    push_answer_float(out, histogram.sum);
    out.push('"');
    let mut is_first = true;
    for bucket in histogram.buckets().filter(|bucket| bucket.count != 0.0) {
        out.push_str(if std::mem::take(&mut is_first) { ",\"buckets\":[" } else { "," });
        let bounds = match (bucket.lower_inclusive, bucket.upper_inclusive) {
            (false, true) => 0,
            (true, false) => 1,
            (false, false) => 2,
            (true, true) => 3,
        };
        write_to(out, format_args!("[{bounds}"));
        for number in [bucket.lower, bucket.upper, bucket.count] {
            out.push_str(",\"");
            push_answer_float(out, number);
            out.push('"');
        }
        out.push(']');
    }
    out.push_str(if is_first { "}]" } else { "]}]" });
}

/// How many samples take as many bytes as a histogram.
fn written_as(histogram: &Histogram) -> usize {
    2 + 2 * (histogram.positive.len() + histogram.negative.len())
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

    #[test]
    fn times_and_numbers_are_written_as_prometheus_writes_them() {
        let samples = [(1_435_781_430_781, f64::NAN), (-1500, f64::INFINITY), (10_000, 0.1)];
        let samples = samples.map(|(timestamp, value)| Sample { timestamp, value }).to_vec();
        let mut out = String::new();
        value(
            &mut out,
            &Value::Matrix(vec![Series { labels: Labels::from_pairs([("a", "\"")]), samples, histograms: Vec::new() }]),
            0,
        );
        let expected = concat!(
            r#""resultType":"matrix","result":[{"metric":{"a":"\""},"#,
            r#""values":[[1435781430.781,"NaN"],[-1.5,"+Inf"],[10,"0.1"]]}]"#,
        );
        assert_eq!(out, expected);
    }
}
