//! The command line: what commands there are, how a call is understood, what is said when it is not.

mod arguments;
mod environment;
mod examples;
mod file;
pub mod layers;
mod leaves;

use std::ffi::OsString;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::cmd::ask::probe::ProbeCommand;
use crate::cmd::ask::query::QueryCommand;
use crate::cmd::ask::trace::TraceCommand;
use crate::cmd::config::ConfigCommand;
use crate::cmd::judge::doctor::DoctorCommand;
use crate::cmd::judge::perf::PerfCommand;
use crate::cmd::judge::verify::VerifyCommand;
use crate::cmd::logs::LogsCommand;
use crate::cmd::recorded::check::CheckCommand;
use crate::cmd::recorded::diff::DiffCommand;
use crate::cmd::recorded::export::ExportCommand;
use crate::cmd::recorded::import::ImportCommand;
use crate::cmd::recorded::open::OpenCommand;
use crate::cmd::start::lab::LabCommand;
use crate::cmd::start::service::Service;
use crate::cmd::start::traffic::TrafficCommand;
use crate::options::mistakes::Mistakes;
use crate::options::run::RunOptions;
use crate::options::up::UpOptions;

/// Where options come from, said below the list of commands.
const LAYERS: &str = "Every option can also be set by a variable, --max-memory by DICELAB_MAX_MEMORY, and by a key of \
    the file of --config. The command line wins over the variable, the variable over the file.";

/// The observability lab in one binary: a dice-rolling system and everything to watch it with.
#[derive(Debug, clap::Parser)]
#[command(name = "dicelab", version, max_term_width = 100, after_help = LAYERS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `dicelab` is told to do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Start the three services, the lab and gentle traffic, and keep them running
    Up(UpOptions),
    /// Start the lab alone, for any application's telemetry
    Lab(LabCommand),
    /// Run a program under a lab of its own, and judge its telemetry
    Run(RunOptions),
    /// Show a run that was kept in a file, read-only
    Open(OpenCommand),
    /// Judge a run that was kept in a file, without running anything
    Check(CheckCommand),
    /// Tell what changed between two runs beyond random noise
    Diff(DiffCommand),
    /// Keep what a running lab holds in a file
    Export(ExportCommand),
    /// Put what a file holds into a running lab
    Import(ImportCommand),
    /// Run one service in the foreground, as containers do
    #[command(subcommand)]
    Service(Service),
    /// Simulate users of the frontend
    Traffic(TrafficCommand),
    /// Measure sequential against concurrent rolls
    Perf(PerfCommand),
    /// Judge the whole pipeline against what is known to be true
    Verify(VerifyCommand),
    /// Ask the lab in one of its three query languages
    Query(QueryCommand),
    /// Push log lines from standard input
    #[command(subcommand)]
    Logs(LogsCommand),
    /// Draw one trace as a waterfall, compare two, or analyse many
    Trace(TraceCommand),
    /// Walk the path of each signal and name the first broken hop
    Doctor(DoctorCommand),
    /// Ask a URL once, as the health check of a container does
    Probe(ProbeCommand),
    /// Print the effective configuration of `up` as a file for --config
    Config(ConfigCommand),
}

/// A call that was understood.
pub struct Call {
    /// What to do.
    pub command: Command,
    /// The raw values, for who wants to print them.
    pub matches: ArgMatches,
    /// The declarations, with the file's values as defaults.
    pub declared: clap::Command,
    /// What is no mistake, but probably not what was meant; for stderr.
    pub notes: Vec<String>,
}

/// Why a call is not carried out.
pub enum Refusal {
    /// Help or the version was asked for, or no command given.
    Clap(clap::Error),
    /// It is wrong.
    Mistakes(Mistakes),
}

/// Understands a call, or says everything that is wrong with it.
pub fn parse(argv: Vec<OsString>) -> Result<Call, Refusal> {
    let mut layered = layers::read(examples::add(Cli::command()), argv).map_err(Refusal::Clap)?;
    let cli = layered.matches.as_ref().map(Cli::from_arg_matches).transpose().map_err(Refusal::Clap)?;
    // Values that are good in themselves may still not go together; these mistakes are said along with the rest.
    if let Some(cli) = &cli {
        cli.command.check(&mut layered.mistakes);
    }
    match (cli, layered.matches) {
        (Some(cli), Some(matches)) if layered.mistakes.is_empty() => {
            let notes = layered.notes;
            Ok(Call { command: cli.command, matches, declared: layered.command, notes })
        }
        _ => Err(Refusal::Mistakes(layered.mistakes)),
    }
}

impl Command {
    /// Notes what is wrong with options that clap finds good one by one.
    fn check(&self, mistakes: &mut Mistakes) {
        match self {
            Self::Up(options) => crate::cmd::start::up::check(options, mistakes),
            Self::Run(options) => crate::cmd::start::run::check(options, mistakes),
            Self::Lab(command) => crate::cmd::start::lab::check(&command.lab, mistakes),
            Self::Open(_)
            | Self::Check(_)
            | Self::Diff(_)
            | Self::Export(_)
            | Self::Import(_)
            | Self::Service(_)
            | Self::Traffic(_)
            | Self::Perf(_)
            | Self::Verify(_)
            | Self::Query(_)
            | Self::Logs(_)
            | Self::Trace(_)
            | Self::Doctor(_)
            | Self::Probe(_)
            | Self::Config(_) => {}
        }
    }
}
