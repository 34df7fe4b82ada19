//! The lexer: text outside of braces, and the tokens inside them.

use lab_syntax::Scanner;
use lab_syntax::literal::character::{code_point, is_printable};

use super::token::{Kind, Token};
use crate::value::unicode::is_name_character;

const LEFT: &str = "{{";
const RIGHT: &str = "}}";

/// The tokens of a template. The last one is [`Kind::Eof`] or [`Kind::Error`].
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { scanner: Scanner::new(text), start: 0, depth: 0, tokens: Vec::new() };
    match lexer.run() {
        Ok(()) => lexer.emit(Kind::Eof),
        Err(reason) => {
            let at = lexer.start;
            lexer.tokens.push(Token { kind: Kind::Error, at, text: reason });
        }
    }
    lexer.tokens
}

struct Lexer<'t> {
    scanner: Scanner<'t>,
    /// Where the current token begins.
    start: usize,
    /// How many parentheses are open.
    depth: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(length) = self.scanner.rest().find(LEFT) {
            let is_trimmed = has_left_trim(&self.scanner.rest()[length + LEFT.len()..]);
            let before = &self.scanner.rest()[..length];
            let kept = if is_trimmed { before.trim_end_matches(is_space) } else { before };
            self.scanner.advance(kept.len());
            if !kept.is_empty() {
                self.emit(Kind::Text);
            }
            self.scanner.advance(length - kept.len());
            self.start = self.scanner.at();
            self.left_delimiter(is_trimmed)?;
        }
        self.scanner.advance(self.scanner.rest().len());
        if self.scanner.at() > self.start {
            self.emit(Kind::Text);
        }
        Ok(())
    }

    fn left_delimiter(&mut self, is_trimmed: bool) -> Result<(), String> {
        let marker = if is_trimmed { 2 } else { 0 };
        if self.scanner.rest()[LEFT.len() + marker..].starts_with("/*") {
            self.scanner.advance(LEFT.len() + marker);
            self.start = self.scanner.at();
            return self.comment();
        }
        self.scanner.advance(LEFT.len());
        self.emit(Kind::LeftDelimiter);
        self.scanner.advance(marker);
        self.start = self.scanner.at();
        self.depth = 0;
        while !self.right_delimiter()? {
            self.inside()?;
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), String> {
        let end = self.scanner.rest()[2..].find("*/").ok_or("unclosed comment")?;
        self.scanner.advance(2 + end + 2);
        if !self.skip_right_delimiter() {
            return Err("comment ends before closing delimiter".to_owned());
        }
        self.start = self.scanner.at();
        Ok(())
    }

    /// Takes `}}` or ` -}}` if it stands here.
    fn right_delimiter(&mut self) -> Result<bool, String> {
        let is_trimmed = is_trimmed_end(self.scanner.rest());
        if !is_trimmed && !self.scanner.rest().starts_with(RIGHT) {
            return Ok(false);
        }
        if self.depth > 0 {
            return Err("unclosed left paren".to_owned());
        }
        if is_trimmed {
            self.scanner.advance(2);
            self.start = self.scanner.at();
        }
        self.scanner.advance(RIGHT.len());
        self.emit(Kind::RightDelimiter);
        if is_trimmed {
            self.skip_space();
        }
        Ok(true)
    }

    fn skip_right_delimiter(&mut self) -> bool {
        if is_trimmed_end(self.scanner.rest()) {
            self.scanner.advance(2 + RIGHT.len());
            self.skip_space();
        } else if self.scanner.rest().starts_with(RIGHT) {
            self.scanner.advance(RIGHT.len());
        } else {
            return false;
        }
        true
    }

    fn inside(&mut self) -> Result<(), String> {
        let c = self.scanner.take().ok_or("unclosed action")?;
        match c {
            _ if is_space(c) => self.space(),
            '=' => self.emit(Kind::Assign),
            ':' if self.scanner.take() == Some('=') => self.emit(Kind::Declare),
            ':' => return Err("expected :=".to_owned()),
            '|' => self.emit(Kind::Pipe),
            '"' => self.quote('"', "unterminated quoted string", Kind::Quoted)?,
            '\'' => self.quote('\'', "unterminated character constant", Kind::Character)?,
            '`' => {
                let end = self.scanner.rest().find('`').ok_or("unterminated raw quoted string")?;
                self.scanner.advance(end + 1);
                self.emit(Kind::RawQuoted);
            }
            '$' => self.field_or_variable(Kind::Variable)?,
            '.' if self.scanner.peek().is_some_and(|c| !c.is_ascii_digit()) => self.field_or_variable(Kind::Field)?,
            '.' | '+' | '-' | '0'..='9' => {
                self.scanner.go_to(self.start);
                self.number()?;
            }
            _ if is_name_character(c) => self.word()?,
            '(' => {
                self.depth += 1;
                self.emit(Kind::LeftParenthesis);
            }
            ')' => {
                self.depth = self.depth.checked_sub(1).ok_or("unexpected right paren")?;
                self.emit(Kind::RightParenthesis);
            }
            _ if c.is_ascii() && is_printable(c) => self.emit(Kind::Punctuation),
            _ => return Err(format!("unrecognized character in action: {}", found(Some(c)))),
        }
        Ok(())
    }

    /// Spaces; the last one may belong to ` -}}`.
    fn space(&mut self) {
        self.skip_space_here();
        let end = self.scanner.at();
        self.scanner.go_to(end - 1);
        if !is_trimmed_end(self.scanner.rest()) {
            self.scanner.go_to(end);
        } else if self.scanner.at() == self.start {
            return;
        }
        self.emit(Kind::Space);
    }

    fn quote(&mut self, end: char, problem: &str, kind: Kind) -> Result<(), String> {
        loop {
            match self.scanner.take() {
                Some('\\') if !matches!(self.scanner.peek(), None | Some('\n')) => {
                    self.scanner.take();
                }
                None | Some('\n' | '\\') => return Err(problem.to_owned()),
                Some(c) if c == end => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Ok(())
    }

    fn field_or_variable(&mut self, kind: Kind) -> Result<(), String> {
        if self.is_at_terminator() {
            self.emit(if kind == Kind::Field { Kind::Dot } else { kind });
            return Ok(());
        }
        self.name()?;
        self.emit(kind);
        Ok(())
    }

    fn word(&mut self) -> Result<(), String> {
        self.name()?;
        self.emit(Kind::of_word(self.scanner.text_since(self.start)));
        Ok(())
    }

    fn name(&mut self) -> Result<(), String> {
        while self.scanner.peek().is_some_and(is_name_character) {
            self.scanner.take();
        }
        if self.is_at_terminator() { Ok(()) } else { Err(format!("bad character {}", found(self.scanner.peek()))) }
    }

    fn number(&mut self) -> Result<(), String> {
        let bad = |lexer: &Self| format!("bad number syntax: {:?}", lexer.scanner.text_since(lexer.start));
        if !self.scan_number() {
            return Err(bad(self));
        }
        if self.scanner.rest().starts_with(['+', '-']) {
            if !self.scan_number() || !self.scanner.text_since(self.start).ends_with('i') {
                return Err(bad(self));
            }
            self.emit(Kind::Complex);
        } else {
            self.emit(Kind::Number);
        }
        Ok(())
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            for (letters, of_base) in [("xX", "0123456789abcdefABCDEF_"), ("oO", "01234567_"), ("bB", "01_")] {
                if self.accept(letters) {
                    digits = of_base;
                    break;
                }
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if (digits.len() == 11 && self.accept("eE")) || (digits.len() == 23 && self.accept("pP")) {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.scanner.peek().is_some_and(is_name_character) {
            self.scanner.take();
            return false;
        }
        true
    }

    fn accept(&mut self, valid: &str) -> bool {
        let is_valid = self.scanner.peek().is_some_and(|c| valid.contains(c));
        if is_valid {
            self.scanner.take();
        }
        is_valid
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }

    fn is_at_terminator(&self) -> bool {
        let Some(c) = self.scanner.peek() else { return true };
        is_space(c) || matches!(c, '.' | ',' | '|' | ':' | ')' | '(') || self.scanner.rest().starts_with(RIGHT)
    }

    fn skip_space(&mut self) {
        self.skip_space_here();
        self.start = self.scanner.at();
    }

    fn skip_space_here(&mut self) {
        self.scanner.take_while(is_space);
    }

    fn emit(&mut self, kind: Kind) {
        self.tokens.push(Token { kind, at: self.start, text: self.scanner.text_since(self.start).to_owned() });
        self.start = self.scanner.at();
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// `- ` after the opening braces cuts the space before them.
fn has_left_trim(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| rest.starts_with(is_space))
}

/// ` -}}` cuts the space after it.
fn is_trimmed_end(text: &str) -> bool {
    text.strip_prefix(is_space).is_some_and(|rest| rest.starts_with("-}}"))
}

/// A character that is not expected, or the end of the text, as Go names it.
fn found(c: Option<char>) -> String {
    c.map_or_else(|| "U+FFFFFFFFFFFFFFFF".to_owned(), code_point)
}
