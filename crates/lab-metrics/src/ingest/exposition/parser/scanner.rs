//! A place in the text of a body, and what may be taken from there. Prometheus text allows blanks between most signs,
//! OpenMetrics only those that it asks for.

use crate::ingest::exposition::format::Format;

/// Goes over a text once.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    pub(super) format: Format,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, format: Format) -> Self {
        Self { text, at: 0, format }
    }

    /// How many bytes were taken.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The text between two places.
    pub(super) fn between(&self, start: usize, end: usize) -> &'a str {
        &self.text[start..end]
    }

    /// What was not taken yet.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// What follows, for a message: to the end of its line, and not too much of it.
    pub(super) fn shown(&self) -> &'a str {
        let line = self.rest().split('\n').next().unwrap_or_default();
        line.char_indices().nth(40).map_or(line, |(at, _)| &line[..at])
    }

    /// True if this text follows.
    pub(super) fn sees(&self, what: &str) -> bool {
        self.rest().starts_with(what)
    }

    /// True at the end of a line or of the text.
    pub(super) fn is_at_line_end(&self) -> bool {
        self.rest().is_empty() || self.sees("\n")
    }

    /// Takes this text if it follows.
    pub(super) fn take(&mut self, what: &str) -> bool {
        let sees = self.sees(what);
        if sees {
            self.at += what.len();
        }
        sees
    }

    /// Takes the characters that fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|c| !fits(c)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    /// Takes blanks where the format leaves them free.
    pub(super) fn skip_blanks(&mut self) {
        if self.format == Format::PrometheusText {
            self.take_while(is_blank);
        }
    }

    /// Takes a name without quotes; it is empty if none follows. Names of metrics may hold colons.
    pub(super) fn name(&mut self, with_colon: bool) -> &'a str {
        let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_' || (with_colon && c == ':');
        if self.rest().starts_with(is_letter) { self.take_while(|c| is_letter(c) || c.is_ascii_digit()) } else { "" }
    }

    /// Takes a text in quotes, which it keeps; its escapes are not resolved.
    pub(super) fn quoted(&mut self, may_hold_lines: bool) -> Result<&'a str, String> {
        let rest = self.rest();
        if !rest.starts_with('"') {
            return Err(format!("expected a quoted value, found {:?}", self.shown()));
        }
        let mut is_escaped = false;
        for (at, byte) in rest.bytes().enumerate().skip(1) {
            match byte {
                b'\n' if is_escaped || !may_hold_lines => break,
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => {
                    self.at += at + 1;
                    return Ok(&rest[..=at]);
                }
                _ => {}
            }
        }
        Err("the closing quote of a label value is missing".to_owned())
    }
}

/// A blank within a line.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}
