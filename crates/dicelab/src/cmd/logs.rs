//! `dicelab logs`: log lines from the command line.

pub mod push;

use std::process::ExitCode;

use self::push::PushCommand;

/// What is done with log lines.
#[derive(Debug, clap::Subcommand)]
pub enum LogsCommand {
    /// Push the lines of standard input
    Push(PushCommand),
}

pub fn run(command: &LogsCommand) -> anyhow::Result<ExitCode> {
    match command {
        LogsCommand::Push(command) => push::run(command),
    }
}
