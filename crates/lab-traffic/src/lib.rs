//! Simulated users, the ledger of what they did, and the concurrency measurement.
//!
//! [`traffic`] is `dicelab traffic`: a [`pattern`] drawn from a seed says what each user asks for
//! and when, the [`generator`] sends it through the [`client`], [`stats`] and
//! the [`ledger`] keep what came of it. [`perf`] is `dicelab perf`: the same dice one after another
//! and at once, timed beside the theory.
//!
//! A run that is the lab's own can be held at its [`gate`] by [`orders`].
//!
//! Reports go to stdout, progress to stderr; with `--log-json` stdout carries JSON log lines instead, and
//! the summary is one of them.

pub mod client;
pub mod gate;
pub mod generator;
pub mod ledger;
pub mod options;
pub mod orders;
mod pacing;
pub mod pattern;
pub mod perf;
pub mod progress;
pub mod report;
pub mod request;
pub mod stats;
pub mod table;
pub mod traffic;
pub mod values;
pub mod verdict;
