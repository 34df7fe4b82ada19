//! The report: all checks and what they come to, in three forms.

use lab_traffic::perf::options::Format;
use serde::Serialize;

use crate::check::{Check, Checks, Status};

mod json;
mod markdown;
mod text;
pub mod words;

/// All checks and their sums. Serialises to the JSON report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// What they come to.
    pub summary: Summary,
}

/// The sums of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// How many checks passed.
    pub pass: usize,
    /// How many failed.
    pub fail: usize,
    /// How many were not judged.
    pub skip: usize,
    /// Whether none failed.
    pub good: bool,
}

impl Report {
    /// The report of these checks.
    pub fn new(checks: &Checks) -> Self {
        let [pass, fail, skip] = [Status::Pass, Status::Fail, Status::Skip].map(|status| checks.count(status));
        Self { checks: checks.all().to_vec(), summary: Summary { pass, fail, skip, good: fail == 0 } }
    }
}

/// Writes a report in the form asked for, without a newline at its end.
pub fn render(report: &Report, format: Format) -> Result<String, serde_json::Error> {
    match format {
        Format::Text => Ok(text::render(&report.checks)),
        Format::Markdown => Ok(markdown::render(&report.checks)),
        Format::Json => json::render(report),
    }
}
