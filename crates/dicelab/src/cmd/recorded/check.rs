//! `dicelab check FILE`: the expectations of a run, or others, judged again without running anything.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use lab_recording::recording::Recording;
use lab_run::expect::expectation::Expectation;
use lab_run::expect::{file as expectations, line};
use lab_run::judge;
use lab_run::report::model::RunReport;
use lab_run::report::target::Target;
use lab_run::report::text;
use lab_run::scope::Scope;
use lab_run::survey::Survey;
use tokio_util::sync::CancellationToken;

use crate::cmd::recorded::open;
use crate::options::common::Common;
use crate::parts::storage::recording::file;

/// How the expectations of a run file are called in verdicts.
const KEPT: &str = "expectations.yaml";

/// Arguments of `dicelab check`.
#[derive(Debug, clap::Args)]
pub struct CheckCommand {
    /// The file that `dicelab run --out` or `dicelab export` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Judge by the expectations of this file [default: those that the run was judged by]
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Expect this, too, for example `promql: sum(increase(jobs_total[$run])) is > 0`; may be repeated
    #[arg(long = "assert", value_name = "LINE", value_parser = line::read)]
    assertions: Vec<Expectation>,
    /// Write a report in the format junit, json, markdown or html to this file; may be repeated
    #[arg(long, value_name = "FORMAT=FILE")]
    report: Vec<Target>,
    /// What every command takes.
    #[command(flatten)]
    common: Common,
}

/// Judges, reports, and ends with 1 if an expectation does not hold.
pub fn run(command: &CheckCommand, began: Instant) -> anyhow::Result<ExitCode> {
    let recording = file::read(&command.file)?;
    let expected = command.expected(&recording)?;
    let report = open::runtime()?.block_on(async {
        let lab = open::lab(&recording, command.common.port_offset, began)?;
        let scope = Scope::of(recording.manifest.start_ns, recording.manifest.end_ns);
        let survey = Survey::of(&lab.stack, scope).await?;
        let verdicts = judge::all(&lab.stack, scope, &expected, &CancellationToken::new()).await;
        lab.finish().await;
        anyhow::Ok(report(&recording, verdicts, survey)?)
    })?;
    let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    print!("{}", text::write(&report, colours));
    for target in &command.report {
        std::fs::write(&target.file, target.format.write(&report))
            .with_context(|| format!("{} cannot be written", target.file.display()))?;
    }
    Ok(if report.telemetry_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl CheckCommand {
    /// The expectations of the option, else those of the run.
    fn expected(&self, recording: &Recording) -> anyhow::Result<Vec<Expectation>> {
        let of_file = match (&self.expect, &recording.expectations) {
            (Some(path), _) => expectations::read(path)?.expect,
            (None, Some(text)) if self.assertions.is_empty() => expectations::parse(Path::new(KEPT), text)?.expect,
            (None, _) => Vec::new(),
        };
        let all: Vec<Expectation> = of_file.into_iter().chain(self.assertions.iter().cloned()).collect();
        if all.is_empty() {
            bail!(
                "nothing is expected: give --expect FILE or --assert LINE, since the run has no file of expectations"
            );
        }
        Ok(all)
    }
}

/// What is known of the run, with new verdicts.
fn report(recording: &Recording, verdicts: Vec<judge::verdict::Verdict>, survey: Survey) -> anyhow::Result<RunReport> {
    let kept = recording.report.as_deref().map(serde_json::from_str::<RunReport>).transpose();
    let kept = kept.context("report.json of the run file is no report of this version")?;
    let telemetry_passed = verdicts.iter().all(|verdict| verdict.passed);
    let manifest = &recording.manifest;
    Ok(RunReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: manifest.command.clone(),
        program_passed: kept.as_ref().is_none_or(|report| report.program_passed),
        program: kept.map_or_else(|| "is not known: this was exported from a lab".to_owned(), |report| report.program),
        telemetry_passed,
        exit_code: u8::from(!telemetry_passed),
        start_ns: manifest.start_ns,
        end_ns: manifest.end_ns,
        seconds: (manifest.end_ns - manifest.start_ns) as f64 / 1e9,
        verdicts,
        survey,
        notes: Vec::new(),
    })
}
