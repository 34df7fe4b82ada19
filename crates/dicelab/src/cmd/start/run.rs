//! `dicelab run`: any program under a lab of its own, its telemetry asserted.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use lab_recording::manifest::Manifest;
use lab_recording::recording::Recording;
use lab_run::compare::side::Side;
use lab_run::compare::{compare, write};
use lab_run::expect::file::{self, ExpectationFile};
use lab_run::report::model::RunReport;
use lab_run::report::{github, markdown, text};
use tokio::runtime::Builder;

use crate::app::ephemeral::Ephemeral;
use crate::app::log;
use crate::app::reading;
use crate::app::trial;
use crate::app::trial::plan::Plan;
use crate::options::mistakes::Mistakes;
use crate::options::run::RunOptions;
use crate::parts::program::forward::Forwarded;
use crate::parts::storage::recording::{file as recording_file, machine};
use crate::ports::Port;

/// The file that is read if it is there.
const DEFAULT_FILE: &str = "dicelab.yaml";
/// The exit code when nothing could be started, as that of `timeout` and `env`.
pub const NOT_STARTED: u8 = 125;
/// Threads that serve the lab.
const WORKERS: usize = 2;
/// Threads for what blocks: two for each program's output, and long queries.
const BLOCKING: usize = 64;

/// Runs as often as it is told to; ends with the code of the first run that failed.
pub fn run(options: &RunOptions, began: Instant) -> ExitCode {
    match all_runs(options, began) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("dicelab run: {error:#}");
            ExitCode::from(NOT_STARTED)
        }
    }
}

/// Notes what is wrong with the options beyond their syntax.
pub(crate) fn check(options: &RunOptions, mistakes: &mut Mistakes) {
    options.collect.check(mistakes);
    let file = match expectations(options) {
        Ok(file) => file,
        Err(error) => return mistakes.add("--expect", error.to_string()),
    };
    for name in options.ready.iter().filter_map(|ready| ready.name.as_ref()) {
        let of_options = options.service.iter().any(|service| service.name == *name);
        if !of_options && !file.services.iter().any(|service| service.name == *name) {
            mistakes.add("--ready", format!("there is no service {name}; start it with --service {name}=COMMAND"));
        }
    }
    let is_ready_told = file.ready.is_some() || options.ready.iter().any(|ready| ready.name.is_none());
    if options.command.is_empty() && file.requests.is_empty() {
        mistakes.add(
            "COMMAND",
            "there is nothing to run: write a program after `--`, or `requests:` in the file".to_owned(),
        );
    } else if options.command.is_empty() && is_ready_told {
        mistakes.add("ready", "there is no command that could be ready: write it after `--`".to_owned());
    } else if is_ready_told && file.requests.is_empty() {
        let why = "the command is ended once it is ready and all requests are made, but the file has no `requests:`";
        mistakes.add("ready", why.to_owned());
    }
}

/// The file of expectations, if there is one.
fn expectations_file(options: &RunOptions) -> Option<&Path> {
    options.expect.as_deref().or_else(|| Some(Path::new(DEFAULT_FILE)).filter(|path| path.is_file()))
}

/// What it says.
fn expectations(options: &RunOptions) -> Result<ExpectationFile, file::FileError> {
    expectations_file(options).map_or_else(|| Ok(ExpectationFile::default()), file::read)
}

fn all_runs(options: &RunOptions, began: Instant) -> anyhow::Result<u8> {
    log::to_stderr();
    let file = expectations(options)?;
    let baseline = options.baseline.as_deref().map(|path| Side::of(&reading::recording(path)?).context("--baseline"));
    let baseline = baseline.transpose()?;
    let inherited: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING)
        .enable_all()
        .build()
        .context("the runtime cannot start")?;
    let outcome = runtime.block_on(async {
        let mut signals = Forwarded::listen().context("cannot listen for signals")?;
        let mut first_failure = 0;
        for round in 1..=options.repeat {
            let began = if round == 1 { began } else { Instant::now() };
            let plan = Plan { options, file: &file, inherited: &inherited, began };
            let (report, lab) = trial::run(&plan, &mut signals).await?;
            tell(options, round, &report)?;
            let mut code = report.exit_code;
            if options.out.is_some() || baseline.is_some() {
                let recording = recorded(options, &report, &lab, &inherited).await?;
                if let Some(baseline) = &baseline
                    && !is_like(baseline, &recording, options)?
                    && code == 0
                {
                    code = 1;
                }
                if let Some(out) = &options.out {
                    recording_file::write(&numbered(out, round, options.repeat), recording, &options.redact)?;
                }
            }
            if options.keep && round == options.repeat {
                keep(&lab, &mut signals).await;
            }
            lab.finish().await;
            first_failure = if first_failure == 0 { code } else { first_failure };
        }
        Ok(first_failure)
    });
    runtime.shutdown_timeout(Duration::from_millis(200));
    outcome
}

/// The report on standard error, in the files that were asked for, and where GitHub looks for it.
fn tell(options: &RunOptions, round: u32, report: &RunReport) -> anyhow::Result<()> {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    if options.repeat > 1 {
        eprintln!("run {round} of {}", options.repeat);
    }
    eprint!("{}", text::write(report, colours));
    for target in &options.report {
        let file = numbered(&target.file, round, options.repeat);
        std::fs::write(&file, target.format.write(report))
            .with_context(|| format!("{} cannot be written", file.display()))?;
    }
    if std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true") {
        // GitHub reads its commands from standard error, too; standard output belongs to the program.
        eprint!("{}", github::annotations(report));
    }
    if let Some(summary) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(&summary)?;
        file.write_all(markdown::write(report).as_bytes())?;
    }
    Ok(())
}

/// The whole run, as its file will hold it.
async fn recorded(
    options: &RunOptions,
    report: &RunReport,
    lab: &Ephemeral,
    inherited: &BTreeMap<String, String>,
) -> anyhow::Result<Recording> {
    let mut recording = lab.record().await?;
    let text =
        |path: &Path| std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()));
    recording.manifest = Manifest {
        start_ns: report.start_ns,
        end_ns: report.end_ns,
        command: options.command.clone(),
        machine: machine::this(),
        waited: report.waited,
        variables: machine::kept(inherited),
        ..recording.manifest
    };
    recording.report = Some(serde_json::to_string(report)?);
    recording.expectations = expectations_file(options).map(text).transpose()?;
    recording.ledger = options.ledger.as_deref().map(text).transpose()?;
    Ok(recording)
}

/// Tells what changed since an earlier run; whether nothing of it fails.
fn is_like(baseline: &Side, recording: &Recording, options: &RunOptions) -> anyhow::Result<bool> {
    let comparison = compare(baseline, &Side::of(recording)?, &options.tell.options());
    eprint!("{}", write::text(&comparison));
    Ok(comparison.passes())
}

/// `report.xml`, or `report-2.xml` of several runs.
fn numbered(file: &Path, round: u32, rounds: u32) -> PathBuf {
    if rounds == 1 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file.extension().map(|extension| format!(".{}", extension.to_string_lossy())).unwrap_or_default();
    file.with_file_name(format!("{stem}-{round}{extension}"))
}

/// Leaves the lab up until a signal comes.
async fn keep(lab: &Ephemeral, signals: &mut Forwarded) {
    for port in Port::LAB {
        eprintln!("  {:<12} {:<24} {}", port.what(), lab.ports.shown(port), port.about());
    }
    eprintln!("the lab stays until Ctrl-C");
    signals.next().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_several_runs_have_numbers() {
        let numbered = |file, rounds| numbered(Path::new(file), 2, rounds).display().to_string();
        assert_eq!(numbered("out/report.xml", 1), "out/report.xml");
        assert_eq!(numbered("out/report.xml", 3), "out/report-2.xml");
        assert_eq!(numbered("report", 3), "report-2");
    }
}
