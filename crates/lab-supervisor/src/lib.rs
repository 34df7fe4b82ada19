//! Child processes: started, read, restarted, stopped, never orphaned.
//!
//! A [`Supervisor`] owns one task per child. The child runs in its own process group and has as stdin a
//! socket whose other end only the supervisor has: when the supervisor dies, however it dies, the child
//! reads the end of the file and leaves; while it lives, lines on it are [`orders`] to the child. Its stdout is a stream of lines that an
//! [`OutputSink`] gets in batches; a slow sink fills the pipe and thereby slows the child, nothing is
//! lost. A child that dies comes back after a [`Backoff`].
//!
//! This room knows processes only: nothing of labs, services, ports or log formats.

pub mod backoff;
pub mod orders;
pub mod output;
pub mod process;
pub mod status;
pub mod supervisor;

mod lines;

pub use backoff::Backoff;
pub use orders::OrderError;
pub use output::OutputSink;
pub use process::{MoreArgs, ProcessSpec};
pub use rustix::process::Signal;
pub use status::{ProcessState, ProcessStatus};
pub use supervisor::{ProcessHandle, ProcessList, Supervisor};
