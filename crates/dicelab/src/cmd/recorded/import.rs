//! `dicelab import FILE`: a run file, or a file in OpenTelemetry's format, put into a running lab.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use lab_recording::otlp::lines::{self as requests, Line, Signal};
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, ServerUrl};
use serde_json::Value;

use crate::cmd::recorded::export::collector;
use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;

/// The longest file that is read.
const LONGEST: u64 = 1 << 30;

/// Arguments of `dicelab import`.
#[derive(Debug, clap::Args)]
pub struct ImportCommand {
    /// A run file, or lines of JSON as OpenTelemetry's Collector writes them
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
    let file = File::open(&command.file).with_context(|| format!("{name} cannot be read"))?;
    if file.metadata().is_ok_and(|metadata| metadata.len() > LONGEST) {
        bail!("{name} is longer than {LONGEST} bytes, which is more than is read");
    }
    let mut reader = BufReader::new(file);
    let is_run_file = reader.fill_buf().with_context(|| format!("{name} cannot be read"))?.starts_with(&[0x1f, 0x8b]);
    let mut content = Vec::new();
    reader.read_to_end(&mut content).with_context(|| format!("{name} cannot be read"))?;
    let collector = collector(command.url.as_ref(), &command.access, &command.common)?;
    if is_run_file {
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
    let text = String::from_utf8(content).with_context(|| format!("{name} is neither a run file nor text"))?;
    let counts = in_runtime(lines(&collector, &text)).with_context(|| name.to_string())?;
    println!("{name}: {} requests with traces, {} with logs, {} with metrics taken", counts[0], counts[1], counts[2]);
    Ok(ExitCode::SUCCESS)
}

/// Sends each line where OTLP goes; answers how many requests of each signal were taken.
async fn lines(collector: &Endpoint, text: &str) -> anyhow::Result<[usize; 3]> {
    let status: Value = collector.json("/api/v0/status", &[]).await?;
    let addresses = status["addresses"].as_array().cloned().unwrap_or_default();
    let url = addresses.iter().find(|one| one["what"] == "OTLP HTTP").and_then(|one| one["url"].as_str());
    let port = url.and_then(|url| url.trim_end_matches('/').rsplit_once(':')?.1.parse().ok());
    let receiver = port
        .and_then(|port| collector.beside(port))
        .context("the status of the lab names no address for OTLP over HTTP, to which the lines would be sent")?;
    let mut counts = [0; 3];
    for line in requests::read(text) {
        let Line { number, signal, json } = line?;
        let (path, at) = match signal {
            Signal::Traces => ("/v1/traces", 0),
            Signal::Logs => ("/v1/logs", 1),
            Signal::Metrics => ("/v1/metrics", 2),
        };
        let answer =
            receiver.post_json(path, json.to_owned()).await.and_then(lab_verify::stack::endpoint::Answer::good);
        let answer: Value = answer.and_then(|answer| answer.json()).with_context(|| format!("line {number}"))?;
        if let Some(why) = answer["partialSuccess"]["errorMessage"].as_str().filter(|why| !why.is_empty()) {
            eprintln!("line {number}: {why}");
        }
        counts[at] += 1;
    }
    Ok(counts)
}
