//! Faults of the lab itself: what they end begins again, and says so.

use std::sync::atomic::AtomicBool;

use super::*;

#[tokio::test]
async fn a_loop_that_panicked_is_reported_and_begins_again() {
    let server = TestServer::start(Router::new().route("/metrics", get(|| async { "a 1\n" }))).await;
    let global = GlobalConfig { scrape_interval: Duration::from_millis(20), ..GlobalConfig::default() };
    let job = JobConfig::with_targets("j", [server.address().to_string()]);
    let is_broken = Arc::new(AtomicBool::new(false));
    let clock = {
        let (is_broken, clock) = (is_broken.clone(), wall_clock());
        Clock::new(move || {
            assert!(!is_broken.swap(false, Ordering::Relaxed), "a fault");
            clock.now_ns()
        })
    };
    let store = store();
    let config = ScrapeConfig::of_jobs(global, vec![job]).expect("valid");
    let scraper = Arc::new(Scraper::new(store.clone(), config, clock));
    is_broken.store(true, Ordering::Relaxed);
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (scraper, stop) = (scraper.clone(), stop.clone());
        async move { scraper.run(stop).await }
    });
    eventually(|| {
        let ups = ups(&store);
        async move { if ups.contains(&0.0) && ups.ends_with(&[1.0]) { Ok(()) } else { Err(format!("{ups:?}")) } }
    })
    .await;
    stop.cancel();
    running.await.expect("ends");
}

/// All values of `up`, oldest first.
fn ups(store: &MetricStore) -> Vec<f64> {
    let mut found = Vec::new();
    let visit = |labels: &Labels, samples: Samples<'_>| {
        if labels.metric_name() == Some("up") {
            found.extend(samples.floats.iter().map(|sample| sample.value));
        }
        Ok::<_, StoreError>(())
    };
    store.select(&[], (i64::MIN, i64::MAX), &Interrupt::default(), visit).expect("selects");
    found
}
