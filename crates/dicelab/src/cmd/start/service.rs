//! `dicelab service NAME`: one service in the foreground. This is what containers run, and what `up`
//! starts as children. The services bring their options along.

use std::process::ExitCode;

use telemetry::service::ServiceError;

use crate::options::common::Common;

#[derive(Debug, clap::Subcommand)]
pub enum Service {
    /// Keep the die specifications
    DieService(With<die_service::Args>),
    /// Roll single dice and batches
    DiceRoller(With<dice_roller::Args>),
    /// Serve the page and the public API
    Frontend(With<frontend::Args>),
}

/// A service's own options and those of every command.
#[derive(Debug, clap::Args)]
pub struct With<A: clap::Args> {
    #[command(flatten)]
    own: A,
    #[command(flatten)]
    common: Common,
}

/// Runs until a signal comes.
pub fn run(service: &Service) -> Result<ExitCode, ServiceError> {
    match service {
        Service::DieService(with) => die_service::run(&with.own),
        Service::DiceRoller(with) => dice_roller::run(&with.own),
        Service::Frontend(with) => frontend::run(&with.own),
    }?;
    Ok(ExitCode::SUCCESS)
}
