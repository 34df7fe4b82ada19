//! What stands between the parts of a query: spaces on one line, or line breaks and an indentation for each level.

/// The longest text that stays on one line, in bytes.
pub(super) const LONGEST_LINE: usize = 100;

/// How a part is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// On one line.
    Line,
    /// Over several lines, at this level of indentation.
    Lines(usize),
}

impl Layout {
    /// The layout of what stands within.
    pub(super) fn deeper(self) -> Self {
        match self {
            Self::Line => Self::Line,
            Self::Lines(level) => Self::Lines(level + 1),
        }
    }

    /// Writes what a part begins with.
    pub(super) fn word(self, text: &mut String, word: &str) {
        if let Self::Lines(level) = self {
            text.push_str(&"  ".repeat(level));
        }
        text.push_str(word);
    }

    /// Writes a name and opens a parenthesis.
    pub(super) fn open(self, text: &mut String, name: &str) {
        self.word(text, name);
        text.push('(');
        self.gap(text, "");
    }

    /// Closes a parenthesis.
    pub(super) fn close(self, text: &mut String) {
        self.gap(text, "");
        self.word(text, ")");
    }

    /// Writes what stands between two parts on one line, or breaks the line.
    pub(super) fn gap(self, text: &mut String, on_one_line: &str) {
        text.push_str(if self == Self::Line { on_one_line } else { "\n" });
    }
}
