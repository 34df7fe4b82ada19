//! The stages of one part at one commit. What is done is kept in a file and not made again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::endure::outcome::Outcome;
use crate::endure::part::{Part, Tests};

/// What a test writes before a figure for the record.
const FIGURE: &str = "figure: ";

/// The binary that is loaded, and where it may listen and write.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The binary `dicelab` that is loaded.
    pub dicelab: PathBuf,
    /// Beyond the usual ports.
    pub port_offset: u16,
    /// A directory for the data of labs.
    pub scratch: PathBuf,
}

/// A part that goes on where it was stopped.
#[derive(Debug)]
pub struct Session {
    pub machine: Machine,
    part: Part,
    short: bool,
    commit: String,
    file: PathBuf,
    done: Vec<Stage>,
}

/// A stage that is done.
#[derive(Debug, Serialize, Deserialize)]
struct Stage {
    name: String,
    seconds: u64,
    outcome: Outcome,
}

impl Session {
    /// Reads what is done of a part at this commit. With uncommitted changes everything begins anew.
    pub fn open(part: Part, short: bool, dicelab: &Path, port_offset: u16) -> anyhow::Result<Self> {
        let (commit, is_clean) = commit()?;
        let form = if short { "short" } else { "full" };
        let folder = PathBuf::from("target/endure").join(format!("{commit}-{form}"));
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}.json", part.name()));
        let done = match fs::read(&file) {
            Ok(bytes) if is_clean => serde_json::from_slice(&bytes).context("what was done before")?,
            _ => Vec::new(),
        };
        let scratch = folder.join("data");
        let machine = Machine { dicelab: dicelab.to_owned(), port_offset, scratch };
        let commit = if is_clean { commit } else { format!("{commit} with uncommitted changes") };
        Ok(Self { machine, part, short, commit, file, done })
    }

    /// Makes a stage, unless it is done already, and keeps what it found.
    pub async fn stage(
        &mut self,
        name: &str,
        work: impl AsyncFnOnce(&Machine) -> anyhow::Result<Outcome>,
    ) -> anyhow::Result<()> {
        if self.done.iter().any(|stage| stage.name == name) {
            eprintln!("endure: {name}: done before");
            return Ok(());
        }
        eprintln!("endure: {name} …");
        let began = Instant::now();
        let _ = fs::remove_dir_all(&self.machine.scratch);
        fs::create_dir_all(&self.machine.scratch)?;
        let outcome = work(&self.machine).await.with_context(|| format!("the stage {name}"))?;
        let _ = fs::remove_dir_all(&self.machine.scratch);
        for fault in &outcome.faults {
            eprintln!("endure: {name}: {fault}");
        }
        self.done.push(Stage { name: name.to_owned(), seconds: began.elapsed().as_secs(), outcome });
        fs::write(&self.file, serde_json::to_vec_pretty(&self.done)?)?;
        Ok(())
    }

    /// Runs tests that are a part of their own, each as a stage.
    pub async fn tests(&mut self, all: &[Tests]) -> anyhow::Result<()> {
        for tests in all {
            let (name, value) = tests.scale;
            let stage = format!("{name}={value}");
            self.stage(&stage, async |_: &Machine| run(tests).await).await?;
        }
        Ok(())
    }

    /// Whether no stage found a fault.
    pub fn is_good(&self) -> bool {
        self.done.iter().all(|stage| stage.outcome.faults.is_empty())
    }

    /// The section of the record.
    pub fn section(&self) -> anyhow::Result<String> {
        let cores = std::thread::available_parallelism()?;
        let verdict = if self.is_good() { "Every promise was kept" } else { "**Not every promise was kept**" };
        let form = if self.short { "short form" } else { "full form" };
        let seconds: u64 = self.done.iter().map(|stage| stage.seconds).sum();
        let took = if seconds < 600 { format!("{seconds} s") } else { format!("{} minutes", seconds / 60) };
        let binary = self.machine.dicelab.display();
        let mut text = format!("{verdict}: commit {}, {form}, `{binary}`, {took} on {cores} cores.\n\n", self.commit);
        text.push_str("| Stage | Found |\n|---|---|\n");
        for stage in &self.done {
            let figures = stage.outcome.figures.iter().map(|(name, value)| format!("{name} {value}"));
            let faults = stage.outcome.faults.iter().map(|fault| format!("**{fault}**"));
            let found: Vec<String> = figures.chain(faults).collect();
            text.push_str(&format!("| {} | {} |\n", stage.name, found.join("; ").replace('|', "\\|")));
        }
        Ok(text)
    }

    pub fn part(&self) -> Part {
        self.part
    }
}

/// Runs tests in the background of nothing else; their figures are the lines that begin with `figure: `.
async fn run(tests: &Tests) -> anyhow::Result<Outcome> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg("test").arg("--locked").args(tests.arguments).args(["--", "--nocapture"]);
    command.env(tests.scale.0, tests.scale.1).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().await.context("running cargo")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut outcome = Outcome::default();
    for line in text.lines() {
        if let Some((name, value)) = line.strip_prefix(FIGURE).and_then(|figure| figure.split_once(": ")) {
            outcome.figure(name, value);
        }
    }
    let passed = text.lines().filter(|line| line.ends_with(" ... ok")).count();
    outcome.figure("tests passed", passed);
    outcome.expect(output.status.success(), || {
        let failed = text.lines().filter(|line| line.ends_with(" ... FAILED")).collect::<Vec<_>>().join(", ");
        format!("cargo test {} failed: {failed}", tests.arguments.join(" "))
    });
    outcome.expect(passed > 0, || format!("cargo test {} ran no test", tests.arguments.join(" ")));
    Ok(outcome)
}

/// The commit of this directory, and whether the sources are those of it.
fn commit() -> anyhow::Result<(String, bool)> {
    let git = |arguments: &[&str]| -> anyhow::Result<String> {
        let output = std::process::Command::new("git").args(arguments).output().context("running git")?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    anyhow::ensure!(!commit.is_empty(), "run this in a checkout: there is no commit to name");
    // The record itself may have been written by another part.
    let changes = git(&["status", "--porcelain", "--", ".", ":(exclude)docs/endurance.md"])?;
    Ok((commit, changes.is_empty()))
}
