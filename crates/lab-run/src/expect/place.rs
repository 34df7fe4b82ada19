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
    let header = format!("{key}:");
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| !line.starts_with(&header)).skip(1);
    let mut indent = None;
    let mut items = Vec::new();
    for (at, line) in &mut lines {
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let depth = line.len() - content.len();
        let is_item = content == "-" || content.starts_with("- ");
        if depth == 0 && !is_item {
            break;
        }
        if is_item && *indent.get_or_insert(depth) == depth {
            items.push(at + 1);
        }
    }
    items
}

#[cfg(test)]
mod tests {
    use super::items_of;

    #[test]
    fn items_of_a_list_are_found_whatever_stands_between() {
        let text = "services:\n- name: a\nexpect:\n  # first\n  - promql: up\n    is: '> 0'\n\n  -\n    logql: |\n      - {a=\"b\"}\n  - x: y\nrequests:\n  - url: z\n";
        assert_eq!(items_of(text, "expect"), [5, 8, 11]);
        assert_eq!(items_of(text, "services"), [2]);
        assert_eq!(items_of(text, "nothing"), [0_usize; 0]);
    }
}
