//! The state of groups, rules and alerts, for the API and the page.

use std::path::PathBuf;
use std::time::Duration;

use crate::rules::alert::state::{Alert, AlertState};
use crate::rules::file::RuleSpec;

/// How the last evaluation went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// There was none yet.
    #[default]
    Unknown,
    Ok,
    Err,
}

impl Health {
    /// As the API says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ok => "ok",
            Self::Err => "err",
        }
    }
}

/// A group. Times of evaluation are in milliseconds since the epoch.
#[derive(Clone, Debug)]
pub struct GroupReport {
    pub name: String,
    /// The file it stands in.
    pub file: PathBuf,
    /// Time between two evaluations.
    pub interval: Duration,
    /// Most series or alerts of a rule; 0 = any number.
    pub limit: usize,
    /// Its rules in order.
    pub rules: Vec<RuleReport>,
    /// When it was evaluated last.
    pub last_evaluation: Option<i64>,
    /// How long that took.
    pub took: Duration,
    /// Counters since the start.
    pub counts: GroupCounts,
}

/// What a group has done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    pub evaluations: u64,
    /// Of these, those that failed.
    pub failures: u64,
    /// Evaluations of the whole group that were due but came too late.
    pub missed: u64,
}

#[derive(Clone, Debug)]
pub struct RuleReport {
    /// As it stands in its file.
    pub spec: RuleSpec,
    /// Its pending and firing alerts.
    pub alerts: Vec<Alert>,
    /// How its last evaluation went.
    pub health: Health,
    /// Why it failed; empty if it did not.
    pub last_error: String,
    /// When that was.
    pub last_evaluation: Option<i64>,
    /// How long it took.
    pub took: Duration,
}

impl RuleReport {
    /// The worst state of its alerts.
    pub fn state(&self) -> AlertState {
        self.alerts.iter().map(|alert| alert.state).max().unwrap_or(AlertState::Inactive)
    }
}
