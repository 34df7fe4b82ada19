//! Prometheus and native histograms: what queries over the same histograms answer.
//!
//! Both are filled by remote write with what [`series`] makes: counters with resets and changes of their resolution, gauges in
//! floats, custom bounds that agree or not, numbers and histograms in one series, gaps, and an end.

use std::path::Path;
use std::sync::Arc;

use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::histogram::Histogram as Message;
use lab_api::prometheus::write::series::Sample;
use lab_api::prometheus::write::v1::{Label, TimeSeries, WriteRequest};
use lab_histogram::{Buckets, CounterReset, Histogram, Schema};
use lab_metrics::MetricStore;
use lab_metrics::model::histogram_sample::HistogramSample;
use lab_metrics::store::limits::Limits;
use lab_model::Clock;
use lab_storage::Location;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::peers::running::client;
use lab_testkit::server::TestServer;
use prost::Message as _;

/// The time of the first samples, in ms.
const START: i64 = 1_700_000_000_000;
const STEP: i64 = 15_000;
const SAMPLES: i64 = 80;

fn suite() -> Suite<'static> {
    Suite {
        folder: Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/histograms")),
        rules: Rules { tolerance: 1e-9, unordered: &["data.result", "warnings", "infos"], ..Rules::default() },
    }
}

/// A number that looks like chance, from 0 to 6.
fn chance(seed: i64, at: i64, index: i64) -> i64 {
    let mixed = (seed * 7_919 + at * 104_729 + index * 1_299_709).wrapping_mul(6_364_136_223_846_793_005);
    (mixed >> 33).rem_euclid(7)
}

/// What was observed from `since` to `at`, with counts that only grow.
fn grown(seed: i64, since: i64, at: i64, schema: i32, indexes: std::ops::Range<i64>) -> Histogram {
    let count = |index| (since..=at).map(|at| chance(seed, at, index)).sum::<i64>() as f64;
    let positive: Vec<(i32, f64)> = indexes.map(|index| (index as i32, count(index))).collect();
    let negative = if seed % 2 == 0 { vec![(1, count(100)), (4, count(101))] } else { Vec::new() };
    let zero_count = count(99);
    let mut histogram = Histogram {
        zero_threshold: 0.001,
        zero_count,
        count: zero_count + positive.iter().chain(&negative).map(|(_, count)| count).sum::<f64>(),
        sum: positive.iter().map(|(index, count)| f64::from(*index) * 0.75 * count).sum(),
        positive: Buckets::from_pairs(positive),
        negative: Buckets::from_pairs(negative),
        ..Histogram::empty(Schema::Exponential(schema))
    };
    histogram.compact();
    histogram
}

fn custom(seed: i64, at: i64, bounds: &[f64]) -> Histogram {
    let bounded = grown(seed * 2 + 1, 0, at, 0, 0..bounds.len() as i64 + 1);
    let count = bounded.count - bounded.zero_count;
    let empty = Histogram::empty(Schema::Custom(bounds.into()));
    Histogram { count, sum: bounded.sum, positive: bounded.positive, ..empty }
}

/// A gauge, whose counts are floats.
fn gauge(seed: i64, at: i64) -> Histogram {
    let mut histogram = grown(seed, at - 1, at, 2, -3..9);
    histogram.scale(0.25);
    Histogram { reset: CounterReset::Gauge, ..histogram }
}

/// What a series has at a step.
enum Item {
    Nothing,
    Number(f64),
    Histogram(Histogram),
}

/// Name and labels of a series, and what it has at each step.
type Planned = (String, Box<dyn Fn(i64) -> Item>);

fn series() -> Vec<Planned> {
    let mut all: Vec<Planned> = Vec::new();
    let mut add = |name: &str, item: Box<dyn Fn(i64) -> Item>| all.push((name.to_owned(), item));
    for seed in 1..=4 {
        let labels = format!("wait_seconds path=/{} instance=i{}", ["a", "b"][seed as usize % 2], (seed + 1) / 2);
        let since = move |at: i64| if seed == 3 && at >= 40 { 40 } else { 0 };
        add(&labels, Box::new(move |at| Item::Histogram(grown(seed, since(at), at, 3 - (seed as i32 / 3), -4..12))));
    }
    add(
        "wait_seconds path=/c instance=i1",
        Box::new(|at| Item::Histogram(grown(5, 0, at, if at < 30 { 3 } else { 1 }, -4..12))),
    );
    for (seed, queue) in [(6, "x"), (7, "y")] {
        add(&format!("depth queue={queue}"), Box::new(move |at| Item::Histogram(gauge(seed, at))));
    }
    for (seed, kind, bounds) in
        [(8, "a", [1.0, 2.5, 5.0, 10.0]), (9, "b", [1.0, 2.5, 5.0, 10.0]), (10, "c", [1.0, 2.0, 5.0, 20.0])]
    {
        add(&format!("size_bytes kind={kind}"), Box::new(move |at| Item::Histogram(custom(seed, at, &bounds))));
    }
    add(
        "mixed kind=half",
        Box::new(|at| if at < 40 { Item::Number(at as f64) } else { Item::Histogram(grown(11, 0, at, 3, 0..6)) }),
    );
    add(
        "mixed kind=turns",
        Box::new(|at| if at % 8 < 4 { Item::Number(at as f64) } else { Item::Histogram(grown(13, 0, at, 3, 0..6)) }),
    );
    add(
        "rare kind=gap",
        Box::new(|at| if (20..50).contains(&at) { Item::Nothing } else { Item::Histogram(grown(14, 0, at, 3, 0..6)) }),
    );
    add(
        "rare kind=ended",
        Box::new(|at| match at {
            0..40 => Item::Histogram(grown(15, 0, at, 3, 0..6)),
            40 => Item::Histogram(Histogram::stale()),
            _ => Item::Nothing,
        }),
    );
    for (seed, path) in [(16, "/a"), (17, "/b"), (18, "/c")] {
        let total = move |at: i64| (0..=at).map(|at| chance(seed, at, 0)).sum::<i64>() as f64;
        add(&format!("requests_total path={path}"), Box::new(move |at| Item::Number(total(at))));
        add(&format!("weight path={path}"), Box::new(move |at| Item::Number(chance(seed, at, 1) as f64 - 1.5)));
    }
    let since_reset = |at: i64| (at / 30 * 30..=at).map(|at| chance(19, at, 0)).sum::<i64>() as f64;
    add("requests_total path=/d", Box::new(move |at| Item::Number(since_reset(at))));
    let odd = |at: i64| [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300].get(at as usize % 9).copied();
    add("weight path=/d", Box::new(move |at| Item::Number(odd(at).unwrap_or(at as f64))));
    all
}

/// The samples of one step. One request for all would not do: a receiver takes the numbers of a series before its histograms.
fn request(series: &[Planned], at: i64) -> Vec<u8> {
    let timestamp = START + at * STEP;
    let timeseries = series.iter().filter_map(|(text, item)| {
        let mut words = text.split(' ');
        let name = ("__name__", words.next().expect("a name"));
        let others = words.map(|word| word.split_once('=').expect("name=value"));
        let mut labels: Vec<Label> = std::iter::once(name)
            .chain(others)
            .map(|(name, value)| Label { name: name.to_owned(), value: value.to_owned() })
            .collect();
        labels.sort_by(|one, two| one.name.cmp(&two.name));
        match item(at) {
            Item::Nothing => None,
            Item::Number(value) => {
                Some(TimeSeries { labels, samples: vec![Sample { value, timestamp }], ..TimeSeries::default() })
            }
            Item::Histogram(histogram) => {
                let sample = HistogramSample { timestamp, histogram: histogram.into() };
                Some(TimeSeries { labels, histograms: vec![Message::of(&sample)], ..TimeSeries::default() })
            }
        }
    });
    let request = WriteRequest { timeseries: timeseries.collect(), metadata: Vec::new() };
    snap::raw::Encoder::new().compress_vec(&request.encode_to_vec()).expect("packs")
}

async fn fill(address: &str) {
    let bodies: Vec<Vec<u8>> = {
        let series = series();
        (0..SAMPLES).map(|at| request(&series, at)).collect()
    };
    let client = client();
    for body in bodies {
        let request = client.post(format!("{address}/api/v1/write")).header("content-type", "application/x-protobuf");
        let request = request.header("content-encoding", "snappy").header("x-prometheus-remote-write-version", "0.1.0");
        let answer = request.body(body).send().await.expect("an answer");
        let status = answer.status();
        assert_eq!(status, 204, "{}", answer.text().await.unwrap_or_default());
    }
}

/// Asks a real Prometheus if there is one.
#[tokio::test]
async fn the_record_is_written_anew() {
    let start = Start {
        program: "prometheus",
        files: &[("prometheus.yml", "global: {}\n")],
        arguments: &[
            "--config.file=$DATA/prometheus.yml",
            "--web.listen-address=127.0.0.1:$PORT0",
            "--storage.tsdb.path=$DATA/data",
            "--storage.tsdb.retention.time=100y",
            "--web.enable-remote-write-receiver",
            "--enable-feature=promql-experimental-functions",
        ],
        ready: "/-/ready",
    };
    let Some(original) = Original::start(start).await else { return };
    fill(&original.url).await;
    suite().record(&original.url, "prometheus 3.14").await.expect("recorded");
}

#[tokio::test]
async fn queries_over_histograms_answer_what_prometheus_answers() {
    let store = Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"));
    let clock = Clock::fixed((START + SAMPLES * STEP) * 1_000_000);
    let lab = TestServer::start(prometheus::router(PrometheusState::new(store, None, About::default(), clock))).await;
    fill(&lab.url("")).await;
    let summary = suite().compare(&lab.url("")).await.expect("compared");
    println!("{summary}");
    assert!(summary.is_complete(), "{summary}");
}
