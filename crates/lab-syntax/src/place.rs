//! Where in a text something is written: as bytes, and as line and column.

use std::fmt;

/// The bytes of a text that something takes, from `start` up to but without `end`.
///
/// Two places are always equal, so that trees compare by what they say and not by where it is written.
#[derive(Clone, Copy, Debug, Default, Eq)]
pub struct Place {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Place {
    /// From the start of this place to the end of another.
    #[must_use]
    pub fn to(self, last: Self) -> Self {
        Self { start: self.start, end: last.end }
    }

    /// What is written at this place of a text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A mistake in a text, before its place is turned into line and column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the mistake is.
    pub place: Place,
    /// What is wrong there.
    pub message: String,
}

impl Fault {
    /// The mistake that `message` describes.
    pub fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }
}

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; the language says whether it counts bytes or characters.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Looks for the lines of a text.
    pub fn new(text: &'t str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { text, starts: [0].into_iter().chain(breaks.map(|(at, _)| at + 1)).collect() }
    }

    /// The position of a byte; the column counts bytes, as in PromQL and in templates.
    pub fn position(&self, byte: usize) -> Position {
        let (line, start) = self.line(byte);
        Position { line, column: byte.min(self.text.len()) - start + 1 }
    }

    /// The position of a byte; the column counts characters, as in LogQL and TraceQL.
    pub fn position_in_characters(&self, byte: usize) -> Position {
        let (line, start) = self.line(byte);
        let before = self.text.get(start..byte).unwrap_or(&self.text[start..]);
        Position { line, column: before.chars().count() + 1 }
    }

    /// The number of the line that holds a byte, and where that line begins.
    fn line(&self, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= byte);
        (line, self.starts[line - 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let lines = Lines::new("ab\ncd\n");
        let shown = |byte| lines.position(byte).to_string();
        assert_eq!([0, 2, 3, 4, 6, 9].map(shown), ["1:1", "1:3", "2:1", "2:2", "3:1", "3:1"]);
    }

    #[test]
    fn columns_count_bytes_or_characters() {
        let lines = Lines::new("x\n\u{e9}\u{1f600}y");
        assert_eq!(lines.position(8), Position { line: 2, column: 7 });
        assert_eq!(lines.position_in_characters(8), Position { line: 2, column: 3 });
        assert_eq!(lines.position_in_characters(99), Position { line: 2, column: 4 });
    }

    #[test]
    fn a_place_knows_what_is_written_there() {
        let (first, last) = (Place { start: 1, end: 2 }, Place { start: 3, end: 4 });
        assert_eq!(first.to(last).of("abcde"), "bcd");
        assert_eq!(Place { start: 3, end: 9 }.of("abcde"), "");
    }
}
