//! `dicelab`: understand the call, carry it out, say by the exit code how it went (0 good, 1 the run went
//! wrong or a check failed, 2 wrong usage).

use std::process::ExitCode;
use std::time::Instant;

use dicelab::cli::{Call, Command, Refusal, parse};
use dicelab::cmd;

fn main() -> ExitCode {
    let began = Instant::now();
    // The codes below 125 are those of the program that `dicelab run` starts.
    let wrong_usage =
        if std::env::args_os().nth(1).is_some_and(|word| word == "run") { cmd::start::run::NOT_STARTED } else { 2 };
    let call = match parse(std::env::args_os().collect()) {
        Ok(call) => call,
        Err(Refusal::Clap(error)) => error.exit(),
        Err(Refusal::Mistakes(mistakes)) => {
            eprintln!("{mistakes}");
            return ExitCode::from(wrong_usage);
        }
    };
    // A service is started by a lab, which has said it already.
    if !matches!(call.command, Command::Service(_)) {
        call.notes.iter().for_each(|note| eprintln!("dicelab: {note}"));
    }
    run(&call, began).unwrap_or_else(|error| {
        eprintln!("dicelab: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(call: &Call, began: Instant) -> anyhow::Result<ExitCode> {
    match &call.command {
        Command::Up(options) => cmd::start::up::run(options, began),
        Command::Lab(command) => cmd::start::lab::run(command, began),
        Command::Run(options) => Ok(cmd::start::run::run(options, began)),
        Command::Open(command) => cmd::recorded::open::run(command, began),
        Command::Check(command) => cmd::recorded::check::run(command, began),
        Command::Diff(command) => Ok(cmd::recorded::diff::run(command)),
        Command::Export(command) => cmd::recorded::export::run(command),
        Command::Import(command) => cmd::recorded::import::run(command),
        Command::Service(service) => Ok(cmd::start::service::run(service)?),
        Command::Traffic(command) => cmd::start::traffic::run(command),
        Command::Perf(command) => cmd::judge::perf::run(command),
        Command::Verify(command) => cmd::judge::verify::run(command),
        Command::Doctor(command) => cmd::judge::doctor::run(command),
        Command::Trace(command) => cmd::ask::trace::run(command),
        Command::Logs(command) => cmd::logs::run(command),
        Command::Query(command) => cmd::ask::query::run(command),
        Command::Probe(command) => cmd::ask::probe::run(command),
        Command::Config(_) => {
            cmd::config::run(&call.matches, &call.declared);
            Ok(ExitCode::SUCCESS)
        }
    }
}
