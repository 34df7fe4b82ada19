//! A run: a program under the lab, what is expected of its telemetry, and the verdict.
//!
//! This room asks over HTTP, through the clients of `lab-verify`. So it judges the short-lived lab of `dicelab run`, a lab
//! that is running, and the real products alike. It starts no tasks and reads neither environment nor clock.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`expect`] | the file of expectations and the lines of `--assert` |
//! | [`scope`] | the time of a run, and `$run` in queries |
//! | [`requests`] | requests that the file names: made one after the other, each judged by its own trace |
//! | [`judge`] | one file for each kind of expectation: what is asked, and when it holds |
//! | `correlation` | which trace a log line belongs to |
//! | [`compare`] | two runs: what changed beyond random noise |
//! | [`survey`] | what came, whatever was expected: services, slowest traces, errors |
//! | [`report`] | the verdicts for people, programs and continuous integration |

pub mod compare;
mod correlation;
pub mod expect;
pub mod judge;
pub mod report;
pub mod requests;
pub mod scope;
pub mod survey;
