//! The cursor over the tokens of a query, and the words for a token that does not belong.

use std::ops::{Deref, DerefMut};

use lab_algebra::Operator;
use lab_algebra::notation::quote_string;
use lab_algebra::notation::reader::Reader;
use lab_syntax::{Bounds, Fault, Place};

use crate::promql::syntax::ast::Number;
use crate::promql::syntax::lexer;
use crate::promql::syntax::literal;
use crate::promql::syntax::token::{self, Kind};

/// The deepest nesting of brackets and operators; parsing and evaluation recurse that deep at most.
const MAX_DEPTH: usize = 256;

/// How messages call the lists of labels of groupings and matchings.
const CONTEXT: &str = "grouping opts";

/// A [cursor](lab_syntax::Cursor) that knows what it is within.
pub(super) struct Cursor<'q> {
    tokens: lab_syntax::Cursor<'q, Kind>,
    /// Why the last token is none.
    wrong: Option<Fault>,
    /// How many brackets and operators are open; who reads an operand sets it back to what it was before.
    pub(super) depth: usize,
    /// How many aggregations are open; a fault within one says so.
    pub(super) aggregations: usize,
}

impl<'q> Deref for Cursor<'q> {
    type Target = lab_syntax::Cursor<'q, Kind>;

    fn deref(&self) -> &Self::Target {
        &self.tokens
    }
}

impl DerefMut for Cursor<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.tokens
    }
}

impl<'q> Cursor<'q> {
    pub(super) fn new(query: &'q str) -> Self {
        let (tokens, wrong) = lexer::tokens(query);
        Self { tokens: lab_syntax::Cursor::new(query, tokens, Bounds::NONE), wrong, depth: 0, aggregations: 0 }
    }

    /// The kind of the next token.
    pub(super) fn kind(&self) -> Kind {
        *self.peek()
    }

    /// Passes this keyword or symbol, or says that something else was found.
    pub(super) fn expect(&mut self, word: &str, context: &str, expected: &str) -> Result<Place, Fault> {
        self.take(word).ok_or_else(|| self.unexpected(context, expected))
    }

    /// Passes a sign if one comes next.
    pub(super) fn take_sign(&mut self) -> Option<Operator> {
        let Kind::Operator(sign @ (Operator::Add | Operator::Subtract)) = self.kind() else { return None };
        self.advance();
        Some(sign)
    }

    /// Passes a number with a sign or without one; none if there is no number.
    pub(super) fn take_number(&mut self) -> Option<Number> {
        let sign = self.take_sign();
        let Kind::Number(number) = self.kind() else { return None };
        self.advance();
        Some(sign.map_or(number, |sign| number.signed(sign)))
    }

    /// The bytes of the string token at a place.
    pub(super) fn bytes(&self, place: Place) -> Vec<u8> {
        literal::string(self.written(place)).map(|(bytes, _)| bytes).unwrap_or_default()
    }

    /// The fault that the next token does not belong here.
    pub(super) fn unexpected(&self, context: &str, expected: &str) -> Fault {
        if let (Kind::Wrong, Some(fault)) = (self.kind(), &self.wrong) {
            return fault.clone();
        }
        let context = if context.is_empty() && self.aggregations > 0 { "aggregation" } else { context };
        let part = |lead: &str, text: &str| if text.is_empty() { String::new() } else { format!("{lead}{text}") };
        let found = token::describe(self.kind(), self.written(self.place()));
        self.fault(format!("unexpected {found}{}{}", part(" in ", context), part(", expected ", expected)))
    }

    /// Goes one level deeper.
    pub(super) fn descend(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        // The innermost operand is no level of its own.
        if self.depth > MAX_DEPTH + 1 {
            return Err(self.fault(format!("query nests deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }
}

impl Reader for Cursor<'_> {
    fn accept(&mut self, word: &str) -> bool {
        self.take(word).is_some()
    }

    fn labels(&mut self) -> Result<Vec<String>, Fault> {
        self.expect("(", CONTEXT, "\"(\"")?;
        let mut labels = Vec::new();
        while self.take(")").is_none() {
            labels.push(label(self)?);
            if self.take(",").is_none() && !self.is(")") {
                return Err(self.unexpected(CONTEXT, "\",\" or \")\""));
            }
        }
        Ok(labels)
    }

    fn is_at_labels(&self) -> bool {
        self.is("(")
    }
}

/// The name of a label, which must be UTF-8.
fn label(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    let place = cursor.place();
    let name = match cursor.kind() {
        Kind::Text => cursor.bytes(place),
        kind if kind.can_be_label() => cursor.written(place).as_bytes().to_vec(),
        _ => return Err(cursor.unexpected(CONTEXT, "label")),
    };
    cursor.advance();
    match String::from_utf8(name) {
        Ok(name) if !name.is_empty() => Ok(name),
        name => {
            let shown = quote_string(name.as_ref().map_or_else(|error| error.as_bytes(), String::as_bytes));
            Err(Fault::new(place, format!("invalid label name for grouping: {shown}")))
        }
    }
}
