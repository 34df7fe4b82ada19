//! What is known about a child at one moment.

use serde::Serialize;

/// Where a child is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessState {
    /// It has been started and has not ended.
    Running,
    /// It has ended and waits for its next start.
    BackingOff,
    /// It has been asked to end.
    Stopping,
    /// It has ended and does not come back.
    Stopped,
}

impl ProcessState {
    /// The state in one or two words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::BackingOff => "backing off",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }
}

/// One child as the supervisor sees it.
#[derive(Clone, Debug, Serialize)]
pub struct ProcessStatus {
    /// The name it was started under.
    pub name: String,
    /// Where it is in its life.
    pub state: ProcessState,
    /// Its process id while it lives.
    pub pid: Option<u32>,
    /// How often it was started again, on request or after it died.
    pub restarts: u64,
    /// Why it ended last, for example `killed by signal 9`.
    pub last_exit: Option<String>,
    /// When its present (or last) life began, in milliseconds since the Unix epoch.
    pub started_ms: Option<u64>,
    /// Bytes read from its stdout so far.
    pub stdout_bytes: u64,
    /// Lines on its stdout that were longer than 1 MiB and therefore cut off.
    pub truncated_lines: u64,
}
