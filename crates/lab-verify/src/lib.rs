//! The judge of a telemetry pipeline: it asks over HTTP, reconciles the answers with what is known to be true, and
//! reports.
//!
//! It knows the contract of the dice system and the public APIs of Prometheus, Loki, Tempo and Grafana, and nothing
//! else; so it judges the embedded lab and the real products alike.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`options`] | the command line: where everything is |
//! | [`stack`] | a client for each server, and what the servers answer |
//! | [`time`] | the clock, and waiting for a fact within a stated bound |
//! | [`truth`] | what is known to have happened, and what the stack has of it |
//! | [`trace`] | what can be read off the spans of one trace; the waterfall that `dicelab trace` draws |
//! | [`areas`] | the checks, one module for each area |
//! | [`report`] | what a check is, and reports for people, programs and a wiki |
//! | [`verify`] | `dicelab verify`: gather, check, report |
//! | [`doctor`] | `dicelab doctor`: follows one request along the path of each signal |

pub mod areas;
pub mod doctor;
pub mod options;
pub mod report;
pub mod stack;
#[cfg(test)]
mod testing;
pub mod time;
pub mod trace;
pub mod truth;
pub mod verify;
