//! The summary of `dicelab traffic` in words.

use std::fmt::Write as _;

use crate::output::table::{Table, seconds};
use crate::stats::StatsSummary;
use crate::traffic::generator::RunSummary;
use crate::traffic::options::Plan;

/// The summary, without a newline at its end.
pub fn render(plan: &Plan, summary: &RunSummary) -> String {
    let stats = &summary.stats;
    let elapsed = summary.elapsed.as_secs_f64();
    let pattern = &plan.pattern;
    let mut text = format!(
        "Traffic to {}: {} users, seed {}, {}{}\n\n",
        plan.frontend,
        pattern.users,
        pattern.seed,
        seconds(elapsed),
        if summary.stopped { ", stopped early" } else { "" },
    );
    let per_second = if elapsed > 0.0 { stats.requests as f64 / elapsed } else { 0.0 };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "requests  {} sent, {per_second:.1} a second", stats.requests);
    let _ = writeln!(text, "endings   {}", endings(stats));
    if plan.rate.is_some() {
        let _ = writeln!(text, "pacing    {} sent late, {} not sent (too many in flight)", stats.late, stats.not_sent);
    }
    if let (Some(path), Some(lines)) = (&plan.ledger, summary.ledger_lines) {
        let _ = writeln!(text, "ledger    {lines} lines in {}", path.display());
    }
    if !stats.endpoints.is_empty() {
        let _ = write!(text, "\n{}", durations(stats).to_text());
    }
    text.trim_end().to_owned()
}

fn endings(stats: &StatsSummary) -> String {
    if stats.endings.is_empty() {
        return "none".to_owned();
    }
    let parts: Vec<String> = stats.endings.iter().map(|(name, count)| format!("{count} × {name}")).collect();
    parts.join(", ")
}

/// Durations of answered requests.
fn durations(stats: &StatsSummary) -> Table {
    let mut table = Table::new(["endpoint", "dice", "answers", "mean", "p50", "p90", "p95", "p99", "max"]);
    for endpoint in &stats.endpoints {
        let mut cells = vec![endpoint.endpoint.path().to_owned(), endpoint.dice.to_string()];
        if let Some(d) = endpoint.answered {
            cells.push(d.count.to_string());
            cells.extend([d.mean, d.p50, d.p90, d.p95, d.p99, d.max].map(seconds));
        } else {
            cells.push("0".to_owned());
        }
        table.row(cells);
    }
    table
}
