//! The list of answers that differ on purpose, as a block [script]:
//!
//! ```text
//! because The lab answers an instant log query, where Loki refuses it.
//!   GET /loki/api/v1/query?*query={*
//! ```
//!
//! Below each reason stand texts of questions, in which `*` stands for anything.

use std::cell::Cell;
use std::path::Path;

use crate::script;

/// The reasons with the questions that they excuse.
#[derive(Debug, Default)]
pub struct Known {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    text: String,
    used: Cell<bool>,
}

impl Known {
    /// Reads `different.list` of a folder; without this file nothing may differ.
    pub fn read_folder(folder: &Path) -> Self {
        let path = folder.join("different.list");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        Self::read(&text).unwrap_or_else(|error| panic!("{}:{error}", path.display()))
    }

    /// Reads the text of a list.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut patterns = Vec::new();
        for block in script::parse(text) {
            if block.command != "because" || block.argument.is_empty() {
                return Err(format!("{}: a block begins with `because` and a reason", block.line));
            }
            patterns.extend(block.body.into_iter().map(|text| Pattern { text, used: Cell::new(false) }));
        }
        Ok(Self { patterns })
    }

    /// Whether the answer to this question may differ; every pattern that fits it counts as used.
    pub fn excuses(&self, question: &str) -> bool {
        let fitting = self.patterns.iter().filter(|pattern| fits(&pattern.text, question));
        fitting.map(|pattern| pattern.used.set(true)).count() > 0
    }

    /// The patterns that excused nothing and therefore have to leave the list.
    pub fn unused(&self) -> Vec<String> {
        self.patterns.iter().filter(|pattern| !pattern.used.get()).map(|pattern| pattern.text.clone()).collect()
    }
}

/// Whether a pattern, in which `*` stands for anything, fits the whole text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_excuses_its_questions_and_an_unused_one_is_named() {
        let known = Known::read("because We answer it.\n  GET /a?*b*\n  GET /c\n").expect("valid");
        assert!(known.excuses("GET /a?x=b1"));
        assert!(!known.excuses("GET /a?x=1"));
        assert!(!known.excuses("GET /cc"));
        assert_eq!(known.unused(), ["GET /c"]);
        assert!(Known::read("because\n  x\n").is_err());
    }
}
