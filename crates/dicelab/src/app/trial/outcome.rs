//! What runs during a trial, and how its command ended.

use std::process::ExitStatus;
use std::time::Instant;

use rustix::process::Signal;
use tokio::task::JoinSet;

use crate::parts::program::forward::Forwarded;
use crate::parts::program::start::{Program, ended};

/// The exit code of a program that took too long, as that of `timeout`.
pub const TIMED_OUT: u8 = 124;

/// How the command ended.
pub struct Outcome {
    pub code: u8,
    pub words: String,
    pub cancelled: bool,
}

/// What runs at present.
#[derive(Default)]
pub struct Running {
    /// Everything that is ended after the command: the services, and a command that would not end by itself.
    pub services: Vec<(String, Program)>,
    /// Those who read the programs' output.
    pub pumps: JoinSet<()>,
    pub notes: Vec<String>,
}

/// The command has ended by itself.
pub fn ended_with(status: std::io::Result<ExitStatus>, cancelled: bool) -> Outcome {
    match status {
        Ok(status) => {
            let (code, words) = ended(status);
            Outcome { code, words, cancelled }
        }
        Err(error) => {
            Outcome { code: 1, words: format!("ended, but its exit status cannot be read: {error}"), cancelled }
        }
    }
}

/// The program did not end by itself after a signal.
pub fn given_up(cancelled: Option<(Signal, Instant)>) -> Outcome {
    let signal = cancelled.map_or(Signal::TERM, |(signal, _)| signal);
    let words = format!("did not end after {} and was killed", name_of(signal));
    Outcome { code: (128 + signal.as_raw()) as u8, words, cancelled: true }
}

/// A signal ended the run while the command did not run.
pub fn cancelled(signal: Signal, words: String) -> Outcome {
    Outcome { code: (128 + signal.as_raw()) as u8, words, cancelled: true }
}

/// Waits for a signal that cancels a run of which the command does not run.
pub async fn until_cancelled(signals: &mut Forwarded) -> Signal {
    loop {
        let signal = signals.next().await;
        if matches!(signal, Signal::INT | Signal::TERM | Signal::HUP) {
            return signal;
        }
    }
}

pub fn name_of(signal: Signal) -> &'static str {
    match signal {
        Signal::INT => "SIGINT",
        Signal::HUP => "SIGHUP",
        _ => "SIGTERM",
    }
}
