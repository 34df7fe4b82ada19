//! A comparison as text and as Markdown; [`page`] writes it as a page.

pub mod page;

use crate::compare::change::{Comparison, Kind};

/// For people who look at a terminal.
pub fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    for kind in Kind::ALL {
        for change in comparison.changes.iter().filter(|change| change.kind == kind) {
            let word = if change.fails { "FAIL" } else { "note" };
            let size = change.size();
            let size = if size.is_empty() { size } else { format!("  {size}") };
            text += &format!(
                "{word}  {:<8} {}: {} → {}{size}\n",
                kind.as_str(),
                printable(&change.what),
                change.before,
                change.after
            );
        }
    }
    for note in &comparison.notes {
        text += &format!("note  {note}\n");
    }
    text + &format!("{}\n", comparison.summary())
}

/// For a job's summary or a comment.
pub fn markdown(comparison: &Comparison) -> String {
    let mut text = format!("**{}**\n", comparison.summary());
    if !comparison.changes.is_empty() {
        text += "\n| | What | Before | After | Effect |\n|---|---|---|---|---|\n";
    }
    let cell = |text: &str| printable(text).replace('|', "\\|").replace('<', "&lt;");
    for change in &comparison.changes {
        let mark = if change.fails { "❌" } else { "ℹ️" };
        let cells = [&change.what, &change.before, &change.after].map(|text| cell(text));
        text += &format!("| {mark} | {} | {} |\n", cells.join(" | "), change.size());
    }
    for note in &comparison.notes {
        text += &format!("\n{}\n", cell(note));
    }
    text
}

/// A text without characters that steer a terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
