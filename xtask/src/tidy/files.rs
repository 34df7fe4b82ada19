//! Rules about files as texts.

use crate::tidy::rule::{Finding, Rule, Workspace};

/// Lines of non-test code that a file may have.
const MOST_LINES: usize = 450;

/// Every source file opens with `//!`.
pub(crate) const ROOM_CARD: Rule = Rule { name: "room-card", check: room_card };
/// No file has grown past what a reader holds in mind.
pub(crate) const SIZE: Rule = Rule { name: "file-size", check: size };

fn room_card(workspace: &Workspace) -> Vec<Finding> {
    let without = workspace.sources.iter().filter(|(_, text)| !text.starts_with("//!"));
    let what = "the file does not say what it is for; open it with a `//!` comment that does";
    without.map(|(path, _)| Finding::new(path.display().to_string(), what)).collect()
}

fn size(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in &workspace.sources {
        let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if !is_test && lines > MOST_LINES {
            let what = format!("the file has {lines} lines of code, {MOST_LINES} at most; split it by concept");
            findings.push(Finding::new(path.display().to_string(), what));
        }
    }
    findings
}
