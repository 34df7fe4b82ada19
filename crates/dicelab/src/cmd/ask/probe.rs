//! `dicelab probe URL`: one `GET`, and by the exit code whether the answer was a success. It is the health check
//! of containers, whose image holds this binary and no shell; it says why not on stderr, and nothing otherwise.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use telemetry::client::{BaseUrl, Client};

use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;
use crate::options::value::positive_duration;

/// Arguments of `dicelab probe`.
#[derive(Debug, clap::Args)]
pub struct ProbeCommand {
    /// What to get.
    #[arg(value_name = "URL", help = "What to get, for example http://127.0.0.1:8000/readyz")]
    url: BaseUrl,
    /// How long the answer may take, connecting included
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = positive_duration)]
    timeout: Duration,
    /// What every command takes.
    #[command(flatten)]
    common: Common,
}

/// Asks once; an answer that is no success is an error which names it.
pub fn run(command: &ProbeCommand) -> anyhow::Result<ExitCode> {
    let url = &command.url;
    let reply = in_runtime(async {
        Client::new().get(url.with("", &[]), command.timeout).await.with_context(|| url.to_string())
    })?;
    if !reply.status.is_success() {
        bail!("{url}: {}: {}", reply.status, String::from_utf8_lossy(&reply.body));
    }
    Ok(ExitCode::SUCCESS)
}
