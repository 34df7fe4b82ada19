//! `dicelab`: understand the call, carry it out, say by the exit code how it went (0 good, 1 the run went
//! wrong or a check failed, 2 wrong usage).

use std::process::ExitCode;

use dicelab::cli::{Call, Command, Refusal, parse};
use dicelab::cmd;

fn main() -> ExitCode {
    let call = match parse(std::env::args_os().collect()) {
        Ok(call) => call,
        Err(Refusal::Clap(error)) => error.exit(),
        Err(Refusal::Mistakes(mistakes)) => {
            eprintln!("{mistakes}");
            return ExitCode::from(2);
        }
    };
    match run(call) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("dicelab: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(call: Call) -> anyhow::Result<ExitCode> {
    match &call.command {
        Command::Config(_) => cmd::config::run(&call),
        _ => {}
    }
    Ok(ExitCode::SUCCESS)
}
