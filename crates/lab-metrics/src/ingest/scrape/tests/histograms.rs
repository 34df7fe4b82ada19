//! Scrapes that bring native histograms.

use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::routing::get;
use lab_model::{Interrupt, Labels, Matcher};
use lab_testkit::server::TestServer;
use prost::Message;

use crate::ingest::exposition::format::Content;
use crate::ingest::exposition::protobuf::messages::{BucketSpan, Histogram, Metric, MetricFamily, MetricType};
use crate::ingest::scrape::config::histograms::HistogramSettings;
use crate::ingest::scrape::config::job::JobConfig;
use crate::ingest::scrape::cycle::{Counts, Cycle};
use crate::ingest::scrape::fetch::Body;
use crate::ingest::scrape::scraper::Scraper;
use crate::ingest::scrape::tests::{config, store, stored, target, wall_clock};
use crate::model::histogram_sample::Samples;
use crate::store::MetricStore;
use crate::store::error::StoreError;

fn job(address: &str) -> JobConfig {
    let histograms = HistogramSettings { scrape_native_histograms: Some(true), ..HistogramSettings::default() };
    JobConfig { histograms, ..JobConfig::with_targets("j", [address]) }
}

/// A page with a histogram of neighbouring buckets with one observation each.
fn page(buckets: u32) -> Vec<u8> {
    let histogram = Histogram {
        sample_count: u64::from(buckets),
        positive_span: vec![BucketSpan { offset: 0, length: buckets }],
        positive_delta: (0..buckets).map(|at| i64::from(at == 0)).collect(),
        ..Histogram::default()
    };
    let metric = vec![Metric { histogram: Some(histogram), ..Metric::default() }];
    let family =
        MetricFamily { name: "h".to_owned(), r#type: MetricType::Histogram.into(), metric, ..Default::default() };
    family.encode_length_delimited_to_vec()
}

fn body(bytes: Vec<u8>) -> Body {
    Body { bytes, content: Content::Protobuf }
}

/// The values of a series that scrapes write about themselves.
fn reported(store: &MetricStore, name: &str) -> Vec<f64> {
    let mut values = Vec::new();
    let visit = |_: &Labels, samples: Samples<'_>| {
        values.extend(samples.floats.iter().map(|sample| sample.value));
        Ok::<_, StoreError>(())
    };
    let matchers = [Matcher::equal("__name__", name)];
    store.select(&matchers, (0, i64::MAX), &Interrupt::default(), visit).expect("selects");
    values
}

#[test]
fn a_histogram_that_vanishes_becomes_stale() {
    let (store, target) = (store(), target(job("h:1")));
    let mut cycle = Cycle::default();
    let mut ingest = |bytes, at| cycle.ingest(&store, &target.endpoint, &body(bytes), at).expect("stored");
    assert_eq!(ingest(page(2), 1000), Counts { scraped: 1, kept: 1, added: 1 });
    assert_eq!(ingest(Vec::new(), 2000), Counts::default());
    assert_eq!(ingest(page(3), 3000), Counts { scraped: 1, kept: 1, added: 1 });
    let expected = r#"h{instance="h:1", job="j"} 1000={count:2, sum:0, (0.5,1]:1, (1,2]:1} 2000=stale 3000={count:3, sum:0, (0.5,1]:1, (1,2]:1, (2,4]:1}"#;
    assert_eq!(stored(&store), [expected]);
}

#[test]
fn a_histogram_with_too_many_buckets_fails_the_scrape() {
    let mut limited = job("h:1");
    limited.histograms.native_histogram_bucket_limit = 1;
    let (store, target) = (store(), target(limited));
    let mut cycle = Cycle::default();
    let error = cycle.ingest(&store, &target.endpoint, &body(page(40)), 1000).expect_err("too many buckets");
    assert!(
        error.to_string().starts_with("native_histogram_bucket_limit exceeded: a histogram has 4 buckets"),
        "{error}"
    );
    assert!(stored(&store).is_empty());
    cycle.report(&store, &target.endpoint, 1000, Duration::ZERO, None);
    assert_eq!(reported(&store, "scrape_samples_scraped"), [1.0], "what was refused is told");
    assert_eq!(cycle.ingest(&store, &target.endpoint, &body(page(1)), 2000).map(|counts| counts.kept), Ok(1));
}

#[tokio::test]
async fn a_job_that_wants_native_histograms_asks_for_protobuf_first() {
    let answer = |headers: HeaderMap| async move {
        let accept = headers[ACCEPT].to_str().expect("ASCII");
        let protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
        if accept.starts_with(&format!("{protobuf};q=0.6,application/openmetrics-text;version=1.0.0;")) {
            ([(CONTENT_TYPE, protobuf)], page(1))
        } else {
            ([(CONTENT_TYPE, "text/plain")], b"other 1\n".to_vec())
        }
    };
    let server = TestServer::start(Router::new().route("/metrics", get(answer))).await;
    let store = store();
    Scraper::new(store.clone(), config(vec![job(&server.address().to_string())]), wall_clock()).scrape_now().await;
    let found = stored(&store);
    assert!(found[0].ends_with("={count:1, sum:0, (0.5,1]:1}"), "{found:?}");
}
