//! Targets from sources that are asked again and again, and what relabelling and limits make of targets.

use std::sync::atomic::AtomicBool;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::UnixListener;

use super::*;
use crate::ingest::scrape::scraper::TargetsReport;

/// A scraper at work.
struct Running {
    scraper: Arc<Scraper>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Running {
    fn start(yaml: &str) -> Self {
        let config = ScrapeConfig::parse(yaml, std::path::Path::new("prometheus.yml")).expect(yaml);
        let scraper = Arc::new(Scraper::new(store(), config, wall_clock()));
        let stop = CancellationToken::new();
        let (running, until) = (scraper.clone(), stop.clone());
        let task = tokio::spawn(async move { running.run(until).await });
        Self { scraper, stop, task }
    }

    /// Waits until the targets are as wanted.
    async fn until(&self, fits: impl Fn(&TargetsReport) -> bool) -> TargetsReport {
        eventually(|| {
            let report = self.scraper.targets();
            let fits = fits(&report);
            async move { if fits { Ok(()) } else { Err(format!("{report:?}")) } }
        })
        .await;
        self.scraper.targets()
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("ends");
    }
}

fn urls(report: &TargetsReport) -> Vec<&str> {
    report.active.iter().map(|target| &*target.url).collect()
}

#[tokio::test]
async fn targets_of_an_http_server_stay_over_its_outage_which_is_counted_and_named() {
    let fails = Arc::new(AtomicBool::new(false));
    let list = {
        let fails = fails.clone();
        move |headers: HeaderMap| async move {
            assert_eq!(headers["x-prometheus-refresh-interval-seconds"], "0.1");
            if fails.load(Ordering::Relaxed) {
                return StatusCode::BAD_GATEWAY.into_response();
            }
            let body = r#"[{"targets": ["h:1", "h:2"], "labels": {"env": "test"}}, {"targets": ["h:3"]}]"#;
            ([("content-type", "application/json; charset=utf-8")], body).into_response()
        }
    };
    let server = TestServer::start(Router::new().route("/targets", get(list))).await;
    let url = server.url("/targets");
    let running = Running::start(&format!(
        "scrape_configs:\n- job_name: found\n  http_sd_configs: [{{url: '{url}', refresh_interval: 100ms}}]\n\
         \x20 relabel_configs: [{{source_labels: [__meta_url], target_label: from}}]\n"
    ));
    let report = running.until(|report| report.active.len() == 3).await;
    assert_eq!(urls(&report), ["http://h:1/metrics", "http://h:2/metrics", "http://h:3/metrics"]);
    assert_eq!(report.active[0].labels.get("from"), Some(&*url));
    assert_eq!(report.active[0].labels.get("env"), Some("test"));

    fails.store(true, Ordering::Relaxed);
    let report = running.until(|report| !report.problems.is_empty()).await;
    assert_eq!(report.active.len(), 3, "the last targets stay");
    let problem = &report.problems[0];
    assert!(
        problem.contains("job \"found\"") && problem.contains("502") && problem.contains("3 earlier targets"),
        "{problem}"
    );
    let counted = running.scraper.sources();
    assert!(counted[0].failed > 0 && counted[0].asked > counted[0].failed && counted[0].targets == 3, "{counted:?}");

    fails.store(false, Ordering::Relaxed);
    running.until(|report| report.problems.is_empty()).await;
    running.stop().await;
}

#[tokio::test]
async fn answers_that_are_no_lists_of_targets_are_named() {
    for (media, body, expected) in [
        ("text/html", "[]", "unsupported content type"),
        ("application/json", "{}", "no list of target groups"),
        ("application/json", "[null]", "holds a null"),
        ("application/json", r#"[{"targets": "h:1"}]"#, "no list of target groups"),
    ] {
        let list = move || async move { ([("content-type", media)], body) };
        let server = TestServer::start(Router::new().route("/targets", get(list))).await;
        let url = server.url("/targets");
        let running =
            Running::start(&format!("scrape_configs: [{{job_name: a, http_sd_configs: [{{url: '{url}'}}]}}]"));
        let report = running.until(|report| !report.problems.is_empty()).await;
        assert!(report.problems[0].contains(expected), "{body}: {:?}", report.problems);
        running.stop().await;
    }
}

#[tokio::test]
async fn docker_is_asked_by_its_socket() {
    let folder = std::env::temp_dir().join(format!("dicelab-docker-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("made");
    let socket = folder.join("docker.sock");
    let listener = UnixListener::bind(&socket).expect("bound");
    let containers = |axum::extract::RawQuery(query): axum::extract::RawQuery| async move {
        assert_eq!(query.as_deref(), Some("filters=%7B%22label%22%3A%7B%22a%22%3Atrue%7D%7D"));
        r#"[{"Id": "c1", "Names": ["/web"], "Ports": [{"PrivatePort": 80, "Type": "tcp"}],
            "HostConfig": {"NetworkMode": "shop"},
            "NetworkSettings": {"Networks": {"shop": {"NetworkID": "n1", "IPAddress": "172.18.0.2"}}}}]"#
    };
    let networks = || async { r#"[{"Id": "n1", "Name": "shop"}]"# };
    let router = Router::new().route("/containers/json", get(containers)).route("/networks", get(networks));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let running = Running::start(&format!(
        "scrape_configs:\n- job_name: docker\n  docker_sd_configs:\n  - host: unix://{}\n\
         \x20   filters: [{{name: label, values: [a]}}]\n\
         \x20 relabel_configs: [{{source_labels: [__meta_docker_network_name], target_label: network}}]\n",
        socket.display()
    ));
    let report = running.until(|report| report.active.len() == 1).await;
    assert_eq!(urls(&report), ["http://172.18.0.2:80/metrics"]);
    assert_eq!(report.active[0].labels.get("network"), Some("shop"));
    running.stop().await;
    serving.abort();
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test]
async fn a_source_that_is_taken_out_takes_its_targets_along() {
    let list = || async { ([("content-type", "application/json")], r#"[{"targets": ["h:1"]}]"#) };
    let server = TestServer::start(Router::new().route("/targets", get(list))).await;
    let url = server.url("/targets");
    let running = Running::start(&format!("scrape_configs: [{{job_name: a, http_sd_configs: [{{url: '{url}'}}]}}]"));
    running.until(|report| report.active.len() == 1).await;
    running.scraper.reload(config(vec![JobConfig::with_targets("a", ["h:2"])]));
    let report = running.until(|report| urls(report) == ["http://h:2/metrics"]).await;
    assert!(report.problems.is_empty() && running.scraper.sources().is_empty(), "{report:?}");
    running.stop().await;
}

#[tokio::test]
async fn relabelling_sets_the_pace_of_a_target() {
    let yaml = |interval: &str, timeout: &str| {
        format!(
            "scrape_configs:\n- job_name: a\n  scrape_interval: 30s\n  scrape_timeout: 10s\n\
             \x20 static_configs: [{{targets: ['h:1'], labels: {{__scrape_interval__: {interval}, __scrape_timeout__: {timeout}}}}}]\n"
        )
    };
    let found = |interval: &str, timeout: &str| {
        let config = ScrapeConfig::parse(&yaml(interval, timeout), std::path::Path::new("p.yml")).expect("good");
        discover(&config, &Watch::default())
    };
    let target = found("5s", "2s").targets.pop_first().expect("a target").1;
    assert_eq!((target.status().interval.as_secs(), target.status().timeout.as_secs()), (5, 2));
    for (interval, timeout, expected) in
        [("0s", "0s", "cannot be 0"), ("5s", "6s", "cannot be greater"), ("x", "1s", "error parsing scrape interval")]
    {
        let found = found(interval, timeout);
        assert!(found.targets.is_empty() && found.problems[0].contains(expected), "{:?}", found.problems);
    }
}

#[tokio::test]
async fn beyond_the_target_limit_all_targets_are_down_and_none_is_asked() {
    let asked = Arc::new(AtomicI64::new(0));
    let count = asked.clone();
    let page = move || async move {
        count.fetch_add(1, Ordering::Relaxed);
        "a 1\n"
    };
    let server = TestServer::start(Router::new().route("/metrics", get(page))).await;
    let address = server.address().to_string();
    let targets = [address.clone(), address.replace("127.0.0.1", "localhost")];
    let job = |limit| JobConfig { target_limit: limit, ..JobConfig::with_targets("j", targets.clone()) };
    let scraper = Scraper::new(store(), config(vec![job(1)]), wall_clock());
    scraper.scrape_now().await;
    for target in scraper.targets().active {
        assert_eq!(target.last_error, "target_limit exceeded (number of targets: 2, limit: 1)");
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    scraper.reload(config(vec![job(2)]));
    scraper.scrape_now().await;
    assert!(scraper.targets().active.iter().all(|target| target.last_error.is_empty()));
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}
