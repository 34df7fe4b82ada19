//! The report that a team files: the verdict, what failed and why, then every check by area.

use crate::report::check::{Area, Check, Status};
use crate::report::model::Report;

/// Longest question that is written into a table.
const QUESTION: usize = 120;

/// The whole document.
pub(super) fn render(report: &Report) -> String {
    let summary = &report.summary;
    let verdict = if summary.good { "**All good**" } else { "**Not good**" };
    let mut text = format!(
        "# Setup report\n\n{verdict}: {} in {:.0} s.\n\nJudged by `dicelab verify` on {}: {}.\n",
        report.verdict(),
        summary.seconds,
        summary.started,
        summary.about
    );
    if let Some(totals) = report.checks.iter().find(|check| check.id == "reconciliation/totals") {
        text.push_str(&format!("\n> {}\n", totals.message));
    }
    text.push_str(&failures(&report.checks));
    for area in Area::ALL {
        let checks: Vec<&Check> = report.checks.iter().filter(|check| check.area == area).collect();
        if !checks.is_empty() {
            text.push_str(&table(area, &checks));
        }
    }
    text.trim_end().to_owned()
}

fn failures(checks: &[Check]) -> String {
    let mut failed = checks.iter().filter(|check| check.status == Status::Fail).peekable();
    if failed.peek().is_none() {
        return String::new();
    }
    let one = |check: &Check| {
        let Check { id, asked, expected, got, message, .. } = check;
        format!("### {id}\n\n{message}\n\n- asked: `{}`\n- expected: {expected}\n- got: {got}\n", shortened(asked))
    };
    format!("\n## What failed\n\n{}", failed.map(one).collect::<Vec<_>>().join("\n"))
}

fn table(area: Area, checks: &[&Check]) -> String {
    let mut text =
        format!("\n## {}\n\n| | Check | Asked | Result | Took |\n| --- | --- | --- | --- | ---: |\n", area.title());
    for check in checks {
        let mark = match check.status {
            Status::Pass => "✓",
            Status::Fail => "✗",
            Status::Skip => "–",
        };
        let name = check.id.split_once('/').map_or(check.id.as_str(), |(_, name)| name);
        let (asked, message) = (shortened(&check.asked), cell(&check.message));
        text.push_str(&format!("| {mark} | {name} | `{asked}` | {message} | {:.1} s |\n", check.seconds));
    }
    text
}

/// A question as code in a cell.
fn shortened(text: &str) -> String {
    let one_line = cell(&text.replace('`', "'"));
    match one_line.char_indices().nth(QUESTION) {
        Some((at, _)) => format!("{}…", one_line[..at].trim_end_matches('\\')),
        None => one_line,
    }
}

/// A text that stays within its cell.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('<', "&lt;")
}
