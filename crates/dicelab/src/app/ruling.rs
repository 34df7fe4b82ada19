//! Rules at work: which files, and the loop that evaluates groups when they are due.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lab_metrics::rules::file::{RuleFile, RuleFileError};
use lab_metrics::rules::group::Evaluate;
use lab_metrics::rules::ruler::Ruler;
use lab_model::Interrupt;
use tokio_util::sync::CancellationToken;

use crate::app::clock::now_ns;
use crate::options::lab::LabOptions;

/// The rules that are built in, by the place of their file in the repository.
const SHIPPED: [(&str, &str); 3] = [
    ("requests.yml", include_str!("../../../../deploy/prometheus/rules/requests.yml")),
    ("frontend-slo.yml", include_str!("../../../../deploy/prometheus/rules/frontend-slo.yml")),
    ("health.yml", include_str!("../../../../deploy/prometheus/rules/health.yml")),
];
/// The longest sleep, so that a reload is noticed.
const NAP: Duration = Duration::from_secs(1);
/// How long the groups that are due may take together before their queries are broken off.
const PATIENCE: Duration = Duration::from_secs(120);

/// The files of `--rules`, or ours.
pub fn files(options: &LabOptions) -> Result<Vec<RuleFile>, RuleFileError> {
    if options.rules.is_empty() {
        SHIPPED.iter().map(|(name, text)| RuleFile::parse(&Path::new("rules").join(name), text)).collect()
    } else {
        options.rules.iter().map(|path| RuleFile::read(path)).collect()
    }
}

/// Evaluates groups whenever they are due, until `stop`.
pub async fn run(ruler: Arc<Ruler>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(until_due(&ruler)) => {}
        }
        let interrupt = Interrupt::default();
        let (worker, flag) = (ruler.clone(), interrupt.clone());
        let mut running = tokio::task::spawn_blocking(move || evaluate(&worker, &flag));
        let ended = tokio::select! {
            ended = &mut running => ended,
            () = stop.cancelled() => broken_off(&interrupt, running).await,
            () = tokio::time::sleep(PATIENCE) => broken_off(&interrupt, running).await,
        };
        if let Err(panic) = ended {
            tracing::error!(%panic, "the evaluation of rules has panicked");
        }
    }
}

/// Waits for an evaluation that was told to stop.
async fn broken_off<T>(
    interrupt: &Interrupt,
    running: tokio::task::JoinHandle<T>,
) -> Result<T, tokio::task::JoinError> {
    interrupt.set();
    running.await
}

fn until_due(ruler: &Ruler) -> Duration {
    let wait = ruler.next_due().map_or(NAP, |due| Duration::from_millis((due - now_ms()).max(0).unsigned_abs()));
    wait.min(NAP)
}

fn evaluate(ruler: &Ruler, interrupt: &Interrupt) {
    let began = Instant::now();
    ruler.evaluate_due(&Evaluate { at: now_ms(), interrupt, elapsed: &|| began.elapsed() });
}

fn now_ms() -> i64 {
    now_ns() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_of_the_repository_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/prometheus/rules");
        let entries = std::fs::read_dir(folder).expect("the folder").flatten();
        let files = entries.map(|entry| entry.file_name().into_string().expect("a name"));
        let is_rules = |name: &String| Path::new(name).extension().is_some_and(|extension| extension == "yml");
        let files: BTreeSet<String> = files.filter(is_rules).collect();
        assert_eq!(files, SHIPPED.iter().map(|(name, _)| (*name).to_owned()).collect());
        for (name, text) in SHIPPED {
            RuleFile::parse(Path::new(name), text).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}
