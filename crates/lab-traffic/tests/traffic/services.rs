//! The generator and the measurement against the real frontend and dice-roller, in this process.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use clap::Parser;
use lab_testkit::server::TestServer;
use lab_traffic::pattern::StrategyChoice;
use lab_traffic::perf;
use lab_traffic::perf::options::{Format, PerfPlan};
use lab_traffic::perf::result::Conclusion;
use lab_traffic::progress::Progress;
use serde_json::{Value, json};
use telemetry::http::App;
use telemetry::metrics::Registry;
use telemetry::readiness::Readiness;
use telemetry::service::Setup;
use tokio_util::sync::CancellationToken;

use crate::ledger::{plan, run};

#[derive(Debug, clap::Parser)]
struct Cli<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

fn args<A: clap::Args>(words: &[String]) -> A {
    Cli::<A>::parse_from(["test".to_owned()].iter().chain(words)).args
}

/// Serves what `build` makes, with the layers that every service has.
async fn serve(build: impl FnOnce(&mut Setup) -> Router) -> TestServer {
    let mut setup = Setup {
        registry: Registry::default(),
        readiness: Readiness::default(),
        tasks: tokio_util::task::TaskTracker::new(),
        stopping: CancellationToken::new(),
        address: ([127, 0, 0, 1], 0).into(),
    };
    let routes = build(&mut setup);
    TestServer::start(App::new(routes, setup.registry, setup.readiness).router).await
}

async fn dice(Query(query): Query<HashMap<String, String>>) -> (StatusCode, Json<Value>) {
    let error_rate = match query.get("identifier").map(String::as_str) {
        None => return (StatusCode::OK, Json(json!({"identifiers": ["fair", "risky"]}))),
        Some("fair") => 0.0,
        Some("risky") => 1.0,
        Some(_) => return (StatusCode::NOT_FOUND, Json(json!({"status": 404, "detail": "no such die"}))),
    };
    let faces = [1, 2, 3, 4, 5, 6];
    (StatusCode::OK, Json(json!({"identifier": "x", "specification": {"faces": faces, "error_rate": error_rate}})))
}

/// die-service's answers, dice-roller itself with delays up to this many milliseconds, the frontend itself.
async fn services(max_delay_ms: u32) -> [TestServer; 3] {
    let die_service = TestServer::start(Router::new().route("/dice", get(dice))).await;
    let delay = if max_delay_ms == 0 { "0".to_owned() } else { format!("{max_delay_ms}ms") };
    let dice_url = format!("--die-service-url={}", die_service.url(""));
    let words = [dice_url.clone(), format!("--max-delay={delay}"), "--seed=5".to_owned()];
    let dice_roller = serve(|setup| dice_roller::app(&args(&words), setup)).await;
    let words = [dice_url, format!("--dice-roller-url={}", dice_roller.url(""))];
    let frontend = serve(|setup| frontend::app(&args(&words), setup)).await;
    [die_service, dice_roller, frontend]
}

#[tokio::test]
async fn the_ledger_agrees_with_the_services() {
    let [_die_service, _dice_roller, frontend] = services(0).await;
    let mut plan = plan(&frontend.url(""));
    plan.pattern.strategy = StrategyChoice::Mixed;
    plan.pattern.dice.push("unknown".to_owned());
    let (summary, entries) = run(&plan, "services", &CancellationToken::new()).await;
    assert_eq!(summary.stats.requests, entries.len() as u64);
    for entry in &entries {
        let good: &[u16] = match entry.die.as_str() {
            "fair" => &[200],
            "risky" => &[200, 500],
            _ => &[404],
        };
        assert!(entry.status.is_some_and(|status| good.contains(&status)), "{entry:?}");
        assert_eq!(entry.rolls.is_some(), entry.status == Some(200));
        if let Some(rolls) = &entry.rolls {
            assert_eq!(rolls.len(), entry.times.unwrap_or(1) as usize);
            assert_eq!(entry.total, Some(rolls.iter().flatten().sum()));
        }
    }
    let statuses: Vec<&str> = summary.stats.endings.keys().map(String::as_str).collect();
    assert_eq!(statuses, ["200", "404", "500"], "all kinds of ending occur");
}

#[tokio::test]
async fn the_rolls_of_the_real_dice_roller_overlap() {
    let [_die_service, dice_roller, _frontend] = services(300).await;
    let plan = PerfPlan {
        dice_roller: dice_roller.url("").parse().expect("a URL"),
        sizes: vec![6],
        sizes_option: "--rolls",
        iterations: 4,
        plot: None,
        format: Format::Text,
        seed: 1,
        timeout: Duration::from_secs(20),
    };
    let result =
        perf::measure_all(&plan, || 1_767_323_045_000_001_000, &mut Progress::silent(), &CancellationToken::new())
            .await
            .expect("measured");
    assert_eq!((result.conclusion, result.max_delay_seconds), (Conclusion::Overlap, 0.3));
    assert!(result.sizes[0].failures.is_empty());
}
