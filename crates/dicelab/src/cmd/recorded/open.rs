//! `dicelab open FILE`: the page about a run that is over, for looking only; with a second file, about two runs side by side.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use lab_model::duration;
use lab_recording::recording::Recording;
use tokio::runtime::{Builder, Runtime};

use crate::app::ephemeral::{Ephemeral, Setup};
use crate::app::reading;
use crate::app::signals::Signals;
use crate::options::collect::CollectOptions;
use crate::options::common::Common;
use crate::pages::runs::compared;
use crate::parts::storage::recording::shown::ShownRun;
use crate::ports::Port;

/// Threads that serve the lab, and those for what blocks.
const WORKERS: usize = 2;
const BLOCKING: usize = 16;

/// So many characters of a command are shown.
const LONGEST: usize = 60;

/// Arguments of `dicelab open`.
#[derive(Debug, clap::Args)]
pub struct OpenCommand {
    /// The file that `dicelab run --out` or `dicelab export` wrote, or a file of OpenTelemetry
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A later run, which is compared with the first one
    #[arg(value_name = "AFTER")]
    after: Option<PathBuf>,
    /// What every command takes; without --port-offset the ports are free ones.
    #[command(flatten)]
    common: Common,
}

/// Shows the run until a signal comes.
pub fn run(command: &OpenCommand, began: Instant) -> anyhow::Result<ExitCode> {
    let files = [Some(&command.file), command.after.as_ref()].into_iter().flatten();
    let recordings: Vec<Recording> = files.map(|path| reading::recording(path)).collect::<anyhow::Result<_>>()?;
    runtime()?.block_on(async {
        let mut signals = Signals::listen().context("cannot listen for signals")?;
        let lab = lab(&recordings, command.common.port_offset, began)?;
        for recording in &recordings {
            println!("{}", about(recording));
        }
        for port in Port::LAB.into_iter().filter(|port| !matches!(port, Port::OtlpGrpc | Port::OtlpHttp)) {
            println!("  {:<12} {:<24} {}", port.what(), lab.ports.shown(port), port.about());
        }
        let page = lab.ports.shown(Port::Dashboards);
        let page = page.trim_end_matches('/');
        if let [_, _] = &*recordings {
            println!("compare    {page}{}", compared::PLACE);
        }
        for recording in &recordings {
            let ShownRun { start_ms, end_ms } = ShownRun::of(&recording.manifest);
            println!("look at    {page}/explore?from={start_ms}&to={end_ms}");
        }
        let what = if recordings.len() > 1 { "the files are" } else { "the file is" };
        println!("{what} shown until Ctrl-C; nothing is taken in");
        signals.next().await;
        lab.finish().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// A runtime for a lab.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(WORKERS).max_blocking_threads(BLOCKING).enable_all();
    builder.build().context("the runtime cannot start")
}

/// A lab that shows runs.
pub(super) fn lab(recordings: &[Recording], offset: u16, began: Instant) -> anyhow::Result<Ephemeral> {
    let collect = &CollectOptions::default();
    Ephemeral::start(Setup {
        offset,
        scrape: &[],
        collect,
        job: "",
        for_containers: false,
        shows: recordings,
        is_old: true,
        began,
    })
}

/// `sh checkout.sh, 2026-11-28T10:14:21Z, 3s: 2 spans, 5 lines, 30 series`
fn about(recording: &Recording) -> String {
    let manifest = &recording.manifest;
    let length = Duration::from_nanos(manifest.end_ns.saturating_sub(manifest.start_ns).unsigned_abs());
    let length = duration::format(Duration::from_millis(length.as_millis() as u64));
    let began =
        chrono::DateTime::from_timestamp_nanos(manifest.start_ns).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    // Neither the export of a lab nor a file of OpenTelemetry has a command.
    let what =
        if manifest.command.is_empty() { "telemetry".to_owned() } else { on_one_line(&manifest.command.join(" ")) };
    let counts = manifest.counts;
    format!("{what}, {began}, {length}: {} spans, {} lines, {} series", counts.spans, counts.lines, counts.series)
}

/// The beginning of a text, without line feeds and without what steers a terminal.
fn on_one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    if line.len() < text.len() { line + "…" } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_command_is_not_called_a_lab() {
        assert!(about(&Recording::default()).starts_with("telemetry, 1970-01-01T00:00:00Z, "));
    }
}
