//! Rules about files as texts.

pub(crate) mod comments;
pub(crate) mod paths;

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
        let lines = lines_of_code(text);
        if !is_test && lines > MOST_LINES {
            let what = format!("the file has {lines} lines of code, {MOST_LINES} at most; split it by concept");
            findings.push(Finding::new(path.display().to_string(), what));
        }
    }
    findings
}

/// The lines of a file without its inline module of tests. The declaration `#[cfg(test)] mod tests;`, whose file is
/// another one, ends nothing.
fn lines_of_code(text: &str) -> usize {
    let mut count = 0;
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let inline = |next: &&str| next.starts_with("mod ") && next.ends_with('{');
        if line == "#[cfg(test)]" && lines.peek().is_some_and(inline) {
            // rustfmt closes a module that stands at the margin with a brace at the margin.
            lines.by_ref().find(|line| *line == "}");
        } else {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::lines_of_code;

    #[test]
    fn only_an_inline_module_of_tests_is_not_counted() {
        let inline = "//! A.\nfn a() {}\n\n#[cfg(test)]\nmod tests {\n    fn t() {\n    }\n}\n";
        assert_eq!(lines_of_code(inline), 3);
        let declared = "//! A.\n#[cfg(test)]\nmod tests;\n\nfn a() {\n}\n";
        assert_eq!(lines_of_code(declared), 6, "the tests stand in a file of their own, the code goes on");
        let item = "//! A.\n#[cfg(test)]\nuse crate::b;\nfn a() {}\n";
        assert_eq!(lines_of_code(item), 4);
        let after = format!("{inline}fn b() {{}}\n");
        assert_eq!(lines_of_code(&after), 4, "code behind the tests counts");
    }
}
