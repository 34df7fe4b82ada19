//! Every request that was sent is in the ledger, and no other.

use std::path::PathBuf;
use std::time::Duration;

use lab_model::strategy::Strategy;
use lab_testkit::eventually::eventually;
use lab_traffic::client::Target;
use lab_traffic::gate::Gate;
use lab_traffic::generator::{self, RunSummary};
use lab_traffic::ledger::{Entry, LedgerWriter};
use lab_traffic::options::Plan;
use lab_traffic::pattern::{Pattern, Requests, StrategyChoice};
use lab_traffic::progress::Progress;
use lab_traffic::request::Endpoint;
use tokio_util::sync::CancellationToken;

use crate::stub::{Manners, Stub};

pub(crate) fn plan(frontend: &str) -> Plan {
    let url = |text: &str| text.parse().expect("a URL");
    Plan {
        frontend: url(frontend),
        pattern: Pattern {
            users: 5,
            requests: Requests::UpTo(10),
            async_probability: 0.5,
            max_async_rolls: 4,
            strategy: StrategyChoice::Always(Strategy::All),
            think: Duration::ZERO..=Duration::from_millis(2),
            dice: vec!["fair".to_owned(), "risky".to_owned()],
            seed: 3,
        },
        duration: None,
        rate: None,
        otlp_endpoint: url("http://127.0.0.1:9"),
        otlp_endpoint_given: true,
        ledger: None,
        timeout: Duration::from_secs(20),
    }
}

/// Runs a plan with a ledger of its own and returns its entries too.
pub(crate) async fn run(plan: &Plan, name: &str, shutdown: &CancellationToken) -> (RunSummary, Vec<Entry>) {
    let path: PathBuf = std::env::temp_dir().join(format!("dicelab-traffic-{}-{name}.jsonl", std::process::id()));
    let ledger = LedgerWriter::create(&path).expect("a file");
    let target = Target::new(plan.frontend.clone(), plan.timeout, || 1_767_323_045_000_001_000);
    let summary =
        generator::run(plan, &target, &Gate::default(), Some(ledger), &mut Progress::silent(), shutdown).await;
    let text = std::fs::read_to_string(&path).expect("readable");
    std::fs::remove_file(&path).expect("removed");
    let entries = text.lines().map(|line| serde_json::from_str(line).expect("an entry")).collect();
    (summary.expect("a complete ledger"), entries)
}

#[tokio::test]
async fn users_do_what_their_scripts_say_and_the_ledger_has_it_all() {
    let stub = Stub::start(Manners::default()).await;
    let plan = plan(&stub.url());
    let (summary, mut entries) = run(&plan, "all", &CancellationToken::new()).await;
    let planned = generator::planned_requests(&plan).expect("an end");
    assert_eq!((summary.stats.requests, entries.len(), stub.requests()), (planned, planned as usize, planned as usize));
    assert_eq!((summary.ledger_lines, summary.stats.failed, summary.stopped), (Some(planned), 0, false));
    for entry in &entries {
        assert_eq!(entry.status, Some(200));
        let rolls = entry.rolls.as_ref().expect("rolls");
        assert_eq!(rolls.len(), entry.times.unwrap_or(1) as usize);
        assert_eq!(entry.total, Some(4 * rolls.len() as i64));
        assert_eq!(entry.strategy.is_some(), entry.endpoint == Endpoint::RollAsync);
        if entry.endpoint == Endpoint::Roll {
            assert_eq!(entry.trace_id.as_deref(), Some("0af7651916cd43dd8448eb211c80319c"));
        }
    }
    // The same seed asks for the same, whatever the order of the answers.
    let (_, mut again) = run(&plan, "again", &CancellationToken::new()).await;
    let key = |entry: &Entry| (entry.user, entry.request, entry.endpoint, entry.die.clone(), entry.times);
    entries.sort_by_key(key);
    again.sort_by_key(key);
    assert_eq!(entries.iter().map(key).collect::<Vec<_>>(), again.iter().map(key).collect::<Vec<_>>());
}

#[tokio::test]
async fn failures_and_refused_connections_are_in_the_ledger() {
    let stub = Stub::start(Manners { fail_from: 3, ..Manners::default() }).await;
    let (summary, entries) = run(&plan(&stub.url()), "failures", &CancellationToken::new()).await;
    assert_eq!(summary.stats.endings["200"], 3);
    assert_eq!(summary.stats.failed + 3, entries.len() as u64);
    assert!(entries.iter().filter(|entry| entry.status == Some(500)).all(|entry| entry.total.is_none()));

    let address = stub.url();
    drop(stub);
    let refused = eventually(async || match tokio::net::TcpStream::connect(&address["http://".len()..]).await {
        Ok(_) => Err("still listening"),
        Err(_) => Ok(()),
    });
    refused.await;
    let (summary, entries) = run(&plan(&address), "refused", &CancellationToken::new()).await;
    assert_eq!(summary.stats.endings["connection error"], entries.len() as u64);
    assert!(entries.iter().all(|entry| entry.status.is_none() && entry.rolls.is_none()));
}

#[tokio::test]
async fn what_takes_too_long_is_a_timeout_with_null_status() {
    let stub = Stub::start(Manners { delay: Duration::from_secs(3600), ..Manners::default() }).await;
    let mut plan = plan(&stub.url());
    plan.timeout = Duration::from_millis(30);
    plan.pattern.requests = Requests::UpTo(1);
    let (summary, entries) = run(&plan, "timeout", &CancellationToken::new()).await;
    assert_eq!((summary.stats.endings["timeout"], entries.len()), (5, 5));
    assert!(entries.iter().all(|entry| entry.status.is_none() && entry.duration_ms >= 30.0));
}

#[tokio::test]
async fn a_stop_gives_up_what_hangs_and_the_ledger_is_complete() {
    let stub = Stub::start(Manners { delay: Duration::from_secs(3600), ..Manners::default() }).await;
    let mut plan = plan(&stub.url());
    plan.pattern.requests = Requests::Endless;
    let shutdown = CancellationToken::new();
    let stopper = shutdown.clone();
    let stop_once_all_hang = eventually(async || if stub.requests() == 5 { Ok(()) } else { Err("not all sent") });
    let (ran, ()) = tokio::join!(run(&plan, "stop", &shutdown), async {
        stop_once_all_hang.await;
        stopper.cancel();
    });
    let (summary, entries) = ran;
    assert!(summary.stopped);
    assert_eq!((summary.stats.endings["cancelled"], entries.len(), stub.requests()), (5, 5, 5));
    assert!(entries.iter().all(|entry| entry.status.is_none()));
}

#[tokio::test]
async fn a_full_disk_ends_the_run() {
    let stub = Stub::start(Manners::default()).await;
    let mut plan = plan(&stub.url());
    plan.pattern.requests = Requests::Endless;
    let ledger = LedgerWriter::create("/dev/full".as_ref()).expect("opens");
    let target = Target::new(plan.frontend.clone(), plan.timeout, || 1_767_323_045_000_001_000);
    let shutdown = CancellationToken::new();
    let ran = generator::run(&plan, &target, &Gate::default(), Some(ledger), &mut Progress::silent(), &shutdown).await;
    assert!(ran.expect_err("a full disk").to_string().contains("/dev/full"));
}

#[tokio::test]
async fn at_a_rate_slow_answers_do_not_hold_requests_back() {
    let stub = Stub::start(Manners { delay: Duration::from_secs(3600), ..Manners::default() }).await;
    let mut plan = plan(&stub.url());
    plan.pattern.requests = Requests::Endless;
    plan.rate = Some(1000.0);
    let shutdown = CancellationToken::new();
    let stopper = shutdown.clone();
    // Far more in flight than there are users: nobody waits for an answer.
    let many = eventually(async || if stub.requests() >= 100 { Ok(()) } else { Err("too few") });
    let (ran, ()) = tokio::join!(run(&plan, "rate", &shutdown), async {
        many.await;
        stopper.cancel();
    });
    let (summary, entries) = ran;
    assert_eq!(summary.stats.requests, entries.len() as u64);
    let mut of_first: Vec<u64> = entries.iter().filter(|entry| entry.user == 1).map(|entry| entry.request).collect();
    of_first.sort_unstable();
    assert_eq!(of_first, (1..=of_first.len() as u64).collect::<Vec<_>>());
}
