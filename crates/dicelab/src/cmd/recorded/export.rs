//! `dicelab export FILE`: what a running lab holds, as a run file or in OpenTelemetry's file format.

use std::fs::File;
use std::io::BufWriter;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use lab_recording::archive::{self, Bounds};
use lab_recording::{otlp, redact};
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, ServerUrl};

use crate::app::reading;
use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;
use crate::options::value::positive_duration;
use crate::parts::clock::now_ns;
use crate::parts::storage::recording::{file, machine};
use crate::ports::{Port, Ports};

/// For the whole answer.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Arguments of `dicelab export`.
#[derive(Debug, clap::Args)]
pub struct ExportCommand {
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// In which form: run for a run file, otlp for lines of JSON as OpenTelemetry's Collector writes and reads them
    #[arg(long, value_name = "FORMAT", default_value = "run")]
    format: Form,
    /// How far to look back [default: everything]
    #[arg(long, value_name = "DURATION", value_parser = positive_duration)]
    since: Option<Duration>,
    /// Write what this run file holds instead of what the lab does
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Take the values of this attribute out; may be repeated
    #[arg(long, value_name = "ATTRIBUTE")]
    redact: Vec<String>,
    /// Ask this collector instead of the lab's
    #[arg(long, value_name = "URL")]
    url: Option<ServerUrl>,
    #[command(flatten)]
    access: Access,
    /// What every command takes.
    #[command(flatten)]
    common: Common,
}

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// A run file
    Run,
    /// Lines of JSON, each a request of OTLP
    Otlp,
}

/// The server that knows run files: the collector of a lab.
pub(super) fn collector(url: Option<&ServerUrl>, access: &Access, common: &Common) -> anyhow::Result<Endpoint> {
    let local = || access.local(&Ports::new(Ipv4Addr::LOCALHOST.into(), common.port_offset).url(Port::Collector));
    let url = url.cloned().map_or_else(local, Ok)?;
    Ok(Endpoint::new(access.client(TIMEOUT)?, &url, &[]).asked_by(access.user.as_ref()).within(TIMEOUT))
}

/// Writes the file.
pub fn run(command: &ExportCommand) -> anyhow::Result<ExitCode> {
    let mut recording = match &command.from {
        Some(path) => reading::recording(path)?,
        None => {
            let server = collector(command.url.as_ref(), &command.access, &command.common)?;
            let since =
                command.since.map(|since| now_ns().saturating_sub(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)));
            let start = since.map(|ns| ns.to_string());
            let parameters: Vec<(&str, &str)> = start.iter().map(|start| ("start", start.as_str())).collect();
            let answer = in_runtime(async { Ok(server.get("/api/dicelab/export", &parameters).await?.good()?) })?;
            let mut recording = archive::read(&*answer.body, Bounds::default())
                .context("the answer of the lab is not a usable run file")?;
            recording.manifest.machine = machine::this();
            recording
        }
    };
    let counts = recording.manifest.counts;
    match command.format {
        Form::Run => file::write(&command.file, recording, &command.redact)?,
        Form::Otlp => {
            redact::redact(&mut recording, &command.redact)
                .context("nothing is written, because the values cannot be redacted")?;
            let unwritable = || format!("{} cannot be written", command.file.display());
            let into = BufWriter::new(File::create(&command.file).with_context(unwritable)?);
            let left_out = otlp::write(&recording, into).with_context(unwritable)?;
            if left_out > 0 {
                eprintln!("{left_out} samples of native histograms are left out: they are kept in run files only");
            }
        }
    }
    println!(
        "{}: {} spans, {} lines, {} samples of {} series",
        command.file.display(),
        counts.spans,
        counts.lines,
        counts.samples,
        counts.series
    );
    Ok(ExitCode::SUCCESS)
}
