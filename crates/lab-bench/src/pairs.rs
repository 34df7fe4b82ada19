//! `lab-bench diff-pairs`: what `dicelab diff` tells of equal runs of the dice, and how often it finds a fifth more delay.
//!
//! Each round is three runs of the same load: two with the same delays and one whose rolls take a fifth longer. Of the
//! first two nothing may be told; of the first and the third, that something takes longer. It can be run beside other
//! work; with `chrt -r 1` before it the runs hardly wait for a processor, and more can be told of them.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::Context as _;
use serde::Deserialize;
use tokio::process::Command;

/// The longest delay of a roll, and the same with a fifth more.
const DELAYS: [&str; 3] = ["50ms", "50ms", "60ms"];
/// What the runs of a round are called.
const NAMES: [&str; 3] = ["before", "same", "slower"];
/// Requests per second. All of the load is over after as many seconds as it takes.
const RATE: u32 = 40;

/// How many pairs are made, and of what load.
#[derive(Debug, clap::Args)]
pub struct PairsArgs {
    /// Pairs of each kind
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pairs: u32,
    /// Requests of each run
    #[arg(long, value_name = "N", default_value = "1000", value_parser = clap::value_parser!(u32).range(40..=100_000))]
    requests: u32,
    /// Keep the run files in this folder
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// What `dicelab diff --format json` says, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Told {
    changes: Vec<Change>,
    notes: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Change {
    kind: String,
    what: String,
    before: String,
    after: String,
    fails: bool,
}

/// What was found over all rounds.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sum {
    pairs: u32,
    /// Equal pairs of which a change was told.
    false_alarms: u32,
    /// Pairs of which it was told that something takes longer.
    found: u32,
    /// Pairs whose durations were not compared, because programs waited for a processor.
    not_compared: u32,
}

/// Makes the pairs with the binary `dicelab`, and prints what was told of each.
pub async fn run(args: &PairsArgs, dicelab: &Path, port_offset: u16) -> anyhow::Result<()> {
    let folder = match &args.keep {
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join(format!("dicelab-pairs-{}", std::process::id())),
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let dice = Dice { dicelab, folder: &folder, ports: [8106, 8107, 8108].map(|port| port + port_offset) };
    let found = dice.rounds(args).await;
    if args.keep.is_none() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    println!("{}", found?.text(args.requests));
    Ok(())
}

/// The dice, as three services under `dicelab run`.
struct Dice<'a> {
    dicelab: &'a Path,
    folder: &'a Path,
    /// Of die-service, dice-roller and frontend.
    ports: [u16; 3],
}

impl Dice<'_> {
    async fn rounds(&self, args: &PairsArgs) -> anyhow::Result<Sum> {
        let mut sum = Sum::default();
        for round in 1..=args.pairs {
            let file = |run: usize| format!("{round:03}-{}.dicelab", NAMES[run]);
            for (run, delay) in DELAYS.into_iter().enumerate() {
                self.load(&file(run), delay, args.requests, round * 10 + run as u32).await?;
            }
            let (equal, slower) = (self.diff(&file(0), &file(1)).await?, self.diff(&file(0), &file(2)).await?);
            for (name, told) in [("equal", &equal), ("slower", &slower)] {
                for change in &told.changes {
                    println!("{round} {name}: {} {}: {} → {}", change.kind, change.what, change.before, change.after);
                }
                for note in &told.notes {
                    println!("{round} {name}: note: {note}");
                }
            }
            sum.add(&equal, &slower);
            eprintln!("{}", sum.text(args.requests));
            if args.keep.is_none() {
                for run in 0..NAMES.len() {
                    std::fs::remove_file(self.folder.join(file(run)))?;
                }
            }
        }
        Ok(sum)
    }

    /// One run of the dice, kept in a file.
    async fn load(&self, file: &str, delay: &str, requests: u32, seed: u32) -> anyhow::Result<()> {
        let dicelab = self.dicelab.display();
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let [die, roller, frontend] = self.ports;
        let (to_die, to_roller) =
            (format!("--die-service-url {}", url(die)), format!("--dice-roller-url {}", url(roller)));
        let services = [
            ("die-service", die, String::new()),
            ("dice-roller", roller, format!("{to_die} --max-delay {delay}")),
            ("frontend", frontend, format!("{to_die} {to_roller} --max-delay {delay}")),
        ];
        let mut arguments = ["run", "--out", file].map(str::to_owned).to_vec();
        for (name, port, more) in services {
            arguments.push(format!("--service={name}={dicelab} service {name} --listen 127.0.0.1:{port} {more}"));
            arguments.push(format!("--ready={name}={}/readyz", url(port)));
            arguments.push(format!("--scrape={name}={}/metrics", url(port)));
        }
        arguments.extend(["--".to_owned(), dicelab.to_string(), "traffic".to_owned()]);
        arguments.push(format!("--frontend-url={}", url(frontend)));
        arguments.push(format!("--rate={RATE}"));
        arguments.push(format!("--duration={}s", requests.div_ceil(RATE)));
        arguments.push(format!("--seed={seed}"));
        let output = self.dicelab(&arguments).await?;
        anyhow::ensure!(
            output.status.success(),
            "the run {file} ended with {}: {}",
            output.status,
            last_lines(&output)
        );
        Ok(())
    }

    async fn diff(&self, before: &str, after: &str) -> anyhow::Result<Told> {
        let output = self.dicelab(&["diff", "--format=json", before, after].map(str::to_owned)).await?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("comparing {before} and {after}: {}", last_lines(&output)))
    }

    async fn dicelab(&self, arguments: &[String]) -> anyhow::Result<Output> {
        Command::new(self.dicelab)
            .args(arguments)
            .current_dir(self.folder)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .with_context(|| format!("starting {}", self.dicelab.display()))
    }
}

/// The end of what a program said; a load has said much before.
fn last_lines(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

impl Sum {
    fn add(&mut self, equal: &Told, slower: &Told) {
        let is_slower = |change: &Change| change.kind == "latency" && change.fails;
        let is_left_out = |note: &String| note.starts_with("latency was not compared");
        self.pairs += 1;
        self.false_alarms += u32::from(!equal.changes.is_empty());
        self.found += u32::from(slower.changes.iter().any(is_slower));
        self.not_compared += u32::from(slower.notes.iter().any(is_left_out));
    }

    fn text(&self, requests: u32) -> String {
        let Self { pairs, false_alarms, found, not_compared } = self;
        format!(
            "{pairs} pairs of equal runs of {requests} requests: a change is told of {false_alarms}; \
             {pairs} pairs with a fifth more delay: found in {found}, latency not compared in {not_compared}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> Told {
        serde_json::from_str(json).expect("JSON")
    }

    #[test]
    fn pairs_are_counted_by_what_is_told_of_them() {
        let nothing = told(r#"{"changes": [], "compared": 7, "notes": []}"#);
        let change = |kind: &str, fails: bool| {
            let change = format!(r#"{{"kind": "{kind}", "what": "x", "before": "1", "after": "2", "fails": {fails}}}"#);
            told(&format!(r#"{{"changes": [{change}], "compared": 7, "notes": ["latency was not compared: busy"]}}"#))
        };
        let mut sum = Sum::default();
        sum.add(&nothing, &change("latency", true));
        sum.add(&nothing, &change("counter", true));
        sum.add(&change("log", false), &change("latency", false));
        assert_eq!(sum, Sum { pairs: 3, false_alarms: 1, found: 1, not_compared: 3 });
        assert!(sum.text(1000).starts_with("3 pairs of equal runs of 1000 requests: a change is told of 1; "));
    }
}
