//! `dicelab perf`: the same dice one after another and at once.

use std::process::ExitCode;

use lab_traffic::perf::{self, options::PerfArgs};
use tokio_util::sync::CancellationToken;

use crate::app::signals::Signals;
use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;
use crate::parts::clock::now_ns;

/// Arguments of `dicelab perf`.
#[derive(Debug, clap::Args)]
pub struct PerfCommand {
    #[command(flatten)]
    perf: PerfArgs,
    #[command(flatten)]
    common: Common,
}

/// Measures until it is done or a signal comes.
pub fn run(command: &PerfCommand) -> anyhow::Result<ExitCode> {
    in_runtime(async {
        let stop = CancellationToken::new();
        let mut signals = Signals::listen()?;
        let measured = perf::run(&command.perf, command.common.port_offset, now_ns, &stop);
        let mut measured = std::pin::pin!(measured);
        tokio::select! {
            verdict = measured.as_mut() => return Ok(verdict?.into()),
            _ = signals.next() => stop.cancel(),
        }
        Ok(measured.await?.into())
    })
}
