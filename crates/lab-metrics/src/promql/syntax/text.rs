//! The query text as tokens: how deeply it nests, and where its parts stand.
//!
//! `promql-parser` gives neither positions nor a bound on nesting. This module knows just enough of the
//! lexical grammar (words, strings, brackets, operators, `#` comments) to add both: [`check_depth`] runs
//! before the parser, and a [`Cursor`] follows the parsed expression through the tokens.

use crate::promql::error::{Position, PromqlError};

/// The deepest nesting of brackets and operators; evaluation recurses that deep at most.
const MAX_DEPTH: usize = 256;

/// The longest query text in bytes.
const MAX_LENGTH: usize = 1 << 20;

/// One token: its text and where it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'q> {
    pub(crate) text: &'q str,
    pub(crate) start: usize,
}

impl Token<'_> {
    /// The byte behind it.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn is_operator(&self) -> bool {
        let word = ["and", "or", "unless", "atan2"].iter().any(|word| self.text.eq_ignore_ascii_case(word));
        word || (!is_word(self.text) && !matches!(self.text.as_bytes()[0], b'"' | b'\'' | b'`' | b',' | b'@'))
    }
}

/// A fault in a query and the byte at which it stands.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl Fault {
    /// The error, if it was `query` that was read.
    pub(crate) fn error(self, query: &str) -> PromqlError {
        PromqlError::Parse { position: Some(position(query, self.at)), message: self.message }
    }
}

/// Splits a query into tokens; what is no PromQL becomes tokens of one character.
pub(crate) fn tokens(query: &str) -> Vec<Token<'_>> {
    let bytes = query.as_bytes();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
                continue;
            }
            quote @ (b'"' | b'\'' | b'`') => at = string_end(bytes, at, quote),
            byte if is_word_byte(byte) => at = word_end(bytes, at),
            b'=' | b'!' | b'<' | b'>' if matches!(bytes.get(at + 1), Some(b'=' | b'~')) => at += 2,
            _ => at += query[at..].chars().next().map_or(1, char::len_utf8),
        }
        tokens.push(Token { text: &query[start..at], start });
    }
    tokens
}

/// The [`tokens`], where within brackets a `:` parts a range from its step and stands alone.
pub(crate) fn tokens_with_colons(query: &str) -> Vec<Token<'_>> {
    let (mut parted, mut in_bracket) = (Vec::new(), false);
    for token in tokens(query) {
        match token.text {
            "[" => in_bracket = true,
            "]" => in_bracket = false,
            _ => {}
        }
        let mut start = token.start;
        for part in token.text.split_inclusive(':').filter(|_| in_bracket && is_word(token.text)) {
            let (word, colon) = part.strip_suffix(':').map_or((part, ""), |word| (word, ":"));
            for text in [word, colon].into_iter().filter(|text| !text.is_empty()) {
                parted.push(Token { text: &query[start..start + text.len()], start });
                start += text.len();
            }
        }
        if start == token.start {
            parted.push(token);
        }
    }
    parted
}

/// The value of a number: decimal, with an exponent, hexadecimal, with `_` between digits, `Inf` or `NaN`.
pub(crate) fn number(text: &str) -> Option<f64> {
    let plain = text.replace('_', "").to_ascii_lowercase();
    if let Some(digits) = plain.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(|value| value as f64);
    }
    let digit = plain.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    (digit || matches!(plain.as_str(), "inf" | "nan")).then(|| plain.parse().ok()).flatten()
}

/// True for the tokens with which an operand ends, so that an operator or a modifier follows.
pub(crate) fn ends_operand(text: &str) -> bool {
    const WORDS: [&str; 7] = ["and", "or", "unless", "atan2", "bool", "by", "without"];
    let word = is_word(text) && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    word || text.starts_with(['"', '\'', '`']) || matches!(text, ")" | "]" | "}")
}

/// Refuses a query that is too long or nests too deeply to be parsed and evaluated safely.
pub(crate) fn check_depth(query: &str) -> Result<(), PromqlError> {
    let refuse = |at, message: String| Err(PromqlError::Parse { position: Some(position(query, at)), message });
    if query.len() > MAX_LENGTH {
        return refuse(0, format!("query is longer than {MAX_LENGTH} bytes"));
    }
    // Operators per open bracket; each of them may be a level of the expression tree.
    let (mut open, mut operators, mut depth) = (Vec::new(), 0, 0);
    for token in tokens(query) {
        match token.text {
            "(" | "[" | "{" => {
                open.push(operators);
                operators = 0;
                depth += 1;
            }
            ")" | "]" | "}" => {
                if let Some(outer) = open.pop() {
                    depth -= operators + 1;
                    operators = outer;
                }
            }
            "," => {
                depth -= operators;
                operators = 0;
            }
            _ if token.is_operator() => {
                operators += 1;
                depth += 1;
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return refuse(token.start, format!("query nests deeper than {MAX_DEPTH} levels"));
        }
    }
    Ok(())
}

/// Line and column of a byte offset.
pub(crate) fn position(query: &str, offset: usize) -> Position {
    let before = &query.as_bytes()[..offset.min(query.len())];
    let line = before.split(|byte| *byte == b'\n').count();
    let column = before.len() - before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1) + 1;
    Position { line: line as u32, column: column as u32 }
}

/// Walks over the tokens beside the parsed expression. A cursor that has lost its way answers `None`
/// instead of a wrong place.
pub(crate) struct Cursor<'q> {
    query: &'q str,
    tokens: Vec<Token<'q>>,
    at: usize,
    /// The last place asked for, and its offset: the next one is counted from there.
    known: (usize, Position),
}

impl<'q> Cursor<'q> {
    pub(crate) fn new(query: &'q str) -> Self {
        Self { query, tokens: tokens(query), at: 0, known: (0, Position { line: 1, column: 1 }) }
    }

    /// Where the next token stands.
    pub(crate) fn place(&mut self) -> Option<Position> {
        let start = self.tokens.get(self.at)?.start;
        let (from, mut place) = self.known;
        for byte in &self.query.as_bytes()[from..start] {
            place = match byte {
                b'\n' => Position { line: place.line + 1, column: 1 },
                _ => Position { column: place.column + 1, ..place },
            };
        }
        self.known = (start, place);
        Some(place)
    }

    /// Passes one token.
    pub(crate) fn next(&mut self) {
        self.at += 1;
    }

    /// Passes the next token if it is one of `texts` (compared without case).
    pub(crate) fn skip(&mut self, texts: &[&str]) -> bool {
        let found = self
            .tokens
            .get(self.at)
            .is_some_and(|token| texts.iter().any(|text| token.text.eq_ignore_ascii_case(text)));
        self.at += usize::from(found);
        found
    }

    /// Passes the next token if it is a word or a string.
    pub(crate) fn skip_word(&mut self) {
        let word = self
            .tokens
            .get(self.at)
            .is_some_and(|token| is_word(token.text) || token.text.starts_with(['"', '\'', '`']));
        self.at += usize::from(word);
    }

    /// Passes a bracketed group if one comes next.
    pub(crate) fn skip_group(&mut self, open: &str) {
        if self.tokens.get(self.at).is_none_or(|token| token.text != open) {
            return;
        }
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token.text {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    /// Passes any number of `offset …`, `@ …`, `anchored` and `smoothed`.
    pub(crate) fn skip_modifiers(&mut self) {
        loop {
            if self.skip(&["offset", "@"]) {
                while self.skip(&["-", "+"]) {}
                self.skip_word();
                self.skip_group("(");
            } else if !self.skip(&["anchored", "smoothed"]) {
                return;
            }
        }
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.')
}

fn is_word(text: &str) -> bool {
    text.bytes().next().is_some_and(is_word_byte)
}

fn word_end(bytes: &[u8], start: usize) -> usize {
    let number = bytes[start].is_ascii_digit() || bytes[start] == b'.';
    let hexadecimal = bytes[start..].starts_with(b"0x") || bytes[start..].starts_with(b"0X");
    let mut at = start;
    while at < bytes.len() {
        let exponent = number && !hexadecimal && at > start && matches!(bytes[at - 1], b'e' | b'E');
        if is_word_byte(bytes[at]) || (exponent && matches!(bytes[at], b'+' | b'-')) {
            at += 1;
        } else {
            break;
        }
    }
    at
}

fn string_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote != b'`' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_falls_into_tokens() {
        let texts = |query| tokens(query).iter().map(|token| token.text).collect::<Vec<_>>();
        assert_eq!(
            texts("sum(a:b{c!~\"}\"}[5m]) # x\n>=1e-3"),
            ["sum", "(", "a:b", "{", "c", "!~", "\"}\"", "}", "[", "5m", "]", ")", ">=", "1e-3"]
        );
        assert_eq!(texts("1-2"), ["1", "-", "2"]);
    }

    #[test]
    fn positions_count_lines_and_columns() {
        assert_eq!(position("ab\ncd", 4).to_string(), "2:2");
        assert_eq!(position("ab", 0).to_string(), "1:1");
    }

    #[test]
    fn a_cursor_counts_from_place_to_place() {
        let query = "a +\n  b\n* \"x\ny\" c";
        let mut cursor = Cursor::new(query);
        for token in tokens(query) {
            assert_eq!(cursor.place(), Some(position(query, token.start)), "{token:?}");
            cursor.next();
        }
        assert_eq!(cursor.place(), None);
    }

    #[test]
    fn deep_nesting_is_refused_with_its_place() {
        assert!(check_depth(&"(".repeat(256)).is_ok());
        let error = check_depth(&"(".repeat(257)).expect_err("too deep");
        assert_eq!(error.to_string(), "1:257: parse error: query nests deeper than 256 levels");
        assert!(check_depth(&format!("1{}", "+1".repeat(300))).is_err());
        assert!(check_depth(&format!("f({})", "a-b,".repeat(300))).is_ok());
    }
}
