//! What a report says, before it is written in one form or another.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::report::check::{Area, Check, Checks, Status};

/// All checks and their sums. Serialises to the JSON report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// The sums over all checks.
    pub summary: Summary,
}

/// The sums of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many checks passed.
    pub pass: usize,
    /// How many failed.
    pub fail: usize,
    /// How many were not judged.
    pub skip: usize,
    /// Whether none failed, and something was reconciled.
    pub good: bool,
    /// What was judged: `240 requests of its own, sent to http://127.0.0.1:8108`.
    pub about: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// How long it took.
    pub seconds: f64,
}

/// What is wrong with a report, and where.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It is no JSON of this shape.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A sum is not that of the checks.
    #[error("summary.{name} is {said}, but {counted} checks have this status")]
    Count {
        name: &'static str,
        /// What the summary says.
        said: usize,
        /// What the checks say.
        counted: usize,
    },
    /// The verdict contradicts the checks.
    #[error(
        "summary.good is {good}, but summary.fail is {fail}, and {reconciled} checks of reconciliation were judged"
    )]
    Verdict {
        good: bool,
        fail: usize,
        /// How many checks of reconciliation passed or failed.
        reconciled: usize,
    },
}

impl Report {
    /// The report of these checks.
    pub fn new(checks: &Checks, about: String, started: DateTime<Utc>, took: Duration) -> Self {
        let [pass, fail, skip] = [Status::Pass, Status::Fail, Status::Skip].map(|status| checks.count(status));
        let summary = Summary {
            pass,
            fail,
            skip,
            good: fail == 0 && reconciled(checks.all()) > 0,
            about,
            started: started.to_rfc3339_opts(SecondsFormat::Secs, true),
            seconds: took.as_secs_f64(),
        };
        Self { checks: checks.all().to_vec(), summary }
    }

    /// A JSON report read back. Its sums must be those of its checks.
    pub fn read(json: &[u8]) -> Result<Self, ReportError> {
        let report: Self = serde_json::from_slice(json)?;
        let Summary { pass, fail, skip, good, .. } = report.summary;
        for (name, status, said) in
            [("pass", Status::Pass, pass), ("fail", Status::Fail, fail), ("skip", Status::Skip, skip)]
        {
            let counted = report.checks.iter().filter(|check| check.status == status).count();
            if counted != said {
                return Err(ReportError::Count { name, said, counted });
            }
        }
        let reconciled = reconciled(&report.checks);
        if good != (fail == 0 && reconciled > 0) {
            return Err(ReportError::Verdict { good, fail, reconciled });
        }
        Ok(report)
    }

    /// The verdict in a line: the counts, and how much of the reconciliation could not be judged, if some could not.
    pub fn verdict(&self) -> String {
        let counts = self.summary.counts();
        let reconciled = reconciled(&self.checks);
        let all = self.checks.iter().filter(|check| check.area == Area::Reconciliation).count();
        match reconciled {
            0 => format!(
                "{counts}; nothing was reconciled, so this says nothing about whether telemetry is lost or false"
            ),
            _ if reconciled < all => {
                format!(
                    "{counts}; {} of {all} reconciliations were not judged, for the reasons above",
                    all - reconciled
                )
            }
            _ => counts,
        }
    }
}

/// How many checks of reconciliation were judged.
fn reconciled(checks: &[Check]) -> usize {
    checks.iter().filter(|check| check.area == Area::Reconciliation && check.status != Status::Skip).count()
}

impl Summary {
    /// `102 passed, 1 skipped, 0 failed`
    pub fn counts(&self) -> String {
        format!("{} passed, {} skipped, {} failed", self.pass, self.skip, self.fail)
    }
}
