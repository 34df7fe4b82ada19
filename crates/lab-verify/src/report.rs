//! The report: all checks and what they come to, in three forms.

use lab_traffic::perf::options::Format;

use crate::report::model::Report;
use crate::trace::waterfall::Canvas;

pub mod check;
mod json;
mod line_breaks;
mod markdown;
pub mod model;
pub mod numbers;
pub mod progress;
mod text;

/// Writes a report in the form asked for, without a newline at its end.
pub fn render(report: &Report, format: Format, canvas: Canvas) -> Result<String, serde_json::Error> {
    match format {
        Format::Text => Ok(text::render(report, canvas)),
        Format::Markdown => Ok(markdown::render(report)),
        Format::Json => json::render(report),
    }
}

#[cfg(test)]
mod tests;
