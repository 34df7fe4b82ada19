//! `cargo xtask test-often RUNS BUSY [CRATE]`: the whole suite, or that of one crate, many times, some of them beside a compiler that keeps every core
//! busy, as a table. A test that passes nine times in ten is found here and nowhere else.
//!
//! Every run leaves its log and its outcome under `target/test-often/COMMIT`; a second call goes on where the first
//! was stopped. With uncommitted changes nothing is kept.

mod compiler;
mod outcome;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use crate::often::compiler::Compiler;
use crate::often::outcome::Outcome;
use crate::tree;

/// Runs the suite of the workspace or of one crate `runs` times, `busy` of them beside a compiler, and prints the table.
/// Fails if a test failed.
pub(crate) fn run(runs: &str, busy: &str, of: Option<&str>) -> ExitCode {
    let (Ok(runs), Ok(busy)) = (runs.parse::<usize>(), busy.parse::<usize>()) else {
        eprintln!("test-often: the number of runs and the number of busy runs are whole numbers");
        return ExitCode::from(2);
    };
    match all(runs, busy.min(runs), of) {
        Ok(outcomes) => {
            print!("{}", outcome::table(&outcomes));
            let clean = outcomes.iter().all(|outcome| outcome.failed.is_empty());
            if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("test-often: {error}");
            ExitCode::from(2)
        }
    }
}

fn all(runs: usize, busy: usize, of: Option<&str>) -> Result<Vec<Outcome>, String> {
    let root = tree::root();
    let folder = folder(&root, of)?;
    let scope = scope(of);
    eprintln!("test-often: compiling; logs and outcomes are in {}", folder.display());
    let compiled = cargo(&root, &["test", "--locked", "--no-run", "--quiet"]).args(&scope).status();
    if !compiled.map_err(|error| format!("cargo: {error}"))?.success() {
        return Err("the tests do not compile".to_owned());
    }
    let mut outcomes = Vec::new();
    for run in 1..=runs {
        // The busy runs are spread over all, so that no kind has the warm or the cold machine for itself.
        let is_busy = run * busy / runs > (run - 1) * busy / runs;
        let kept = folder.join(format!("{run}.json"));
        let outcome = match outcome::load(&kept, is_busy) {
            Some(outcome) => outcome,
            None => once(&root, &folder, &scope, run, is_busy)?,
        };
        fs::write(&kept, outcome.to_json()).map_err(|error| format!("{}: {error}", kept.display()))?;
        eprintln!("test-often: {}", outcome.line(run));
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// One run of the suite, with its log in the folder.
fn once(root: &Path, folder: &Path, scope: &[&str], run: usize, busy: bool) -> Result<Outcome, String> {
    let path = folder.join(format!("{run}.log"));
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let log = File::create(&path).map_err(failed)?;
    let errors = log.try_clone().map_err(failed)?;
    let compiler = if busy { Some(Compiler::start(root)?) } else { None };
    let began = Instant::now();
    let mut command = cargo(root, &["test", "--locked", "--no-fail-fast"]);
    let status = command.args(scope).stdin(Stdio::null()).stdout(log).stderr(errors).status();
    let status = status.map_err(|error| format!("cargo: {error}"))?;
    let seconds = began.elapsed().as_secs();
    let compiled = compiler.map(Compiler::stop);
    Ok(Outcome::read(&tree::read(&path), status.success(), seconds, compiled))
}

fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root);
    command
}

/// Whose tests are run, as arguments of cargo.
fn scope(of: Option<&str>) -> Vec<&str> {
    of.map_or_else(|| vec!["--workspace"], |name| vec!["-p", name])
}

/// The folder for the runs of this commit; emptied where the sources differ from it.
fn folder(root: &Path, of: Option<&str>) -> Result<PathBuf, String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(root).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
    };
    let commit = git(&["rev-parse", "--short", "HEAD"]);
    let changed = commit.is_empty() || !git(&["status", "--porcelain"]).is_empty();
    let folder = root.join("target/test-often").join(if changed { "uncommitted" } else { &commit });
    let folder = of.map_or_else(|| folder.clone(), |name| folder.join(name));
    if changed {
        let _ = fs::remove_dir_all(&folder);
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}
