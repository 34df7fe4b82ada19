//! `dicelab diff BEFORE AFTER`: what changed between two runs beyond random noise.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use lab_recording::archive::{self, Bounds};
use lab_recording::recording::Recording;
use lab_run::compare::side::Side;
use lab_run::compare::write::page::Links;
use lab_run::compare::{compare, write};
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::ServerUrl;

use crate::app::reading;
use crate::cmd::recorded::export::collector;
use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;
use crate::options::tell::Tell;
use crate::parts::storage::recording::machine;

/// The exit code if there is nothing to compare, as that of `diff`.
const TROUBLE: u8 = 2;

/// Arguments of `dicelab diff`.
#[derive(Debug, clap::Args)]
pub struct DiffCommand {
    /// The former run: a run file, a file of OpenTelemetry, or the URL of a lab's collector
    #[arg(value_name = "BEFORE")]
    before: String,
    /// The later run to compare with it: a file or a URL, too
    #[arg(value_name = "AFTER")]
    after: String,
    #[command(flatten)]
    tell: Tell,
    /// How to print what changed
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
    #[command(flatten)]
    access: Access,
    /// What every command takes.
    #[command(flatten)]
    common: Common,
}

/// A form of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people to read
    Text,
    /// For programs to read
    Json,
    /// For a job's summary or a comment
    Markdown,
    /// A page that shows the two runs side by side
    Html,
}

/// Compares; 0 without a change that fails, 1 with one, 2 if a run cannot be read.
pub fn run(command: &DiffCommand) -> ExitCode {
    match compared(command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("dicelab diff: {error:#}");
            ExitCode::from(TROUBLE)
        }
    }
}

fn compared(command: &DiffCommand) -> anyhow::Result<bool> {
    let side = |place: &str| -> anyhow::Result<Side> {
        let recording = command.recording(place)?;
        Side::of(&recording).with_context(|| place.to_owned())
    };
    let (before, after) = (side(&command.before)?, side(&command.after)?);
    let comparison = compare(&before, &after, &command.tell.options());
    match command.format {
        Form::Text => print!("{}", write::text(&comparison)),
        Form::Json => println!("{}", serde_json::to_string_pretty(&comparison)?),
        Form::Html => print!("{}", write::page::html(&comparison, &before, &after, Links::None)),
        Form::Markdown => print!("{}", write::markdown(&comparison)),
    }
    Ok(comparison.passes())
}

impl DiffCommand {
    /// The run of a file, or everything that a lab holds.
    fn recording(&self, place: &str) -> anyhow::Result<Recording> {
        if !place.starts_with("http://") && !place.starts_with("https://") {
            return reading::recording(Path::new(place));
        }
        let url: ServerUrl = place.parse()?;
        let server = collector(Some(&url), &self.access, &self.common)?;
        let answer = in_runtime(async { Ok(server.get("/api/dicelab/export", &[]).await?.good()?) })?;
        let mut recording = archive::read(&*answer.body, Bounds::default()).context(place.to_owned())?;
        recording.manifest.machine = machine::this();
        Ok(recording)
    }
}
