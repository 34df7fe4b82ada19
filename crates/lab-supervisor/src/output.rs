//! What happens to the lines that children write.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::process::{ChildStderr, ChildStdout};
use tokio::task::JoinSet;

use crate::lines::{Batch, read_lines};

/// Bytes of a line on stdout beyond which it is cut off.
const LONGEST_STDOUT_LINE: usize = 1024 * 1024;
/// The same for stderr, which is for people.
const LONGEST_STDERR_LINE: usize = 8 * 1024;
/// Bytes the kernel may hold of a child's stdout while the sink is busy.
#[cfg(target_os = "linux")]
const PIPE_BYTES: usize = 1024 * 1024;

/// Takes what children write. Called from async tasks: a call may take as long as decoding the lines
/// takes, but must not wait for the network or for another process.
pub trait OutputSink: Send + Sync + 'static {
    /// Some complete lines of a child's stdout, each ended by `\n`.
    fn stdout(&self, process: &str, lines: &[u8]);

    /// Some complete lines of a child's stderr; by default they go to our own stderr behind `process: `.
    fn stderr(&self, process: &str, lines: &[u8]) {
        let mut prefixed = Vec::with_capacity(lines.len() + 64);
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            prefixed.extend_from_slice(process.as_bytes());
            prefixed.extend_from_slice(b": ");
            prefixed.extend_from_slice(line);
        }
        // Nobody is left to tell when stderr itself is closed.
        let _ = std::io::stderr().write_all(&prefixed);
    }
}

/// What has been read from a child, over all of its lives.
#[derive(Debug, Default)]
pub(crate) struct OutputCounts {
    pub(crate) stdout_bytes: AtomicU64,
    pub(crate) truncated_lines: AtomicU64,
}

/// A larger pipe only saves wake-ups; where the system refuses, the default does.
#[cfg(target_os = "linux")]
fn enlarge(pipe: &ChildStdout) {
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES);
}

/// Other systems choose the size of a pipe themselves.
#[cfg(not(target_os = "linux"))]
fn enlarge(_: &ChildStdout) {}

/// Reads both streams of a child to their ends, in tasks of the returned set.
pub(crate) fn collect(
    process: &Arc<str>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    sink: &Arc<dyn OutputSink>,
    counts: &Arc<OutputCounts>,
) -> JoinSet<()> {
    let mut readers = JoinSet::new();
    if let Some(pipe) = stdout {
        enlarge(&pipe);
        let (process, sink, counts) = (process.clone(), sink.clone(), counts.clone());
        readers.spawn(async move {
            let deliver = |batch: Batch<'_>| {
                counts.stdout_bytes.fetch_add(batch.lines.len() as u64, Ordering::Relaxed);
                counts.truncated_lines.fetch_add(u64::from(batch.truncated), Ordering::Relaxed);
                sink.stdout(&process, batch.lines);
            };
            warn_on_error(&process, "stdout", read_lines(pipe, LONGEST_STDOUT_LINE, deliver).await);
        });
    }
    if let Some(pipe) = stderr {
        let (process, sink) = (process.clone(), sink.clone());
        readers.spawn(async move {
            let deliver = |batch: Batch<'_>| sink.stderr(&process, batch.lines);
            warn_on_error(&process, "stderr", read_lines(pipe, LONGEST_STDERR_LINE, deliver).await);
        });
    }
    readers
}

fn warn_on_error(process: &str, stream: &str, result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::warn!(process, stream, %error, "cannot read the output of a process");
    }
}
