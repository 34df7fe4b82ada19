//! The commands, one file each.

pub mod config;
pub mod doctor;
pub mod lab;
pub mod perf;
pub mod probe;
pub mod query;
pub mod service;
mod terminal;
pub mod trace;
pub mod traffic;
pub mod up;
pub mod verify;

use std::future::Future;

use anyhow::Context;

/// Runs a command's work to its end on this thread.
fn in_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the runtime cannot start")?.block_on(work)
}
