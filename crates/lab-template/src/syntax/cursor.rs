//! The parser's place in the tokens, and what it knows there.

use std::collections::HashMap;

use super::token::{Kind, Token};
use super::tree::{Callee, List, is_empty};
use crate::error::{TemplateError, place};

/// How deep control structures and parentheses may nest.
const MAX_DEPTH: usize = 100;

/// What a mistake is called, before its place is known.
pub(crate) type Reason = String;

/// Looks up a function by name.
pub(crate) type Find<'p> = &'p dyn Fn(&str) -> Option<Callee>;

/// The tokens, and the state of the parser.
pub(crate) struct Cursor<'p> {
    tokens: Vec<Token>,
    /// The index of the next token.
    next: usize,
    pub(crate) find: Find<'p>,
    /// The variables that are known here.
    pub(crate) variables: Vec<String>,
    /// How many `range` are open in this template.
    pub(crate) ranges: usize,
    depth: usize,
    /// Where the action begins that is being read, in bytes.
    pub(crate) action: Option<usize>,
    /// The templates that were defined so far.
    pub(crate) templates: HashMap<String, List>,
}

impl<'p> Cursor<'p> {
    pub(crate) fn new(tokens: Vec<Token>, find: Find<'p>) -> Self {
        let variables = vec!["$".to_owned()];
        Self { tokens, next: 0, find, variables, ranges: 0, depth: 0, action: None, templates: HashMap::new() }
    }

    /// The next token, which is taken. The last one stays.
    pub(crate) fn take(&mut self) -> Token {
        let token = self.peek().clone();
        self.next = (self.next + 1).min(self.tokens.len());
        token
    }

    /// The next token that is no space, which is taken.
    pub(crate) fn take_word(&mut self) -> Token {
        self.skip_spaces();
        self.take()
    }

    /// The next token.
    pub(crate) fn peek(&self) -> &Token {
        // The lexer always gives at least one token, so the fallback is never seen.
        static END: Token = Token { kind: Kind::Eof, at: 0, text: String::new() };
        self.tokens.get(self.next).or(self.tokens.last()).unwrap_or(&END)
    }

    /// The next token that is no space. The spaces before it are taken.
    pub(crate) fn peek_word(&mut self) -> &Token {
        self.skip_spaces();
        self.peek()
    }

    /// Goes back to an earlier place.
    pub(crate) fn rewind(&mut self, to: usize) {
        self.next = to;
    }

    /// This place, for [`rewind`](Self::rewind).
    pub(crate) fn position(&self) -> usize {
        self.next
    }

    /// Takes a word of this kind.
    pub(crate) fn expect(&mut self, kind: Kind, context: &str) -> Result<Token, Reason> {
        let token = self.take_word();
        if token.kind == kind { Ok(token) } else { Err(unexpected(&token, context)) }
    }

    /// Reads something that may contain itself.
    pub(crate) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Reason>) -> Result<T, Reason> {
        if self.depth >= MAX_DEPTH {
            return Err(format!("max expression depth exceeded: blocks and parentheses nest deeper than {MAX_DEPTH}"));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Keeps a template under its name. One that is empty gives way to another.
    pub(crate) fn define(&mut self, name: String, list: List) -> Result<(), Reason> {
        match self.templates.get(&name) {
            Some(known) if !is_empty(known) => {
                if !is_empty(&list) {
                    return Err(format!("template: multiple definition of template {name:?}"));
                }
            }
            _ => {
                self.templates.insert(name, list);
            }
        }
        Ok(())
    }

    /// The mistake with the place of the token that was taken last.
    pub(crate) fn locate(&self, name: &str, text: &str, reason: Reason) -> TemplateError {
        let token = self.tokens.get(self.next.saturating_sub(1)).unwrap_or_else(|| self.peek());
        let (line, column) = place(text, token.at);
        let begun = self.action.map(|at| place(text, at).0).filter(|begun| *begun != line);
        let reason = match begun.filter(|_| token.kind == Kind::Error) {
            Some(begun) if reason.ends_with(" action") => format!("{reason} started at {name}:{begun}"),
            Some(begun) => format!("{reason} in action started at {name}:{begun}"),
            None => reason,
        };
        TemplateError::Parse { name: name.to_owned(), line, column, reason }
    }

    fn skip_spaces(&mut self) {
        while self.peek().kind == Kind::Space {
            self.next += 1;
        }
    }
}

/// A token that may not stand in this place.
pub(crate) fn unexpected(token: &Token, context: &str) -> Reason {
    if token.kind == Kind::Error { token.text.clone() } else { format!("unexpected {token} in {context}") }
}
