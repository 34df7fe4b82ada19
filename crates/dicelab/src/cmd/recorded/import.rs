//! `dicelab import FILE`: a run file, or a file in OpenTelemetry's format, put into a running lab.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use lab_recording::otlp::file;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, ServerUrl};
use serde_json::Value;

use crate::app::reading;
use crate::cmd::recorded::export::collector;
use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;

/// Arguments of `dicelab import`.
#[derive(Debug, clap::Args)]
pub struct ImportCommand {
    /// A run file, or a file of OpenTelemetry: JSON or protobuf, as its Collector writes them, packed or not
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Put it into the lab of this collector
    #[arg(long, value_name = "URL")]
    url: Option<ServerUrl>,
    #[command(flatten)]
    access: Access,
    /// What every command takes.
    #[command(flatten)]
    common: Common,
}

/// Puts the file in, and says what became of it.
pub fn run(command: &ImportCommand) -> anyhow::Result<ExitCode> {
    let name = command.file.display();
    let content = reading::content(&command.file)?;
    let collector = collector(command.url.as_ref(), &command.access, &command.common)?;
    if content.is_empty() || file::is_run_file(&content) {
        let answer = in_runtime(async {
            Ok(collector.post("/api/dicelab/import", "application/gzip", content).await?.good()?.json::<Value>()?)
        });
        let put = answer.with_context(|| name.to_string())?;
        println!(
            "{name}: {} spans, {} lines, {} samples taken; {} refused",
            put["spans"], put["lines"], put["samples"], put["refused"]
        );
        return Ok(if put["refused"] == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let counts = in_runtime(requests(&collector, &content)).with_context(|| name.to_string())?;
    println!("{name}: {} requests with traces, {} with logs, {} with metrics taken", counts[0], counts[1], counts[2]);
    Ok(ExitCode::SUCCESS)
}

/// Sends each request where OTLP goes; answers how many of each signal were taken.
async fn requests(collector: &Endpoint, content: &[u8]) -> anyhow::Result<[usize; 3]> {
    let status: Value = collector.json("/api/v0/status", &[]).await?;
    let addresses = status["addresses"].as_array().cloned().unwrap_or_default();
    let url = addresses.iter().find(|one| one["what"] == "OTLP HTTP").and_then(|one| one["url"].as_str());
    let port = url.and_then(|url| url.trim_end_matches('/').rsplit_once(':')?.1.parse().ok());
    let receiver = port
        .and_then(|port| collector.beside(port))
        .context("the status of the lab names no address for OTLP over HTTP, to which the requests would be sent")?;
    reading::send(&receiver, content).await
}
