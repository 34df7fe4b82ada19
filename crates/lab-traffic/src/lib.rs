//! Simulated users, the ledger of what they did, and the concurrency measurement.
//!
//! | Room | What is in it |
//! |---|---|
//! | [`traffic`] | `dicelab traffic`: a [`pattern`] drawn from a seed says what each user asks for and when, the [`generator`] sends it; the lab's own run can be held at its [`gate`] by [`orders`] |
//! | [`perf`] | `dicelab perf`: the same dice one after another and at once, timed beside the theory |
//! | [`client`], [`request`] | one request and its answer |
//! | [`ledger`], [`stats`] | what came of the requests: a line for each, and numbers over all |
//! | `output` | [`progress`], [`table`]s, the [`verdict`] |
//!
//! Reports go to stdout, progress to stderr; with `--log-json` stdout carries JSON log lines instead, and
//! the summary is one of them.

pub mod client;
pub mod ledger;
mod output;
pub mod perf;
pub mod request;
pub mod stats;
pub mod traffic;
pub mod values;

pub use output::{progress, table, verdict};
pub use traffic::{gate, generator, options, orders, pattern};
