//! `dicelab doctor`: the path of each signal hop by hop, the first broken one named.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::process::ExitCode;

use anyhow::Context as _;
use lab_verify::doctor::{diagnose, drawing};
use lab_verify::options::StackArgs;
use lab_verify::time::clock::Clock;
use tokio_util::sync::CancellationToken;

use crate::app::signals::Signals;
use crate::cmd::runtime::in_runtime;
use crate::cmd::terminal;
use crate::options::common::Common;
use crate::options::format::Format;
use crate::parts::clock::now_ns;

/// Arguments of `dicelab doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorCommand {
    /// How to print the diagnosis
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    stack: StackArgs,
    #[command(flatten)]
    common: Common,
}

/// Examines, and prints what was found to stdout; bad if a hop is broken.
pub fn run(command: &DoctorCommand) -> anyhow::Result<ExitCode> {
    let stack = command.stack.stack(command.common.port_offset, Clock::new(now_ns))?;
    if stderr().is_terminal() {
        eprintln!("following one request through metrics, logs and traces …");
    }
    let diagnosis = in_runtime(async {
        let stop = CancellationToken::new();
        let mut signals = Signals::listen()?;
        tokio::select! {
            diagnosis = diagnose(&stack, &stop) => Ok(Some(diagnosis)),
            _ = signals.next() => Ok(None),
        }
    })?;
    let diagnosis = diagnosis.context("the diagnosis was stopped before it had examined every hop")?;
    let text = match command.format {
        Format::Text => {
            let canvas = terminal::canvas();
            drawing::draw(&diagnosis, canvas.width, canvas.colours)
        }
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&diagnosis)?),
    };
    stdout().write_all(text.as_bytes()).context("the diagnosis cannot be printed")?;
    Ok(if diagnosis.good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
