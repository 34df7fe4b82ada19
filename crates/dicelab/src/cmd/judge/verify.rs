//! `dicelab verify`: judges the whole pipeline.

use std::process::ExitCode;

use lab_verify::options::VerifyArgs;
use lab_verify::time::clock::Clock;
use lab_verify::verify::{self, Surroundings};
use tokio_util::sync::CancellationToken;

use crate::app::signals::Signals;
use crate::cmd::runtime::in_runtime;
use crate::cmd::terminal;
use crate::options::common::Common;
use crate::parts::clock::now_ns;

/// Arguments of `dicelab verify`.
#[derive(Debug, clap::Args)]
pub struct VerifyCommand {
    #[command(flatten)]
    verify: VerifyArgs,
    #[command(flatten)]
    common: Common,
}

/// Judges until it is done; a signal ends it early, with the lab's traffic going on again.
pub fn run(command: &VerifyCommand) -> anyhow::Result<ExitCode> {
    in_runtime(async {
        let stop = CancellationToken::new();
        let mut signals = Signals::listen()?;
        let surroundings = Surroundings {
            port_offset: command.common.port_offset,
            clock: Clock::new(now_ns),
            temporary: std::env::temp_dir(),
            canvas: terminal::canvas(),
        };
        let verified = verify::run(&command.verify, surroundings, &stop);
        let mut verified = std::pin::pin!(verified);
        tokio::select! {
            verdict = verified.as_mut() => return Ok(verdict?.into()),
            _ = signals.next() => stop.cancel(),
        }
        Ok(verified.await?.into())
    })
}
