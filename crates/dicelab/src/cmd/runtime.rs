//! The runtime of commands that ask and print.

use std::future::Future;

use anyhow::Context;

/// Runs a command's work to its end on this thread.
pub(crate) fn in_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("the runtime cannot start")?.block_on(work)
}
