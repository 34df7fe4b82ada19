//! `dicelab check FILE`: the expectations of a run, or others, judged again without running anything.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use lab_recording::recording::Recording;
use lab_run::expect::expectation::Expectation;
use lab_run::expect::file::{self as expectations, ExpectationFile};
use lab_run::expect::line;
use lab_run::judge::verdict::Verdict;
use lab_run::report::model::RunReport;
use lab_run::report::target::Target;
use lab_run::report::text;
use lab_run::requests::judge as of_requests;
use lab_run::requests::made::Made;
use lab_run::scope::Scope;
use lab_run::survey::Survey;
use lab_verify::stack::Stack;
use tokio_util::sync::CancellationToken;

use crate::app::reading;
use crate::cmd::recorded::open;
use crate::options::common::Common;

/// How the expectations of a run file are called in verdicts.
const KEPT: &str = "expectations.yaml";

/// Arguments of `dicelab check`.
#[derive(Debug, clap::Args)]
pub struct CheckCommand {
    /// The file that `dicelab run --out` or `dicelab export` wrote, or a file of OpenTelemetry
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
    let recording = reading::recording(&command.file)?;
    let kept = recording.report.as_deref().map(serde_json::from_str::<RunReport>).transpose();
    let kept = kept.context("report.json of the run file is no report of this version")?;
    let expected = command.expected(&recording)?;
    let report = open::runtime()?.block_on(async {
        let lab = open::lab(std::slice::from_ref(&recording), command.common.port_offset, began)?;
        let scope = Scope::of(recording.manifest.start_ns, recording.manifest.end_ns);
        let survey = Survey::of(&lab.stack, scope).await?;
        let made = kept.as_ref().map(|report| report.requests.clone()).unwrap_or_default();
        let verdicts = verdicts(&lab.stack, scope, &expected, &made).await;
        lab.finish().await;
        anyhow::Ok(report(&recording, kept.as_ref(), made, verdicts, survey))
    })?;
    let colours = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    print!("{}", text::write(&report, colours));
    for target in &command.report {
        std::fs::write(&target.file, target.format.write(&report))
            .with_context(|| format!("{} cannot be written", target.file.display()))?;
    }
    Ok(if report.telemetry_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The verdicts about the requests of the run, by the traces that they had, and about the whole.
async fn verdicts(stack: &Stack, scope: Scope, expected: &ExpectationFile, made: &[Made]) -> Vec<Verdict> {
    let stop = CancellationToken::new();
    let values = made.last().map(|last| last.values.clone()).unwrap_or_default();
    let kept = (&*expected.requests, &values);
    let mut verdicts = of_requests::all(stack, scope, &expected.requests, made, &stop).await;
    verdicts.extend(of_requests::with_values(stack, scope, &expected.expect, kept, &stop).await);
    verdicts
}

impl CheckCommand {
    /// The expectations of the option, else those of the run.
    fn expected(&self, recording: &Recording) -> anyhow::Result<ExpectationFile> {
        let mut file = match (&self.expect, &recording.expectations) {
            (Some(path), _) => expectations::read(path)?,
            (None, Some(text)) if self.assertions.is_empty() => kept(text, recording.ledger.as_deref())?,
            (None, _) => ExpectationFile::default(),
        };
        file.expect.extend(self.assertions.iter().cloned());
        if file.expect.is_empty() && file.requests.is_empty() {
            bail!(
                "nothing is expected: give --expect FILE or --assert LINE, since the run has no file of expectations"
            );
        }
        Ok(file)
    }
}

/// The expectations of a run file. It may come from anybody, so no file on this machine is opened because it names it.
fn kept(text: &str, ledger: Option<&str>) -> anyhow::Result<ExpectationFile> {
    let mut file = expectations::parse(Path::new(KEPT), text)?;
    let of_requests = file.requests.iter_mut().flat_map(|request| &mut request.expect);
    for one in file.expect.iter_mut().chain(of_requests) {
        one.question = one.question.clone().with_kept_ledger(ledger);
    }
    Ok(file)
}

/// What is known of the run, with new verdicts.
fn report(
    recording: &Recording,
    kept: Option<&RunReport>,
    requests: Vec<Made>,
    verdicts: Vec<Verdict>,
    survey: Survey,
) -> RunReport {
    let telemetry_passed = verdicts.iter().all(|verdict| verdict.passed);
    let manifest = &recording.manifest;
    RunReport {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: manifest.command.clone(),
        program_passed: kept.is_none_or(|report| report.program_passed),
        program: kept.map_or("is not known: the file does not say how it ended", |report| &report.program).to_owned(),
        telemetry_passed,
        exit_code: u8::from(!telemetry_passed),
        start_ns: manifest.start_ns,
        end_ns: manifest.end_ns,
        seconds: (manifest.end_ns - manifest.start_ns) as f64 / 1e9,
        waited: manifest.waited,
        verdicts,
        requests,
        survey,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use lab_run::expect::expectation::{LedgerText, Question};

    use super::*;

    #[test]
    fn a_run_file_has_no_file_of_this_machine_opened() {
        let asked = |ledger: Option<&str>| {
            let file = kept("expect:\n- ledger: /dev/zero\n- dropped: nothing\n", ledger).expect("expectations");
            file.expect.into_iter().map(|one| one.question).collect::<Vec<_>>()
        };
        let ledger = |text| vec![Question::Ledger { file: "/dev/zero".into(), text }, Question::NothingDropped];
        assert_eq!(asked(None), ledger(LedgerText::NotKept));
        assert_eq!(asked(Some("{}")), ledger(LedgerText::Kept("{}".to_owned())));
    }
}
