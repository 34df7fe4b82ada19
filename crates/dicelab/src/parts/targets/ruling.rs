//! Rules at work: which files, and the loop that evaluates groups when they are due.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lab_logs::logql::syntax::parser;
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::rules::defaults::{Defaults, Outside};
use lab_metrics::rules::file::{RuleFile, RuleFilesError};
use lab_metrics::rules::moment::Moment;
use lab_metrics::rules::ruler::Ruler;
use lab_model::{Grant, Interrupt, MemoryPool};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::options::lab::LabOptions;
use crate::parts::clock::now_ns;
use crate::ports::{Port, Ports};

/// The rules that are built in, by the place of their file in the repository.
const SHIPPED: [(&str, &str); 3] = [
    ("requests.yml", include_str!("../../../../../deploy/prometheus/rules/requests.yml")),
    ("frontend-slo.yml", include_str!("../../../../../deploy/prometheus/rules/frontend-slo.yml")),
    ("health.yml", include_str!("../../../../../deploy/prometheus/rules/health.yml")),
];
/// The longest sleep, so that a reload is noticed.
const NAP: Duration = Duration::from_secs(1);
/// How long the groups that are due may take together before their queries are broken off.
const PATIENCE: Duration = Duration::from_secs(120);

/// The files of `--rules`, or ours; and those that the scrape configuration names. A group of the latter takes
/// the place of one of ours with the same name.
pub fn files(options: &LabOptions, config: &ScrapeConfig) -> Result<Vec<RuleFile>, RuleFilesError> {
    let mut paths = options.rules.clone();
    paths.extend(config.rule_paths().into_iter().filter(|path| !options.rules.contains(path)));
    let theirs = RuleFile::read_all(&paths)?;
    if !options.rules.is_empty() {
        return Ok(theirs);
    }
    let mut files = Vec::new();
    for (name, text) in SHIPPED {
        let ours = RuleFile::parse(&Path::new("rules").join(name), text);
        let mut ours = ours.map_err(|error| RuleFilesError(vec![error]))?;
        let replaced = |name: &str| theirs.iter().flat_map(|file| &file.groups).any(|group| group.name == name);
        ours.groups.retain(|group| !replaced(&group.name));
        files.push(ours);
    }
    files.extend(theirs);
    Ok(files)
}

/// The files of `--log-rules`.
pub fn log_files(options: &LabOptions) -> Result<Vec<RuleFile>, RuleFilesError> {
    let check = |query: &str| parser::parse(query).map(|_| query.to_owned()).map_err(|error| error.to_string());
    RuleFile::read_all_with(&options.log_rules, &check)
}

/// What holds for the rules of the lab's logs: the page is where people see what their queries give.
pub fn log_defaults(config: &ScrapeConfig, ports: &Ports) -> Defaults {
    let defaults = defaults(config, ports);
    let outside = Outside { labels: defaults.outside.labels.clone(), url: ports.shown(Port::Dashboards) };
    Defaults { outside: Arc::new(outside), ..defaults }
}

/// What holds for the rules of this configuration.
pub fn defaults(config: &ScrapeConfig, ports: &Ports) -> Defaults {
    let global = &config.global;
    let outside = Outside { labels: global.external_labels.clone(), url: ports.shown(Port::Metrics) };
    Defaults {
        interval: global.evaluation_interval,
        query_offset: global.rule_query_offset,
        outside: Arc::new(outside),
    }
}

/// Starts a task for each ruler.
pub fn start(rulers: [Arc<Ruler>; 2], memory: &MemoryPool, tasks: &mut JoinSet<()>, stop: &CancellationToken) {
    for ruler in rulers {
        tasks.spawn(run(ruler, memory.clone(), stop.clone()));
    }
}

/// Evaluates groups whenever they are due, until `stop`.
async fn run(ruler: Arc<Ruler>, memory: MemoryPool, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(until_due(&ruler)) => {}
        }
        let interrupt = Interrupt::default();
        let (worker, pool, flag) = (ruler.clone(), memory.clone(), interrupt.clone());
        let mut running = tokio::task::spawn_blocking(move || evaluate(&worker, &pool, flag));
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

/// Evaluates what is due. Like any query, the rules wait until there is memory for them.
fn evaluate(ruler: &Ruler, memory: &MemoryPool, interrupt: Interrupt) {
    let began = Instant::now();
    let Ok(memory) = memory.enter(&interrupt) else { return };
    let grant = Grant { memory, interrupt };
    ruler.evaluate_due(&Moment { at: now_ms(), grant: &grant, elapsed: &|| began.elapsed() });
}

fn now_ms() -> i64 {
    now_ns() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::collections::BTreeSet;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        lab: LabOptions,
    }

    /// The groups as `file: name`, sorted.
    fn groups(options: &[&str], config: &ScrapeConfig) -> Vec<String> {
        let options = Cli::try_parse_from([&["lab"], options].concat()).expect("good options").lab;
        let files = files(&options, config).expect("good files");
        let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
        let groups = files.iter().flat_map(|file| file.groups.iter().map(move |group| (file, group)));
        let mut groups: Vec<_> = groups.map(|(file, group)| format!("{}: {}", name(&file.path), group.name)).collect();
        groups.sort();
        groups
    }

    #[test]
    fn rule_files_of_the_scrape_configuration_are_added_and_win_over_ours() {
        let folder = std::env::temp_dir().join(format!("dicelab-ruling-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("rules")).expect("made");
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("written");
        write("rules/theirs.yml", "groups:\n- name: targets\n  rules: [{record: a, expr: up}]\n- name: more\n");
        write("own.yml", "groups:\n- name: own\n");
        write("prometheus.yml", "rule_files: [rules/*.yml]\n");
        let config = ScrapeConfig::read(&folder.join("prometheus.yml")).expect("valid");

        let ours = groups(&[], &ScrapeConfig::default());
        let mut expected: Vec<_> = ours.iter().filter(|group| *group != "health.yml: targets").cloned().collect();
        assert_eq!(expected.len() + 1, ours.len(), "{ours:?}");
        expected.extend(["theirs.yml: more".to_owned(), "theirs.yml: targets".to_owned()]);
        assert_eq!(groups(&[], &config), expected);
        let own = folder.join("own.yml").display().to_string();
        assert_eq!(groups(&["--rules", &own], &config), ["own.yml: own", "theirs.yml: more", "theirs.yml: targets"]);
        std::fs::remove_dir_all(&folder).expect("removed");
    }

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
