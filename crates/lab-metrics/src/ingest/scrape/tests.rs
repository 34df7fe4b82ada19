//! Tests of scraping: what a cycle stores, and what becomes of targets that misbehave.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use lab_histogram::Histogram;
use lab_model::value::is_stale;
use lab_model::{Clock, Interrupt, Labels};
use lab_storage::Location;
use lab_testkit::eventually::eventually;
use lab_testkit::server::TestServer;
use tokio_util::sync::CancellationToken;

use crate::ingest::exposition::format::{Content, Format};
use crate::ingest::scrape::config::ScrapeConfig;
use crate::ingest::scrape::config::error::ConfigError;
use crate::ingest::scrape::config::job::{GlobalConfig, JobConfig};
use crate::ingest::scrape::config::protocol::{NameValidation, ScrapeProtocol};
use crate::ingest::scrape::cycle::{Counts, Cycle};
use crate::ingest::scrape::discovery::discover;
use crate::ingest::scrape::discovery::watch::Watch;
use crate::ingest::scrape::fetch::Body;
use crate::ingest::scrape::scraper::Scraper;
use crate::ingest::scrape::target::{Health, Target};
use crate::model::histogram_sample::Samples;
use crate::store::MetricStore;
use crate::store::error::StoreError;
use crate::store::limits::Limits;

mod clients;
mod faults;
mod histograms;
mod sources;
mod tls;

/// The clock of this machine.
fn wall_clock() -> Clock {
    Clock::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        i64::try_from(since.as_nanos()).expect("before 2262")
    })
}

fn store() -> Arc<MetricStore> {
    Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"))
}

fn config(jobs: Vec<JobConfig>) -> ScrapeConfig {
    ScrapeConfig::of_jobs(GlobalConfig::default(), jobs).expect("valid")
}

fn target(job: JobConfig) -> Target {
    let mut targets = discover(&config(vec![job]), &Watch::default()).targets;
    targets.pop_first().expect("one target").1
}

fn text(text: &str) -> Body {
    Body { bytes: text.as_bytes().to_vec(), content: Content::Text(Format::PrometheusText) }
}

/// Everything stored, sorted: `series time=value …`, staleness as `stale`; without the series about scrapes.
fn stored(store: &MetricStore) -> Vec<String> {
    let mut found = Vec::new();
    let visit = |labels: &Labels, samples: Samples<'_>| {
        let value = |value: f64| if is_stale(value) { "stale".to_owned() } else { value.to_string() };
        let histogram = |one: &Histogram| if one.is_stale() { "stale".to_owned() } else { one.to_string() };
        let histograms =
            samples.histograms.iter().map(|one| format!("{}={}", one.timestamp, histogram(&one.histogram)));
        let floats = samples.floats.iter().map(|s| format!("{}={}", s.timestamp, value(s.value)));
        let samples: Vec<_> = floats.chain(histograms).collect();
        found.push(format!("{labels} {}", samples.join(" ")));
        Ok::<_, StoreError>(())
    };
    store.select(&[], (i64::MIN, i64::MAX), &Interrupt::default(), visit).expect("selects");
    found.retain(|line| !line.starts_with("up{") && !line.starts_with("scrape_"));
    found.sort();
    found
}

#[test]
fn samples_get_their_target_s_labels_and_become_stale_when_they_vanish() {
    let (store, target) = (store(), target(JobConfig::with_targets("j", ["h:1"])));
    let mut cycle = Cycle::default();
    let mut ingest = |body: &str, at| cycle.ingest(&store, &target.endpoint, &text(body), at).expect("stored");
    assert_eq!(ingest("a 1\nb{job=\"x\"} 2\n", 1000), Counts { scraped: 2, kept: 2, added: 2 });
    assert_eq!(ingest("a 1\nb{job=\"x\"} 3\n", 2000), Counts { scraped: 2, kept: 2, added: 0 });
    assert_eq!(ingest("a 1\n", 3000), Counts { scraped: 1, kept: 1, added: 0 });
    assert_eq!(ingest("a 1\nb{job=\"x\"} 4\n", 4000), Counts { scraped: 2, kept: 2, added: 1 });
    let expected = [
        r#"a{instance="h:1", job="j"} 1000=1 2000=1 3000=1 4000=1"#,
        r#"b{exported_job="x", instance="h:1", job="j"} 1000=2 2000=3 3000=stale 4000=4"#,
    ];
    assert_eq!(stored(&store), expected);
}

#[test]
fn honor_labels_lets_the_target_s_own_win() {
    let store = store();
    let target = target(JobConfig { honor_labels: true, ..JobConfig::with_targets("j", ["h:1"]) });
    Cycle::default().ingest(&store, &target.endpoint, &text("b{job=\"x\"} 2\n"), 1).expect("stored");
    assert_eq!(stored(&store), [r#"b{instance="h:1", job="x"} 1=2"#]);
}

#[test]
fn a_failed_scrape_makes_everything_stale_and_says_so() {
    let (store, target) = (store(), target(JobConfig::with_targets("j", ["h:1"])));
    let mut cycle = Cycle::default();
    let counts = cycle.ingest(&store, &target.endpoint, &text("a 1\n"), 1000).expect("stored");
    cycle.report(&store, &target.endpoint, 1000, Duration::from_millis(5), Some(&counts));
    let garbled = cycle.ingest(&store, &target.endpoint, &text("a 2\nnonsense\n"), 2000).expect_err("garbled");
    assert_eq!(garbled.to_string(), r#"line 2: "nonsense" is not a sample"#);
    cycle.report(&store, &target.endpoint, 2000, Duration::from_millis(5), None);
    assert_eq!(stored(&store), [r#"a{instance="h:1", job="j"} 1000=1 2000=stale"#]);
    let up = [lab_model::Matcher::equal("__name__", "up")];
    let mut values = Vec::new();
    let visit = |_: &Labels, samples: Samples<'_>| {
        values.extend(samples.floats.iter().map(|sample| sample.value));
        Ok::<_, StoreError>(())
    };
    store.select(&up, (0, 5000), &Interrupt::default(), visit).expect("selects");
    assert_eq!(values, [1.0, 0.0]);
}

#[test]
fn timestamps_count_only_if_honoured_and_bring_no_staleness() {
    for (honor_timestamps, expected) in
        [(true, "a{instance=\"h:1\", job=\"j\"} 77=1"), (false, "a{instance=\"h:1\", job=\"j\"} 1000=1 2000=stale")]
    {
        let store = store();
        let target = target(JobConfig { honor_timestamps, ..JobConfig::with_targets("j", ["h:1"]) });
        let mut cycle = Cycle::default();
        cycle.ingest(&store, &target.endpoint, &text("a 1 77\n"), 1000).expect("stored");
        cycle.ingest(&store, &target.endpoint, &text(""), 2000).expect("stored");
        assert_eq!(stored(&store), [expected]);
    }
}

#[test]
fn limits_fail_the_scrape_and_rules_drop_samples() {
    let store = store();
    let limited = target(JobConfig { sample_limit: 1, ..JobConfig::with_targets("j", ["h:1"]) });
    let over = Cycle::default().ingest(&store, &limited.endpoint, &text("a 1\nb 1\n"), 1).expect_err("over the limit");
    assert_eq!(over.to_string(), "sample limit exceeded: the scrape has 2 samples, and at most 1 are allowed");
    let many = target(JobConfig::with_targets("j", ["h:1"]));
    let over = Cycle::default().ingest(&store, &many.endpoint, &text(&"a 1\n".repeat(1_000_001)), 1);
    assert_eq!(over.expect_err("too many").to_string(), "the scrape has more than 1000000 samples");
    let yaml = "[{source_labels: [__name__], regex: 'drop_.*', action: drop}]";
    let metric_relabel_configs = serde_yaml_ng::from_str(yaml).expect("rules");
    let ruled = target(JobConfig { metric_relabel_configs, ..JobConfig::with_targets("j", ["h:1"]) });
    let mut cycle = Cycle::default();
    for at in [1, 2] {
        let counts = cycle.ingest(&store, &ruled.endpoint, &text("drop_me 1\nkeep 1\n"), at).expect("stored");
        assert_eq!((counts.scraped, counts.kept), (2, 1));
    }
    assert_eq!(stored(&store), [r#"keep{instance="h:1", job="j"} 1=1 2=1"#]);
}

#[test]
fn exemplars_and_metadata_are_kept() {
    let (store, target) = (store(), target(JobConfig::with_targets("j", ["h:1"])));
    let text = "# TYPE d_seconds histogram\n# HELP d_seconds Duration.\n# UNIT d_seconds seconds\n\
                d_seconds_bucket{le=\"1\"} 4 # {trace_id=\"t\"} 0.5\nd_seconds_count 4\n# EOF\n";
    let body = Body { bytes: text.as_bytes().to_vec(), content: Content::Text(Format::OpenMetrics) };
    let mut cycle = Cycle::default();
    for at in [9, 10] {
        cycle.ingest(&store, &target.endpoint, &body, at).expect("stored");
    }
    let exemplars: Vec<_> = store.exemplars(&[], 0, 10).collect();
    assert_eq!(exemplars[0].0.get("le"), Some("1.0"));
    // Without a time of its own it is the same exemplar in every scrape.
    assert_eq!(exemplars[0].1.len(), 1);
    assert_eq!((exemplars[0].1[0].labels.get("trace_id"), exemplars[0].1[0].timestamp), (Some("t"), 9));
    let metadata = &store.metadata(Some("d_seconds"))["d_seconds"];
    assert_eq!((metadata.kind.as_str(), &*metadata.help, &*metadata.unit), ("histogram", "Duration.", "seconds"));
}

#[test]
fn what_came_before_a_mistake_is_counted_and_not_stored() {
    let (store, target) = (store(), target(JobConfig::with_targets("j", ["h:1"])));
    let mut cycle = Cycle::default();
    cycle.ingest(&store, &target.endpoint, &text("a 1\nb 2\nc x\nd 3\n"), 1).expect_err("garbled");
    cycle.report(&store, &target.endpoint, 1, Duration::ZERO, None);
    let mut values = Vec::new();
    let visit = |_: &Labels, samples: Samples<'_>| {
        values.extend(samples.floats.iter().map(|sample| sample.value));
        Ok::<_, StoreError>(())
    };
    let scraped = [lab_model::Matcher::equal("__name__", "scrape_samples_scraped")];
    store.select(&scraped, (0, 5), &Interrupt::default(), visit).expect("selects");
    // The third sample is the one that cannot be read.
    assert_eq!(values, [2.0]);
    assert!(stored(&store).is_empty());
}

#[tokio::test]
async fn every_target_says_something_of_its_own_about_a_metric() {
    let page = |help: &'static str, kind: &'static str| {
        get(move || async move { format!("# HELP a {help}\n# TYPE a {kind}\na 1\n# HELP {kind} b\n") })
    };
    let router = Router::new().route("/one", page("One.", "counter")).route("/two", page("Two.", "gauge"));
    let server = TestServer::start(router).await;
    let job = |path: &str| JobConfig {
        metrics_path: format!("/{path}"),
        ..JobConfig::with_targets(path, [server.address().to_string()])
    };
    let scraper = Scraper::new(store(), config(vec![job("one"), job("two"), job("none")]), wall_clock());
    scraper.scrape_now().await;
    let said = |metric| {
        let said = scraper.metadata(metric).into_iter().map(|(labels, said)| {
            let said = said.iter().map(|(name, said)| format!("{name} {} {}", said.kind, said.help));
            format!("{}: {}", labels.get("job").unwrap_or_default(), said.collect::<Vec<_>>().join(", "))
        });
        said.collect::<Vec<_>>()
    };
    assert_eq!(said(Some("a")), ["none: ", "one: a counter One.", "two: a gauge Two."]);
    assert_eq!(said(None)[1..], ["one: a counter One., counter unknown b", "two: a gauge Two., gauge unknown b"]);
}

#[tokio::test]
async fn each_way_to_fail_is_named() {
    let router = Router::new()
        .route(
            "/good",
            get(|headers: HeaderMap| async move {
                let accept = headers["accept"].to_str().unwrap_or_default().to_owned();
                let open = accept.starts_with("application/openmetrics-text");
                (
                    [("content-type", "application/openmetrics-text; version=1.0.0")],
                    if open { "a 1\n# EOF\n" } else { "no" },
                )
            }),
        )
        .route("/garbled", get(|| async { "a b c\n" }))
        .route("/cut", get(|| async { ([("content-type", "application/openmetrics-text")], "a 1\n") }))
        .route("/large", get(|| async { "a 1\n".repeat(100) }))
        .route("/untyped", get(|| async { ([("content-type", "")], "a 1\n") }))
        .route("/rescued", get(|| async { ([("content-type", "text/html")], "a 1\n") }))
        .route("/partial", get(|| async { (axum::http::StatusCode::PARTIAL_CONTENT, "a 1\n") }))
        .route("/charset", get(|| async { ([("content-type", "text/plain; charset")], "a 1\n") }))
        .route("/slow", get(|| async { std::future::pending::<String>().await }));
    let server = TestServer::start(router).await;
    let job = |path: &str| JobConfig {
        fallback_scrape_protocol: (path == "rescued").then_some(ScrapeProtocol::Text0),
        metrics_path: format!("/{path}"),
        scrape_timeout: Duration::from_millis(if path == "slow" { 50 } else { 10_000 }),
        body_size_limit: 100,
        ..JobConfig::with_targets(path, [server.address().to_string()])
    };
    let mut jobs: Vec<_> =
        ["good", "garbled", "cut", "large", "untyped", "rescued", "partial", "charset", "slow", "missing"]
            .map(job)
            .into();
    jobs.push(JobConfig::with_targets("nobody", ["127.0.0.1:1"]));
    let store = store();
    let scraper = Scraper::new(store.clone(), config(jobs), wall_clock());
    assert!(scraper.targets().active.iter().all(|target| target.health == Health::Unknown));
    scraper.scrape_now().await;
    for (job, expected) in [
        ("good", ""),
        ("garbled", "line 1: invalid value \"b\""),
        ("cut", "line 2: the body does not end with # EOF"),
        ("large", "body size limit exceeded: the body has more than 100 bytes"),
        ("untyped", "the target sends no Content-Type; if its page is Prometheus text, set fallback_scrape_protocol"),
        ("rescued", ""),
        ("partial", "server returned HTTP status 206 Partial Content"),
        ("charset", "\"text/plain; charset\", which cannot be read: one of its parameters is malformed"),
        ("slow", "the target did not answer within the scrape timeout of 50ms"),
        ("missing", "server returned HTTP status 404 Not Found"),
        ("nobody", "onnection refused"),
    ] {
        let targets = scraper.targets().active;
        let target = targets.iter().find(|target| target.job == job).expect("known");
        assert_eq!(target.health == Health::Up, expected.is_empty(), "{job}: {}", target.last_error);
        assert!(target.last_error.contains(expected), "{job}: {}", target.last_error);
        assert!(target.last_scrape.is_some());
    }
    assert_eq!(
        store.label_values("job", &[vec![lab_model::Matcher::equal("__name__", "a")]], i64::MIN, i64::MAX).len(),
        2
    );
}

#[test]
fn names_that_are_not_taken_fail_the_scrape() {
    let store = store();
    let validation = Some(NameValidation::Legacy);
    let job = JobConfig { metric_name_validation_scheme: validation, ..JobConfig::with_targets("j", ["h:1"]) };
    let (legacy, all) = (target(job), target(JobConfig::with_targets("j", ["h:1"])));
    for body in ["{\"a.b\"} 1\n", "a{\"x.y\"=\"1\"} 1\n"] {
        let refused = Cycle::default().ingest(&store, &legacy.endpoint, &text(body), 1).expect_err("not allowed");
        assert!(refused.to_string().contains("metric_name_validation_scheme is legacy"), "{refused}");
        Cycle::default().ingest(&store, &all.endpoint, &text(body), 1).expect("every name is allowed");
    }
}

#[tokio::test]
async fn loops_run_until_they_are_stopped_and_follow_a_new_configuration() {
    let server = TestServer::start(Router::new().route("/metrics", get(|| async { "a 1\n" }))).await;
    let global = GlobalConfig { scrape_interval: Duration::from_millis(20), ..GlobalConfig::default() };
    let jobs = |name: &str| {
        let job = JobConfig::with_targets(name, [server.address().to_string()]);
        ScrapeConfig::of_jobs(global.clone(), vec![job]).expect("valid")
    };
    let store = store();
    let scraper = Arc::new(Scraper::new(store.clone(), jobs("first"), wall_clock()));
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let (scraper, stop) = (scraper.clone(), stop.clone());
        async move { scraper.run(stop).await }
    });
    let has = |part: &str| {
        let (found, part) = (stored(&store).join("\n"), part.to_owned());
        async move { if found.contains(&part) { Ok(()) } else { Err(found) } }
    };
    eventually(|| has(r#"job="first""#)).await;
    scraper.reload(jobs("second"));
    eventually(|| has(r#"job="second""#)).await;
    // The target that vanished left its series stale.
    eventually(|| has("stale")).await;
    stop.cancel();
    running.await.expect("ends");
}

#[test]
fn prometheus_files_are_read() {
    let folder = std::env::temp_dir().join(format!("dicelab-scrape-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("targets")).expect("made");
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
    write("targets/a.json", r#"[{"targets": ["h:1", "h:2"], "labels": {"env": "test"}}]"#);
    write("targets/b.yml", "- targets: ['h:3']\n");
    write("targets/broken.yml", "- targets: 7\n");
    std::fs::create_dir_all(folder.join("rules")).expect("made");
    for name in ["rules/b.yml", "rules/a.yml", "rules/a.txt"] {
        write(name, "groups: []\n");
    }
    write(
        "prometheus.yml",
        "global: {scrape_interval: 15s, external_labels: {a: b}}\n\
         rule_files: [rules/*.yml, other.yml]\n\
         scrape_configs:\n\
         - job_name: files\n  scrape_timeout: 5s\n  body_size_limit: 10MB\n  params: {x: [y z]}\n\
         \x20 file_sd_configs: [{files: [targets/*.json, targets/*.yml]}]\n\
         \x20 relabel_configs: [{source_labels: [__address__], regex: 'h:2', action: drop}]\n",
    );
    let config = ScrapeConfig::read(&folder.join("prometheus.yml")).expect("valid");
    let rules = ["rules/a.yml", "rules/b.yml", "other.yml"].map(|name| folder.join(name));
    assert_eq!(config.rule_paths(), rules);
    let job = &config.scrape_configs[0];
    assert_eq!((job.scrape_interval.as_secs(), job.scrape_timeout.as_secs(), job.body_size_limit), (15, 5, 10 << 20));
    let found = discover(&config, &Watch::default());
    let urls: Vec<_> =
        found.targets.values().map(|target| (&*target.endpoint.url, target.endpoint.labels.to_string())).collect();
    let expected = [
        ("http://h:1/metrics?x=y%20z", r#"{env="test", instance="h:1", job="files"}"#.to_owned()),
        ("http://h:3/metrics?x=y%20z", r#"{instance="h:3", job="files"}"#.to_owned()),
    ];
    assert_eq!(urls, expected);
    assert_eq!(found.dropped["files"], 1);
    assert!(found.problems.len() == 1 && found.problems[0].contains("broken.yml"), "{:?}", found.problems);
    for (text, expected) in [
        ("scrape_configs: [{job_name: a, scrape_intervall: 1s}]", "scrape_intervall"),
        ("scrape_configs: [{job_name: a, scrape_interval: 1s, scrape_timeout: 2s}]", "scrape timeout greater"),
        ("scrape_configs: [{job_name: a}, {job_name: a}]", "multiple scrape configs"),
        ("scrape_configs: [{job_name: a, relabel_configs: [{regex: '('}]}]", "error parsing regexp"),
        ("scrape_configs: [{job_name: a, relabel_configs: [{action: replace}]}]", "requires 'target_label'"),
        ("scrape_configs: [{job_name: a, relabel_configs: [{action: hashmod, target_label: a}]}]", "non-zero modulus"),
    ] {
        write("bad.yml", text);
        let error: ConfigError = ScrapeConfig::read(&folder.join("bad.yml")).expect_err(text);
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
    std::fs::remove_dir_all(folder).expect("removed");
}

#[tokio::test]
async fn credentials_are_read_from_files_too() {
    let server = TestServer::start(Router::new().route(
        "/metrics",
        get(|headers: HeaderMap| async move {
            let shown = headers["authorization"].to_str().expect("text").to_owned();
            format!("shown{{authorization=\"{shown}\"}} 1\n")
        }),
    ))
    .await;
    let folder = std::env::temp_dir().join(format!("dicelab-auth-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("secret"), "s3cret\n").expect("written");
    let address = server.address();
    let jobs = [
        ("token", "authorization: {credentials: abc}", "Bearer abc"),
        ("file", "authorization: {type: Token, credentials_file: secret}", "Token s3cret"),
        ("password", "basic_auth: {username: me, password_file: secret}", "Basic bWU6czNjcmV0"),
    ];
    let mut text = "scrape_configs:\n".to_owned();
    for (job, auth, _) in jobs {
        let targets = format!("[{{targets: ['{address}']}}]");
        text.extend(["- {job_name: ", job, ", ", auth, ", enable_http2: true, static_configs: ", &targets, "}\n"]);
    }
    std::fs::write(folder.join("prometheus.yml"), text).expect("written");
    let config = ScrapeConfig::read(&folder.join("prometheus.yml")).expect("valid");
    assert!(config.notes.is_empty(), "{:?}", config.notes);
    let store = store();
    Scraper::new(store.clone(), config, wall_clock()).scrape_now().await;
    for (job, _, expected) in jobs {
        let expected = format!("shown{{authorization=\"{expected}\", instance=\"{address}\", job=\"{job}\"}}");
        assert!(stored(&store).iter().any(|line| line.starts_with(&expected)), "{expected} in {:?}", stored(&store));
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn after_the_clock_has_stepped_back_every_target_has_new_samples_and_says_so() {
    const HOUR_MS: i64 = 3_600_000;
    let server = TestServer::start(Router::new().route("/metrics", get(|| async { "a 1\n" }))).await;
    let (set_back, real) = (Arc::new(AtomicI64::new(0)), wall_clock());
    let clock = {
        let set_back = set_back.clone();
        Clock::new(move || real.now_ns() - set_back.load(Ordering::Relaxed) * 1_000_000)
    };
    let store = store();
    let jobs = ["one", "two"].map(|name| JobConfig::with_targets(name, [server.address().to_string()]));
    let scraper = Scraper::new(store.clone(), config(jobs.to_vec()), clock.clone());
    // How many samples each series has since a time, those about the scrapes included.
    let since = |from: i64| {
        let mut counts = Vec::new();
        let count = |_: &Labels, samples: Samples<'_>| {
            counts.push(samples.len());
            Ok::<_, StoreError>(())
        };
        store.select(&[], (from, from + HOUR_MS / 2), &Interrupt::default(), count).expect("selects");
        counts
    };
    scraper.scrape_now().await;
    let before = since(clock.now_ms() - 60_000);
    assert!(before.len() >= 12 && scraper.targets().active.iter().all(|target| target.note.is_empty()));
    set_back.store(HOUR_MS, Ordering::Relaxed);
    let now = clock.now_ms();
    for _ in 0..3 {
        scraper.scrape_now().await;
    }
    let after = since(now);
    assert_eq!(after.len(), before.len(), "every series has samples again: {after:?}");
    for target in scraper.targets().active {
        assert_eq!(target.health, Health::Up);
        assert!(target.note.contains("behind samples that are stored already"), "{}", target.note);
    }
}
