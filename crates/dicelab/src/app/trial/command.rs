//! The command of a trial, until it has ended or has to.

use std::future::pending;
use std::pin::Pin;
use std::time::{Duration, Instant};

use lab_run::requests::made::Ids;
use rustix::process::Signal;
use tokio::time::sleep;

use crate::app::ephemeral::Ephemeral;
use crate::app::trial::outcome::{Outcome, Running, TIMED_OUT, ended_with, given_up};
use crate::app::trial::plan::Plan;
use crate::parts::program::forward::Forwarded;
use crate::parts::program::start::not_started;
use crate::parts::program::streams::resize;
use crate::parts::program::unstartable;

/// After a signal that cancels the run, so long for the program to end by itself.
const CANCELLED_WITHIN: Duration = Duration::from_millis(900);
/// The exit code when the command never became ready.
const NOT_READY: u8 = 125;

impl Plan<'_> {
    /// Starts the command and waits until it has ended, or has to. When `work` is done, it is ended with the services.
    pub async fn run_command(
        &self,
        lab: &Ephemeral,
        run: &Ids,
        service: &str,
        running: &mut Running,
        signals: &mut Forwarded,
        mut work: Pin<&mut impl Future<Output = Result<(), String>>>,
    ) -> Outcome {
        let spec = self.spec(lab, run, self.options.command.clone(), (service, true));
        running.notes.extend(
            spec.changes.removed.iter().map(|(name, why)| format!("{name} was removed from the environment: {why}")),
        );
        let mut program = match spec.start(&lab.stores.logs, &mut running.pumps) {
            Ok(program) => program,
            Err(error) => {
                let program = self.options.command.first().map(String::as_str).unwrap_or_default();
                let words = format!("cannot be started: {}", unstartable::why(program, &error));
                return Outcome { code: not_started(&error), words, cancelled: false };
            }
        };
        let limit = async {
            match self.options.timeout {
                Some(limit) => sleep(limit).await,
                None => pending().await,
            }
        };
        let mut limit = std::pin::pin!(limit);
        let mut cancelled: Option<(Signal, Instant)> = None;
        loop {
            let give_up = async {
                match cancelled {
                    Some((_, at)) => sleep(CANCELLED_WITHIN.saturating_sub(at.elapsed())).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                status = program.child.wait() => return ended_with(status, cancelled.is_some()),
                () = &mut limit => {
                    let words = format!("took longer than {:?} and was ended", self.options.timeout.unwrap_or_default());
                    return Outcome { code: TIMED_OUT, words, cancelled: false };
                }
                () = give_up => return given_up(cancelled),
                done = &mut work => {
                    running.services.push((service.to_owned(), program));
                    return after_the_work(done);
                }
                signal = signals.next() => {
                    if signal == Signal::WINCH {
                        program.terminals.iter().for_each(resize);
                    }
                    program.reached.hand_on(program.pid, signal);
                    if program.reached.cancels(signal) {
                        if cancelled.is_some() {
                            return given_up(cancelled);
                        }
                        cancelled = Some((signal, Instant::now()));
                    }
                }
            }
        }
    }
}

/// How a command ends that runs until its work is done: the requests were made, or it never became ready.
fn after_the_work(done: Result<(), String>) -> Outcome {
    match done {
        Ok(()) => Outcome { code: 0, words: "was ended when all requests were made".to_owned(), cancelled: false },
        Err(why) => Outcome { code: NOT_READY, words: format!("is not ready: {why}"), cancelled: false },
    }
}
