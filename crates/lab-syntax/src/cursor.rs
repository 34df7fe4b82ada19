//! A walk over the tokens of a query, for parsers by recursive descent.

use crate::place::{Fault, Place};

/// What a token is.
pub trait Kind {
    /// True for this operator, bracket or keyword.
    fn is(&self, word: &str) -> bool;

    /// True for the token that ends every query.
    fn is_end(&self) -> bool;
}

/// A token of a language whose messages follow the parsers of Loki and Tempo.
pub trait Named: Kind {
    /// Whether messages list what may stand in the place of a token that does not belong.
    const LISTS_EXPECTED: bool;

    /// The name or keyword that the token is, as it is written.
    fn name(&self) -> Option<&str>;

    /// The content of the string that the token is.
    fn text(&self) -> Option<&str>;

    /// How messages name the token.
    fn describe(&self) -> String;
}

/// A token and where it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token<K> {
    /// What it is.
    pub kind: K,
    /// Where it is written.
    pub place: Place,
}

/// How large a query may be. Evaluation recurses as deep as a query nests.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How deep brackets and operands may nest.
    pub depth: usize,
    /// How many operators there may be.
    pub operators: usize,
}

impl Bounds {
    /// No bounds, for a parser that counts by itself.
    pub const NONE: Self = Self { depth: usize::MAX, operators: usize::MAX };
}

/// Stands before a token; the last token, which is the end, is never passed.
#[derive(Clone, Debug)]
pub struct Cursor<'q, K> {
    query: &'q str,
    tokens: Vec<Token<K>>,
    at: usize,
    bounds: Bounds,
    depth: usize,
    operators: usize,
}

impl<'q, K: Kind> Cursor<'q, K> {
    /// Stands before the first of the tokens, of which there is at least one.
    pub fn new(query: &'q str, tokens: Vec<Token<K>>, bounds: Bounds) -> Self {
        Self { query, tokens, at: 0, bounds, depth: 0, operators: 0 }
    }

    /// The next token.
    pub fn peek(&self) -> &K {
        self.peek_after(0)
    }

    /// The token behind so many others.
    pub fn peek_after(&self, skipped: usize) -> &K {
        &self.token(self.at + skipped).kind
    }

    /// The place of the next token.
    pub fn place(&self) -> Place {
        self.token(self.at).place
    }

    /// The place of the token that was passed last.
    pub fn place_before(&self) -> Place {
        self.token(self.at.saturating_sub(1)).place
    }

    /// From the start of a place to the end of the token that was passed last.
    pub fn since(&self, start: Place) -> Place {
        start.to(self.place_before())
    }

    /// What is written at a place of the query.
    pub fn written(&self, place: Place) -> &'q str {
        self.query.get(place.start..place.end).unwrap_or_default()
    }

    /// Passes the next token; the answer is its place.
    pub fn advance(&mut self) -> Place {
        let place = self.place();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        place
    }

    /// True if this operator, bracket or keyword comes next.
    pub fn is(&self, word: &str) -> bool {
        self.peek().is(word)
    }

    /// Passes this operator, bracket or keyword if it comes next; the answer is its place.
    pub fn take(&mut self, word: &str) -> Option<Place> {
        self.is(word).then(|| self.advance())
    }

    /// The same where its place does not matter.
    pub fn accept(&mut self, word: &str) -> bool {
        self.take(word).is_some()
    }

    /// Counts an operator against the bound.
    pub fn count_operator(&mut self) -> Result<(), Fault> {
        self.operators += 1;
        if self.operators > self.bounds.operators {
            return Err(self.fault(format!("the query has more than {} operators", self.bounds.operators)));
        }
        Ok(())
    }

    /// Passes an operator, which comes next, and counts it.
    pub fn operator(&mut self) -> Result<Place, Fault> {
        self.count_operator()?;
        Ok(self.advance())
    }

    /// Goes on with `read` one level deeper.
    pub fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == self.bounds.depth {
            return Err(self.fault(format!("the query nests deeper than {} levels", self.bounds.depth)));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// A mistake at the next token.
    pub fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.place(), message)
    }

    /// A mistake at the token that was passed last.
    pub fn fault_before(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.place_before(), message)
    }

    /// What was made of the token that was passed last; if it is wrong, that is said at its place.
    pub fn checked<T, E: std::fmt::Display>(&self, made: Result<T, E>) -> Result<T, Fault> {
        made.map_err(|error| self.fault_before(error.to_string()))
    }

    fn token(&self, at: usize) -> &Token<K> {
        &self.tokens[at.min(self.tokens.len() - 1)]
    }
}

impl<K: Named> Cursor<'_, K> {
    /// Passes this operator, bracket or keyword, which must come next.
    pub fn expect(&mut self, word: &str) -> Result<Place, Fault> {
        self.take(word).ok_or_else(|| self.unexpected(&[word]))
    }

    /// Passes a name or keyword, which must come next.
    pub fn expect_name(&mut self) -> Result<String, Fault> {
        let name = self.peek().name().map(str::to_owned).ok_or_else(|| self.unexpected(&["IDENTIFIER"]))?;
        self.advance();
        Ok(name)
    }

    /// Passes a string, which must come next.
    pub fn expect_text(&mut self) -> Result<String, Fault> {
        let text = self.peek().text().map(str::to_owned).ok_or_else(|| self.unexpected(&["STRING"]))?;
        self.advance();
        Ok(text)
    }

    /// Refuses whatever follows.
    pub fn expect_end(&self) -> Result<(), Fault> {
        if self.peek().is_end() { Ok(()) } else { Err(self.unexpected(&[])) }
    }

    /// The mistake that the next token fits none of `expected`, in the words of the parsers of Loki and Tempo.
    pub fn unexpected(&self, expected: &[&str]) -> Fault {
        let found = self.peek().describe();
        let expecting = if K::LISTS_EXPECTED && !expected.is_empty() {
            format!(", expecting {}", expected.join(" or "))
        } else {
            String::new()
        };
        self.fault(format!("syntax error: unexpected {found}{expecting}"))
    }
}
