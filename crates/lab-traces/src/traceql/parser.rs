//! Tokens to the syntax tree, by recursive descent with operator precedence; see the grammar in
//! [`traceql`](crate::traceql).

mod field;
mod metrics;
mod pipeline;

use crate::traceql::ast::{Literal, Query};
use crate::traceql::attribute::{Attribute, Scope};
use crate::traceql::error::QueryError;
use crate::traceql::lexer::tokenize;
use crate::traceql::token::{Token, TokenKind};

/// How deep brackets may be nested.
const MAX_DEPTH: usize = 64;
/// How many operators a query may have.
const MAX_OPERATORS: usize = 500;

/// Reads a query; whether its types fit is another question.
pub(crate) fn parse(text: &str) -> Result<Query, QueryError> {
    let tokens = tokenize(text)?;
    if tokens.len() == 1 {
        return Err(QueryError::Syntax { position: None, message: "syntax error: unexpected $end".to_owned() });
    }
    let mut parser = Parser { tokens, at: 0, depth: 0, operators: 0 };
    let query = parser.query()?;
    match parser.peek() {
        TokenKind::End => Ok(query),
        _ => Err(parser.unexpected()),
    }
}

/// Reads a single attribute or intrinsic, for example `resource.service.name` or `duration`.
pub(crate) fn parse_attribute(text: &str) -> Result<Attribute, QueryError> {
    // Behind a brace, as it would stand in a query.
    let tokens = tokenize(&format!("{{{text}"))?;
    let mut parser = Parser { tokens, at: 1, depth: 0, operators: 0 };
    if let TokenKind::Identifier(name) = parser.peek() {
        let (name, position) = (name.clone(), parser.tokens[parser.at].position);
        return crate::traceql::attribute::Intrinsic::from_name(&name)
            .filter(|_| parser.tokens.len() == 3)
            .map(Attribute::Intrinsic)
            .ok_or_else(|| QueryError::at(position, format!("unknown identifier: {text}")));
    }
    let attribute = parser.attribute()?;
    match parser.peek() {
        TokenKind::End => Ok(attribute),
        _ => Err(parser.unexpected()),
    }
}

struct Parser {
    /// Never empty: the last one is the end.
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    operators: usize,
}

impl Parser {
    /// `pipeline [ "|" metrics ] [ "with" "(" hints ")" ]`
    fn query(&mut self) -> Result<Query, QueryError> {
        let (pipeline, metrics) = self.pipeline_and_metrics()?;
        let hints = if self.accept_word("with") { self.hints()? } else { Vec::new() };
        Ok(Query { pipeline, metrics, hints })
    }

    fn hints(&mut self) -> Result<Vec<(String, Literal)>, QueryError> {
        self.expect("(")?;
        let mut hints = Vec::new();
        loop {
            let name = self.word()?;
            self.expect("=")?;
            hints.push((name, self.literal()?));
            if !self.accept(",") {
                self.expect(")")?;
                return Ok(hints);
            }
        }
    }

    /// An attribute or an intrinsic.
    fn attribute(&mut self) -> Result<Attribute, QueryError> {
        let attribute = match self.peek() {
            TokenKind::Attribute { scope, name } => custom(scope, name),
            TokenKind::Identifier(name) => match crate::traceql::attribute::Intrinsic::from_name(name) {
                Some(intrinsic) => Attribute::Intrinsic(intrinsic),
                None => return Err(self.unexpected()),
            },
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(attribute)
    }

    /// `"(" attribute { "," attribute } ")"`
    fn attributes(&mut self) -> Result<Vec<Attribute>, QueryError> {
        self.expect("(")?;
        let mut attributes = vec![self.attribute()?];
        while self.accept(",") {
            attributes.push(self.attribute()?);
        }
        self.expect(")")?;
        Ok(attributes)
    }

    /// A constant, with a sign if it is a number.
    fn literal(&mut self) -> Result<Literal, QueryError> {
        let negative = self.accept("-");
        let literal = match self.peek() {
            TokenKind::Integer(value) => Literal::Int(*value),
            TokenKind::Float(value) => Literal::Float(*value),
            TokenKind::Duration(value) => Literal::Duration(*value),
            TokenKind::Text(value) if !negative => Literal::Text(value.clone()),
            TokenKind::Identifier(word) if !negative => match field::keyword(word) {
                Some(literal) => literal,
                None => return Err(self.unexpected()),
            },
            _ => return Err(self.unexpected()),
        };
        self.advance();
        Ok(if negative { field::negated(literal) } else { literal })
    }

    fn word(&mut self) -> Result<String, QueryError> {
        let TokenKind::Identifier(word) = self.peek() else { return Err(self.unexpected()) };
        let word = word.clone();
        self.advance();
        Ok(word)
    }

    /// Counts a nested construct while `inside` reads it.
    fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T, QueryError>) -> Result<T, QueryError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(format!("expression is nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    /// Counts an operator.
    fn operator(&mut self) -> Result<(), QueryError> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return Err(self.error(format!("query has more than {MAX_OPERATORS} operators")));
        }
        self.advance();
        Ok(())
    }

    fn peek(&self) -> &TokenKind {
        &self.tokens[self.at].kind
    }

    fn symbol(&self) -> Option<&'static str> {
        match self.peek() {
            TokenKind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn accept(&mut self, symbol: &str) -> bool {
        let found = self.symbol() == Some(symbol);
        if found {
            self.advance();
        }
        found
    }

    fn accept_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), TokenKind::Identifier(name) if name == word);
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), QueryError> {
        if self.accept(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> QueryError {
        self.error(format!("syntax error: unexpected {}", self.peek().name()))
    }

    fn error(&self, message: String) -> QueryError {
        QueryError::at(self.tokens[self.at].position, message)
    }
}

/// The attribute that a token names.
fn custom(scope: &str, name: &str) -> Attribute {
    let (parent, scope) = match scope.strip_prefix("parent") {
        Some(inner) => (true, inner.trim_start_matches('.')),
        None => (false, scope),
    };
    let scope = Scope::ALL.into_iter().find(|known| known.as_str() == scope).unwrap_or(Scope::Any);
    Attribute::Custom { scope, parent, name: name.to_owned() }
}
