//! `status/self_metrics`: the metrics of this process, as families in the JSON form of Prometheus' protocol buffers.

use axum::extract::State;
use lab_metrics::ingest::exposition::format::Format;
use lab_metrics::ingest::exposition::line::{Line, SampleLine};
use lab_metrics::ingest::exposition::parser::Parser;
use lab_metrics::ingest::exposition::series_text;
use lab_metrics::model::metadata::MetricKind;
use lab_model::expression;
use serde_json::{Map, Value, json};

use crate::params::Params;
use crate::prometheus::answer::envelope::{Answer, success};
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::state::PrometheusState;

/// `/api/v1/status/self_metrics`: all families, or those whose names match `metric_name_pattern` as a whole.
pub(crate) async fn self_metrics(State(state): State<PrometheusState>, params: Params) -> Answer {
    let pattern = params.get("metric_name_pattern").map(expression::anchored).transpose();
    let pattern = pattern
        .map_err(|error| PrometheusError::new(ErrorType::BadData, format!("invalid metric_name_pattern: {error}")))?;
    // On a thread that may block: a store with a troubled disk tells its size late.
    let page = tokio::task::spawn_blocking(move || state.self_metrics.map(|page| page()).unwrap_or_default());
    let page = page.await.map_err(PrometheusError::internal)?;
    let mut families = Families::default();
    if !page.is_empty() {
        families.read(page.as_bytes()).map_err(PrometheusError::internal)?;
    }
    let wanted = |family: &Value| {
        let name = family["name"].as_str().unwrap_or_default();
        pattern.as_ref().is_none_or(|pattern| pattern.is_match(name))
    };
    success(&families.0.iter().filter(|family| wanted(family)).collect::<Vec<_>>())
}

/// The families of a page in their order.
#[derive(Debug, Default)]
struct Families(Vec<Value>);

impl Families {
    fn read(&mut self, page: &[u8]) -> Result<(), String> {
        let mut about = About::default();
        for line in Parser::new(page, Format::OpenMetrics) {
            match line.map_err(|error| error.to_string())? {
                Line::Help { name, text } => about.of(&name).help = text,
                Line::Unit { name, unit } => about.of(&name).unit = unit.into_owned(),
                Line::Type { name, .. } => {
                    about.of(&name);
                }
                Line::Sample(sample) => self.add(&about, &sample)?,
            }
        }
        Ok(())
    }

    fn add(&mut self, about: &About, sample: &SampleLine<'_>) -> Result<(), String> {
        let About { family, help, unit } = about;
        let pairs = series_text::labels(&sample.series, MetricKind::Unknown)?;
        let mut labels: Vec<(String, String)> =
            pairs.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let mut taken = |wanted: &str| {
            let at = labels.iter().position(|(name, _)| name == wanted);
            at.map(|at| labels.remove(at).1).unwrap_or_default()
        };
        let (series, bound) = (taken("__name__"), taken("le"));
        let is_histogram = sample.kind == MetricKind::Histogram;
        // A counter is known by the name of its series, a histogram by that of its family.
        let name = if is_histogram { &**family } else { &*series };
        let entry = match self.0.iter_mut().rposition(|entry| entry["name"] == name) {
            Some(at) => &mut self.0[at],
            None => {
                let mut entry = json!({"name": name, "help": help, "type": kind(sample.kind), "metric": []});
                if !unit.is_empty() {
                    entry["unit"] = json!(unit);
                }
                self.0.push(entry);
                let last = self.0.len() - 1;
                &mut self.0[last]
            }
        };
        // A page of text has numbers only.
        let value = sample.value.number().unwrap_or_default();
        let Some(metrics) = entry["metric"].as_array_mut() else { return Ok(()) };
        let labels: Vec<_> = labels.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        let metric = match metrics.iter_mut().rposition(|metric| metric["label"] == json!(labels)) {
            Some(at) if is_histogram => &mut metrics[at],
            _ => {
                metrics.push(json!({"label": labels}));
                let last = metrics.len() - 1;
                &mut metrics[last]
            }
        };
        match sample.kind {
            MetricKind::Counter => metric["counter"] = json!({"value": float(value)}),
            MetricKind::Gauge => metric["gauge"] = json!({"value": float(value)}),
            MetricKind::Histogram => {
                histogram(metric, series.strip_prefix(&**family).unwrap_or_default(), &bound, value);
            }
            // An info has the value 1 and says everything in its labels.
            _ => metric["untyped"] = json!({"value": float(value)}),
        }
        Ok(())
    }
}

/// What is said of a family before its samples.
#[derive(Debug, Default)]
struct About {
    family: String,
    help: String,
    unit: String,
}

impl About {
    /// What is said of this family; nothing yet if it is another than before.
    fn of(&mut self, family: &str) -> &mut Self {
        if self.family != family {
            *self = Self { family: family.to_owned(), ..Self::default() };
        }
        self
    }
}

/// Adds a line of a histogram to it; `part` is the end of the line's name.
fn histogram(metric: &mut Value, part: &str, bound: &str, value: f64) {
    if metric.get("histogram").is_none() {
        metric["histogram"] = Value::Object(Map::new());
    }
    let histogram = &mut metric["histogram"];
    // Whole numbers of 64 bits are texts in this form of JSON.
    let count = json!(format!("{value}"));
    match part {
        "_sum" => histogram["sampleSum"] = float(value),
        "_count" => histogram["sampleCount"] = count,
        "_bucket" => {
            let bound = bound.parse().unwrap_or(f64::INFINITY);
            let bucket = json!({"cumulativeCount": count, "upperBound": float(bound)});
            match histogram.get_mut("bucket").and_then(Value::as_array_mut) {
                Some(buckets) => buckets.push(bucket),
                None => histogram["bucket"] = json!([bucket]),
            }
        }
        _ => {}
    }
}

fn kind(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::Counter => "COUNTER",
        MetricKind::Gauge => "GAUGE",
        MetricKind::Histogram => "HISTOGRAM",
        MetricKind::GaugeHistogram => "GAUGE_HISTOGRAM",
        MetricKind::Summary => "SUMMARY",
        _ => "UNTYPED",
    }
}

/// A number; one that JSON does not have is a text.
fn float(value: f64) -> Value {
    match value {
        _ if value.is_finite() => json!(value),
        _ if value.is_nan() => json!("NaN"),
        _ => json!(if value > 0.0 { "Infinity" } else { "-Infinity" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_of_every_kind_are_written() {
        let page = "# HELP a A.\n# TYPE a counter\na_total{x=\"1\"} 2\na_total{x=\"2\"} 3\n\
            # HELP b_seconds B.\n# TYPE b_seconds histogram\n# UNIT b_seconds seconds\n\
            b_seconds_bucket{le=\"0.5\"} 1\nb_seconds_bucket{le=\"+Inf\"} 2\nb_seconds_sum 3.5\nb_seconds_count 2\n\
            # TYPE c gauge\nc NaN\n# EOF\n";
        let mut families = Families::default();
        families.read(page.as_bytes()).expect("a good page");
        let label = |value| json!([{"name": "x", "value": value}]);
        let bucket = |count: &str, bound: Value| json!({"cumulativeCount": count, "upperBound": bound});
        let expected = [
            json!({"name": "a_total", "help": "A.", "type": "COUNTER", "metric": [
                {"label": label("1"), "counter": {"value": 2.0}}, {"label": label("2"), "counter": {"value": 3.0}},
            ]}),
            json!({"name": "b_seconds", "help": "B.", "type": "HISTOGRAM", "unit": "seconds", "metric": [
                {"label": [], "histogram": {
                    "bucket": [bucket("1", json!(0.5)), bucket("2", json!("Infinity"))],
                    "sampleSum": 3.5, "sampleCount": "2",
                }},
            ]}),
            json!({"name": "c", "help": "", "type": "GAUGE", "metric": [{"label": [], "gauge": {"value": "NaN"}}]}),
        ];
        assert_eq!(families.0, expected);
    }
}
