//! Short traffic of our own, where no ledger is given: single rolls and batches of every strategy, good, failing
//! and unknown dice.

use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_traffic::client::Target;
use lab_traffic::gate::Gate;
use lab_traffic::generator;
use lab_traffic::ledger::{Entry, LedgerWriter};
use lab_traffic::options::Plan;
use lab_traffic::pattern::{Pattern, Requests, StrategyChoice};
use lab_traffic::progress::Progress;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::stack::Stack;
use crate::stack::services::Service;
use crate::truth::asked::ledger;
use crate::truth::unknown::TrafficError;

/// Requests a second, sent when they are due; how long they take does not matter.
const RATE: f64 = 20.0;
/// How long requests are sent.
const SENDING: Duration = Duration::from_secs(8);
/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The share of requests that ask for a batch.
const BATCHES: f64 = 0.45;
/// Most dice in a batch, if the service takes that many.
const LARGEST_BATCH: u32 = 10;
/// One request in about this many is for a die that does not exist.
const UNKNOWN_EVERY: usize = 20;
const UNKNOWN_DIE: &str = "no-such-die";

/// Sends for a few seconds; what was asked and answered, in order of time.
pub(crate) async fn make(
    stack: &Stack,
    temporary: &Path,
    stop: &CancellationToken,
) -> Result<Vec<Entry>, TrafficError> {
    let largest = LARGEST_BATCH.min(max_batch(stack).await.unwrap_or(LARGEST_BATCH)).max(1);
    let frontend = stack.services.base(Service::Frontend);
    let frontend = frontend.parse().map_err(address)?;
    let plan = Plan {
        frontend,
        pattern: Pattern {
            users: 20,
            requests: Requests::Endless,
            async_probability: BATCHES,
            max_async_rolls: largest,
            strategy: StrategyChoice::Mixed,
            think: Duration::ZERO..=Duration::ZERO,
            dice: dice(stack).await,
            seed: stack.clock.nanoseconds().cast_unsigned(),
        },
        duration: Some(SENDING),
        rate: Some(RATE),
        otlp_endpoint: "http://127.0.0.1:4318".parse().map_err(address)?,
        otlp_endpoint_given: false,
        ledger: None,
        timeout: TIMEOUT,
    };
    let target = Target::new(plan.frontend.clone(), plan.timeout, stack.clock.source());
    let file = TemporaryFile::new(temporary, stack.clock.nanoseconds());
    let writer = LedgerWriter::create(&file.0)?;
    generator::run(&plan, &target, &Gate::default(), Some(writer), &mut Progress::silent(), stop).await?;
    let mut entries = ledger::read(&file.0)?;
    entries.sort_by_key(|entry| entry.started);
    Ok(entries)
}

fn address(error: impl std::fmt::Display) -> TrafficError {
    TrafficError::Address(error.to_string())
}

/// Every known die equally often, and now and then one that does not exist.
async fn dice(stack: &Stack) -> Vec<String> {
    #[derive(Deserialize)]
    struct List {
        identifiers: Vec<String>,
    }
    let list = stack.services.get(Service::DieService, "/dice", &[]).await;
    let known = list.and_then(|answer| answer.good()?.json::<List>()).map(|list| list.identifiers);
    let known =
        known.ok().filter(|known| !known.is_empty()).unwrap_or_else(|| vec!["fair".to_owned(), "risky".to_owned()]);
    let times = (UNKNOWN_EVERY - 1) / known.len() + 1;
    let all = std::iter::repeat_n(known, times).flatten();
    all.chain([UNKNOWN_DIE.to_owned()]).collect()
}

async fn max_batch(stack: &Stack) -> Option<u32> {
    #[derive(Deserialize)]
    struct About {
        max_batch: u32,
    }
    let answer = stack.services.get(Service::DiceRoller, "/", &[]).await.ok()?;
    Some(answer.json::<About>().ok()?.max_batch)
}

/// A file that is removed when the value is dropped.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(directory: &Path, now_ns: i64) -> Self {
        Self(directory.join(format!("dicelab-verify-{}-{}.jsonl", std::process::id(), now_ns)))
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // The file may not exist, if nothing was written.
        let _ = std::fs::remove_file(&self.0);
    }
}
