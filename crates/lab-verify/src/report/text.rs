//! For people at a terminal: an area is a heading, a check a line; what failed has its details below it.
//!
//! The panels that are as they should be are counted, not listed: JSON and Markdown list them.

use crate::report::check::{Area, Check, Status};
use crate::report::line_breaks::wrap;
use crate::report::model::Report;
use crate::report::numbers::plural;
use crate::trace::waterfall::Canvas;

/// Lines are not made longer than this however wide the terminal is: longer ones are hard to read.
const WIDEST: usize = 120;
const NARROWEST: usize = 60;
/// Column of the messages: behind the mark and the longest name that is not a panel's.
const NAME: usize = 22;

pub(super) fn render(report: &Report, canvas: Canvas) -> String {
    let page = Page { width: canvas.width.clamp(NARROWEST, WIDEST), colours: canvas.colours };
    let summary = &report.summary;
    let mut text = format!("{}\n", page.paint("1", "Dicelab verify"));
    text.push_str(&format!("{}\n", page.paint("2", &format!("{} · {}", summary.about, summary.started))));
    for area in Area::ALL {
        let checks: Vec<&Check> = report.checks.iter().filter(|check| check.area == area).collect();
        if !checks.is_empty() {
            text.push_str(&page.area(area, &checks));
        }
    }
    let (mark, code) = if summary.good { ('✓', "1;32") } else { ('✗', "1;31") };
    let verdict = format!("{mark} {} in {:.0} s", report.verdict(), summary.seconds);
    text.push_str(&format!("\n{}", page.paint(code, &verdict)));
    text
}

struct Page {
    width: usize,
    colours: bool,
}

impl Page {
    fn area(&self, area: Area, checks: &[&Check]) -> String {
        let count = |status| checks.iter().filter(|check| check.status == status).count();
        let parts = [(Status::Pass, "passed"), (Status::Skip, "skipped"), (Status::Fail, "failed")];
        let counts: Vec<String> = parts
            .into_iter()
            .filter(|(status, _)| count(*status) > 0)
            .map(|(status, word)| format!("{} {word}", count(status)))
            .collect();
        let (title, counts) = (area.title(), counts.join(", "));
        let gap = self.width.saturating_sub(title.len() + counts.len());
        let mut text = format!("\n{}{}{}\n", self.paint("1", title), " ".repeat(gap), self.paint("2", &counts));
        let mut checks = checks.iter().peekable();
        while let Some(check) = checks.next() {
            if !is_good_panel(check) {
                text.push_str(&self.check(check));
                continue;
            }
            let mut good = vec![*check];
            while let Some(next) = checks.next_if(|next| is_good_panel(next)) {
                good.push(*next);
            }
            text.push_str(&self.panels(&good));
        }
        text
    }

    fn check(&self, check: &Check) -> String {
        let (mark, code) = match check.status {
            Status::Pass => ('✓', "32"),
            Status::Fail => ('✗', "1;31"),
            Status::Skip => ('–', "33"),
        };
        let name = check.id.split_once('/').map_or(check.id.as_str(), |(_, name)| name);
        let mut text = format!("  {} ", self.paint(code, &mark.to_string()));
        let indent = " ".repeat(4 + NAME + 2);
        if name.chars().count() > NAME {
            text.push_str(&format!("{name}\n{indent}"));
        } else {
            text.push_str(&format!("{name:<NAME$}  "));
        }
        let lines = wrap(&check.message, self.width.saturating_sub(indent.len()));
        text.push_str(&lines.join(&format!("\n{indent}")));
        text.push('\n');
        if check.status == Status::Fail {
            for (what, words) in [("asked", &check.asked), ("expected", &check.expected), ("got", &check.got)] {
                text.push_str(&self.detail(what, words, &indent));
            }
        }
        text
    }

    fn detail(&self, what: &str, words: &str, indent: &str) -> String {
        let lines = wrap(words, self.width.saturating_sub(indent.len() + 10));
        let lines: Vec<String> = lines.iter().take(3).map(|line| self.paint("2", line)).collect();
        let hanging = format!("\n{indent}{}", " ".repeat(10));
        format!("{indent}{}{}\n", self.paint("2", &format!("{what:<10}")), lines.join(&hanging))
    }

    /// Panels in a row that are as they should be.
    fn panels(&self, good: &[&Check]) -> String {
        let as_implied = good.iter().filter(|check| check.message.ends_with("as the ledger says")).count();
        let mut words = format!("{} with data", plural(good.len() as u64, "panel", "panels"));
        if as_implied > 0 {
            words.push_str(&format!("; {as_implied} show exactly what the ledger implies"));
        }
        format!("  {} {words}\n", self.paint("32", "✓"))
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colours && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Whether a check is of a panel, not of its dashboard, and passed.
fn is_good_panel(check: &Check) -> bool {
    check.area == Area::Panels && check.status == Status::Pass && check.id.split('/').count() > 2
}
