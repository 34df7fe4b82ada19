//! A walk over the characters of a text, for lexers.

use crate::place::Place;

/// Stands between two characters of a text.
#[derive(Clone, Debug)]
pub struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    /// Stands before the first character.
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// How many bytes lie behind.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What lies ahead.
    pub fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next character.
    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Steps over the next character.
    pub fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Steps over so many bytes.
    pub fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Goes to a byte at which a character begins.
    pub fn go_to(&mut self, byte: usize) {
        self.at = byte;
    }

    /// Steps over the characters for which `is_part` holds, and answers them.
    pub fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// True if a number begins here: a digit, or a point with a digit behind it.
    pub fn is_at_number(&self) -> bool {
        let rest = self.rest();
        rest.strip_prefix('.').unwrap_or(rest).starts_with(|c: char| c.is_ascii_digit())
    }

    /// From an earlier byte to here.
    pub fn since(&self, start: usize) -> Place {
        Place { start, end: self.at }
    }

    /// What is written from an earlier byte to here.
    pub fn text_since(&self, start: usize) -> &'t str {
        self.text.get(start..self.at).unwrap_or_default()
    }
}
