//! Where an expectation is written.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// The lines, counted from 1, at which the items of a list begin that stands under a key at the top of a YAML file.
pub(crate) fn items_of(text: &str, key: &str) -> Vec<usize> {
    items(text, (1, usize::MAX), 0, key)
}

/// The same for a list under a key of an item that stands at these lines, the last one excluded. None, if the item is written
/// in braces.
pub(crate) fn items_within(text: &str, lines: (usize, usize), key: &str) -> Vec<usize> {
    let first = text.lines().nth(lines.0.saturating_sub(1)).unwrap_or_default();
    let content = first.trim_start().trim_start_matches('-').trim_start();
    let column = if content.is_empty() {
        let next = text.lines().skip(lines.0).find(|line| !line.trim().is_empty()).unwrap_or_default();
        next.len() - next.trim_start().len()
    } else {
        first.len() - content.len()
    };
    items(text, lines, column, key)
}

/// The items of the list under a key that begins at a column.
fn items(text: &str, (first, end): (usize, usize), column: usize, key: &str) -> Vec<usize> {
    let header = format!("{key}:");
    let is_header = |line: &str| {
        let before = line.get(..column).unwrap_or("x");
        before.chars().all(|c| matches!(c, ' ' | '-')) && line[column..].starts_with(&header)
    };
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let lines = lines.skip_while(|(at, _)| *at < first).take_while(|(at, _)| *at < end);
    let (mut indent, mut items) = (None, Vec::new());
    for (at, line) in lines.skip_while(|(_, line)| !is_header(line)).skip(1) {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let depth = line.len() - content.len();
        let is_item = content == "-" || content.starts_with("- ");
        if depth < column || (depth == column && !is_item) {
            break;
        }
        if is_item && *indent.get_or_insert(depth) == depth {
            items.push(at);
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::{items_of, items_within};

    #[test]
    fn items_of_a_list_are_found_whatever_stands_between() {
        let text = "services:\n- name: a\nexpect:\n  # first\n  - promql: up\n    is: '> 0'\n\n  -\n    logql: |\n      - {a=\"b\"}\n  - x: y\nrequests:\n  - url: z\n";
        assert_eq!(items_of(text, "expect"), [5, 8, 11]);
        assert_eq!(items_of(text, "services"), [2]);
        assert_eq!(items_of(text, "nothing"), [0_usize; 0]);
    }

    #[test]
    fn items_of_a_list_within_an_item_are_found() {
        let text = "requests:\n- url: a\n  expect:\n  - traceql: x\n  - logql: y\n-\n  url: b\n  expect:\n    - {traceql: z}\n- {url: c, expect: [{traceql: z}]}\n";
        assert_eq!(items_of(text, "requests"), [2, 6, 10]);
        assert_eq!(items_within(text, (2, 6), "expect"), [4, 5]);
        assert_eq!(items_within(text, (6, 10), "expect"), [9]);
        assert_eq!(items_within(text, (10, 99), "expect"), [0_usize; 0]);
    }
}
