//! The HTTP API as what scripts are run against: a server on a free port, filled by remote write.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::histogram::Histogram;
use lab_api::prometheus::write::series::Sample as WireSample;
use lab_api::prometheus::write::v1::{Label, TimeSeries, WriteRequest};
use lab_metrics::MetricStore;
use lab_metrics::model::histogram_sample::HistogramSample;
use lab_metrics::promql::value::{EvalStats, Evaluation, Point, Series, Value};
use lab_metrics::store::limits::Limits;
use lab_model::{Labels, Sample};
use lab_storage::Location;
use lab_testkit::server::TestServer;
use prost::Message;
use tokio::runtime::Runtime;

use crate::check::Subject;
use crate::clock;
use crate::in_process::{InProcess, Options};
use crate::notation::Item;
use crate::script::When;

/// Scripts say everything at once, of any age.
const ANY_AGE: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A server, and a client that fills and asks it.
pub(crate) struct OverHttp {
    runtime: Runtime,
    server: TestServer,
    client: reqwest::Client,
    /// Evaluates the same: an answer says of a native histogram what its buckets are, not by which schema.
    shadow: InProcess,
}

impl OverHttp {
    /// A server without samples.
    pub(crate) fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().expect("a runtime");
        let server = serve(&runtime);
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { runtime, server, client, shadow: InProcess::new(Options { delayed_name_removal: true, hints: false }) }
    }

    /// The data of an answer with its annotations, or the error in the engine's words.
    fn ask(&self, path: &str, form: &[(&str, String)]) -> Result<serde_json::Value, String> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.client.post(self.server.url(path)).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let text = self.runtime.block_on(async { request.send().await?.text().await }).expect("an answer");
        let mut body: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"));
        if body["status"] == "success" {
            return Ok(body.take());
        }
        let error = body["error"].as_str().expect("an error").to_owned();
        Err(error.strip_prefix("invalid parameter \"query\": ").unwrap_or(&error).to_owned())
    }
}

impl Subject for OverHttp {
    fn clear(&mut self) {
        self.server = serve(&self.runtime);
        self.shadow.clear();
    }

    fn load(&mut self, series: &[(Labels, Vec<Item>)], interval: i64) {
        self.shadow.load(series, interval);
        // Of a series that is named twice the last line counts, as in promqltest.
        let series: BTreeMap<&Labels, &Vec<Item>> = series.iter().map(|(labels, items)| (labels, items)).collect();
        let timeseries = series.into_iter().map(|(labels, items)| TimeSeries {
            labels: labels
                .iter()
                .map(|one| Label { name: one.name.to_string(), value: one.value.to_string() })
                .collect(),
            samples: samples(items, interval),
            histograms: histograms(items, interval),
            ..TimeSeries::default()
        });
        let request = WriteRequest { timeseries: timeseries.collect(), metadata: Vec::new() };
        let body = snap::raw::Encoder::new().compress_vec(&request.encode_to_vec()).expect("packs");
        let request = self.client.post(self.server.url("/api/v1/write")).body(body);
        let request = request.header("content-type", "application/x-protobuf").header("content-encoding", "snappy");
        let answer = self.runtime.block_on(request.send()).expect("an answer");
        assert_eq!(answer.status(), 204, "{:?}", self.runtime.block_on(answer.text()));
    }

    fn evaluate(&self, query: &str, when: When) -> Result<Evaluation, String> {
        let shadow = self.shadow.evaluate(query, when).map(|evaluation| evaluation.value).ok();
        let seconds = |ms: i64| format!("{}", ms as f64 / 1000.0);
        let query = ("query", query.to_owned());
        let answer = match when {
            When::Instant(at) => self.ask("/api/v1/query", &[query, ("time", seconds(at))]),
            When::Range { start, end, step } => {
                let (start, end, step) = (seconds(start), seconds(end), seconds(step));
                self.ask("/api/v1/query_range", &[query, ("start", start), ("end", end), ("step", step)])
            }
        }?;
        let texts = |name: &str| -> Vec<String> {
            let texts = answer[name].as_array().into_iter().flatten();
            // Prometheus knows nothing of the lab's own hints.
            texts
                .filter_map(|text| text.as_str())
                .filter(|text| text.starts_with("PromQL"))
                .map(str::to_owned)
                .collect()
        };
        Ok(Evaluation {
            value: value(&answer["data"], shadow.as_ref()),
            warnings: texts("warnings"),
            infos: texts("infos"),
            stats: EvalStats::default(),
        })
    }
}

fn serve(runtime: &Runtime) -> TestServer {
    let options = Limits { out_of_order_window: ANY_AGE, ..Limits::default() };
    let store = Arc::new(MetricStore::open(&Location::Memory, options).expect("opens"));
    // The scripts expect the feature flag.
    let about = About { delayed_name_removal: true, ..About::default() };
    runtime.block_on(TestServer::start(prometheus::router(PrometheusState::new(store, None, about, clock::system()))))
}

fn samples(items: &[Item], interval: i64) -> Vec<WireSample> {
    let sample = |(at, item): (usize, &Item)| match item {
        Item::Value(value) => Some(WireSample { timestamp: at as i64 * interval, value: *value }),
        Item::Missing | Item::Native(_) => None,
    };
    items.iter().enumerate().filter_map(sample).collect()
}

fn histograms(items: &[Item], interval: i64) -> Vec<Histogram> {
    let histogram = |(at, item): (usize, &Item)| match item {
        Item::Native(written) => {
            let timestamp = at as i64 * interval;
            Some(Histogram::of(&HistogramSample { timestamp, histogram: written.histogram.clone() }))
        }
        Item::Missing | Item::Value(_) => None,
    };
    items.iter().enumerate().filter_map(histogram).collect()
}

/// The histogram of an answer, by what the evaluator itself has there: what the answer says of it must be the same.
fn histogram(point: &serde_json::Value, labels: &Labels, shadow: Option<&Value>) -> HistogramSample {
    let number = |value: &serde_json::Value| value.as_str().expect("text").parse::<f64>().expect("a number");
    let timestamp = (point[0].as_f64().expect("a time") * 1000.0).round() as i64;
    let found: Vec<(f64, f64, f64)> = point[1]["buckets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|bucket| (number(&bucket[1]), number(&bucket[2]), number(&bucket[3])))
        .collect();
    let known: Vec<(&Labels, i64, &Arc<lab_histogram::Histogram>)> = match shadow {
        Some(Value::Vector(points)) => points
            .iter()
            .filter_map(|point| Some((&point.labels, point.sample.timestamp, point.histogram.as_ref()?)))
            .collect(),
        Some(Value::Matrix(series)) => series
            .iter()
            .flat_map(|one| one.histograms.iter().map(|sample| (&one.labels, sample.timestamp, &sample.histogram)))
            .collect(),
        _ => Vec::new(),
    };
    let (.., known) = known
        .into_iter()
        .find(|(known, time, _)| *known == labels && *time == timestamp)
        .unwrap_or_else(|| panic!("the evaluator has no histogram {labels} at {timestamp}"));
    let expected = known.buckets().filter(|bucket| bucket.count != 0.0);
    let expected: Vec<_> = expected.map(|bucket| (bucket.lower, bucket.upper, bucket.count)).collect();
    assert_eq!(found, expected, "the buckets of {labels} at {timestamp}");
    let totals = [&point[1]["count"], &point[1]["sum"]].map(number);
    let same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan());
    assert!(same(totals[0], known.count) && same(totals[1], known.sum), "{totals:?} of {known}");
    HistogramSample { timestamp, histogram: known.clone() }
}

fn value(data: &serde_json::Value, shadow: Option<&Value>) -> Value {
    let result = &data["result"];
    let series = || result.as_array().expect("a list").iter();
    let labels = |one: &serde_json::Value| -> Labels {
        let pairs = one["metric"].as_object().expect("labels").iter();
        Labels::from_pairs(pairs.map(|(name, value)| (name.as_str(), value.as_str().expect("text"))))
    };
    match data["resultType"].as_str().expect("a type") {
        "scalar" => Value::Scalar(sample(result)),
        "string" => Value::String(result[1].as_str().expect("text").to_owned()),
        "vector" => {
            let point = |one: &serde_json::Value| {
                let labels = labels(one);
                if one["histogram"].is_null() {
                    return Point::number(labels, sample(&one["value"]));
                }
                let HistogramSample { timestamp, histogram } = histogram(&one["histogram"], &labels, shadow);
                Point { labels, sample: Sample { timestamp, value: f64::NAN }, histogram: Some(histogram) }
            };
            Value::Vector(series().map(point).collect())
        }
        "matrix" => {
            let one = |one: &serde_json::Value| {
                let labels = labels(one);
                let samples = one["values"].as_array().into_iter().flatten().map(sample).collect();
                let histograms = one["histograms"].as_array().into_iter().flatten();
                let histograms = histograms.map(|point| histogram(point, &labels, shadow)).collect();
                Series { labels, samples, histograms }
            };
            Value::Matrix(series().map(one).collect())
        }
        other => panic!("{other} is no result type"),
    }
}

fn sample(point: &serde_json::Value) -> Sample {
    let seconds = point[0].as_f64().expect("a time");
    let value = point[1].as_str().expect("a number as text").parse().expect("a number");
    Sample { timestamp: (seconds * 1000.0).round() as i64, value }
}
