//! How a command ended.

use std::process::ExitCode;

/// What a command has to say by its exit code, when no error kept it from finishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// All went as it should: exit code 0.
    Good,
    /// The run finished, but what it found is not good: exit code 1.
    Bad,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Good => Self::SUCCESS,
            Verdict::Bad => Self::FAILURE,
        }
    }
}
