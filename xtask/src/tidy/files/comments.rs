//! Doc comments: one that has no more than two words only repeats the name beneath it.

use crate::tidy::rule::{Finding, Rule, Workspace};

/// A doc comment says something that the name does not.
pub(crate) const WORDS: Rule = Rule { name: "doc-words", check: words };
/// Words that a doc comment must have more of.
const TOO_FEW: usize = 2;

fn words(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in &workspace.sources {
        for (line, comment) in comments(text) {
            if comment.split_whitespace().count() <= TOO_FEW {
                let what = format!("the doc comment {comment:?} only repeats a name; say more or delete it");
                findings.push(Finding::new(format!("{}:{line}", path.display()), what));
            }
        }
    }
    findings
}

/// The doc comments of a file: the number of the first line, and the text of all lines.
fn comments(text: &str) -> Vec<(usize, String)> {
    let mut comments: Vec<(usize, String)> = Vec::new();
    let mut open = None;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let found = ["///", "//!"].into_iter().find_map(|mark| Some((mark, line.strip_prefix(mark)?)));
        match (found, comments.last_mut()) {
            (Some((mark, text)), Some((_, comment))) if open == Some(mark) => {
                comment.push(' ');
                comment.push_str(text.trim());
            }
            (Some((_, text)), _) => comments.push((at + 1, text.trim().to_owned())),
            (None, _) => {}
        }
        open = found.map(|(mark, _)| mark);
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::comments;

    #[test]
    fn the_lines_of_a_comment_are_one_text_and_two_kinds_are_two() {
        let text = "//! A room.\n\n/// One\n/// two three\nfn f() {}\n    /// Inner.\n//! mark\nx\n";
        let found = comments(text);
        let expected = [(1, "A room."), (3, "One two three"), (6, "Inner."), (7, "mark")];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }
}
