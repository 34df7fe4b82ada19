//! Parses a body of text, entry by entry. Both formats are read as strictly as Prometheus 3 reads them.

mod comment;
mod sample;
mod scanner;

use self::comment::{Comment, comment};
use self::sample::sample;
use self::scanner::Scanner;
use crate::ingest::exposition::format::{ExpositionError, Format, Place};
use crate::ingest::exposition::line::{Line, SampleLine};

use crate::model::metadata::MetricKind;

/// Parses a body; each item is a line that is neither empty nor a plain comment, or the error that ends the parsing.
#[derive(Debug)]
pub struct Parser<'a> {
    /// What is left, up to the first byte that is not UTF-8.
    rest: &'a str,
    /// What follows from there.
    beyond: &'a [u8],
    format: Format,
    /// Where the entry begins that was read last, from 1.
    line: usize,
    /// Where the next one begins.
    next_line: usize,
    /// The type that the last `# TYPE` gave.
    kind: MetricKind,
    /// True after an error and at the end.
    is_done: bool,
}

impl<'a> Parser<'a> {
    /// Begins with `body`. Only plain comments may hold bytes that are not UTF-8.
    pub fn new(body: &'a [u8], format: Format) -> Self {
        let (rest, beyond) = readable(body);
        Self { rest, beyond, format, line: 0, next_line: 1, kind: MetricKind::Unknown, is_done: false }
    }

    /// The line that was read last, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    fn next_entry(&mut self) -> Result<Option<Line<'a>>, String> {
        loop {
            self.line = self.next_line;
            let mut scan = Scanner::new(self.rest, self.format);
            scan.skip_blanks();
            if scan.rest().is_empty() && self.beyond.is_empty() {
                return if self.format == Format::OpenMetrics { Err(NO_END.to_owned()) } else { Ok(None) };
            }
            if scan.take("\n") {
                if self.format == Format::OpenMetrics {
                    return Err("empty line".to_owned());
                }
                self.advance(scan.at());
                continue;
            }
            let found = if scan.sees("#") { comment(&mut scan) } else { sample(&mut scan, self.kind).map(said) };
            if let Ok(Comment::Plain) = found {
                self.skip_line();
                continue;
            }
            // What is not UTF-8 begins in this line.
            if !self.beyond.is_empty() && !self.rest[scan.at()..].contains('\n') {
                return Err("invalid UTF-8".to_owned());
            }
            match found? {
                Comment::Said(line) => {
                    if !scan.take("\n") && self.format == Format::OpenMetrics {
                        self.line += 1;
                        return Err(NO_END.to_owned());
                    }
                    self.advance(scan.at());
                    if let Line::Type { kind, .. } = &line {
                        self.kind = *kind;
                    }
                    return Ok(Some(line));
                }
                Comment::End => {
                    self.line += usize::from(scan.take("\n"));
                    let is_last = scan.rest().is_empty() && self.beyond.is_empty();
                    return if is_last { Ok(None) } else { Err("unexpected data after # EOF".to_owned()) };
                }
                Comment::Plain => {}
            }
        }
    }

    /// Leaves behind what was taken.
    fn advance(&mut self, taken: usize) {
        self.next_line += self.rest[..taken].matches('\n').count();
        self.rest = &self.rest[taken..];
    }

    /// Leaves the rest of a line behind, whatever bytes it holds.
    fn skip_line(&mut self) {
        self.next_line += 1;
        if let Some((_, rest)) = self.rest.split_once('\n') {
            self.rest = rest;
            return;
        }
        let end = self.beyond.iter().position(|byte| *byte == b'\n').map_or(self.beyond.len(), |at| at + 1);
        (self.rest, self.beyond) = readable(&self.beyond[end..]);
    }
}

/// What is said if OpenMetrics ends too early: a part of the body may be missing.
const NO_END: &str = "the body does not end with # EOF";

fn said(sample: SampleLine<'_>) -> Comment<'_> {
    Comment::Said(Line::Sample(sample))
}

/// A body up to the first byte that is not UTF-8, and from there.
fn readable(body: &[u8]) -> (&str, &[u8]) {
    match std::str::from_utf8(body) {
        Ok(text) => (text, &[]),
        Err(error) => {
            let (good, beyond) = body.split_at(error.valid_up_to());
            (std::str::from_utf8(good).unwrap_or_default(), beyond)
        }
    }
}

impl<'a> Iterator for Parser<'a> {
    type Item = Result<Line<'a>, ExpositionError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let item = self.next_entry().map_err(|reason| ExpositionError { place: Place::Line(self.line), reason });
        self.is_done = !matches!(item, Ok(Some(_)));
        item.transpose()
    }
}
