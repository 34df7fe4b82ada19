//! Alloy's configuration language, as far as our files use it:
//!
//! ```text
//! body       = { block | attribute }
//! block      = path [ text ] "{" body "}"
//! attribute  = name "=" value
//! value      = text | number | path [ "(" [ value { "," value } ] ")" ]
//!            | "[" [ value { "," value } [ "," ] ] "]"
//!            | "{" [ key "=" value { "," key "=" value } [ "," ] ] "}"
//! key        = name | text
//! path       = name { "." name }
//! ```

use crate::deploy::alloy::lexer::{self, Token};

/// `name "label" { … }`
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) blocks: Vec<Block>,
}

/// `name = value`
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) value: Expression,
}

/// What stands behind `=`.
#[derive(Debug)]
pub(crate) enum Expression {
    /// A text without its quotes.
    Text(String),
    /// A number, `true`, `false` or `null`.
    Constant,
    /// What a component exports.
    Reference(String),
    /// A function and what it is called with.
    Call(String, Vec<Expression>),
    /// A list, or the values of an object.
    Many(Vec<Expression>),
}

impl Expression {
    /// The references in it, however deep.
    pub(crate) fn references(&self) -> Vec<&str> {
        match self {
            Self::Reference(path) => vec![path],
            Self::Call(_, values) | Self::Many(values) => values.iter().flat_map(Self::references).collect(),
            Self::Text(_) | Self::Constant => Vec::new(),
        }
    }

    /// The calls in it, however deep.
    pub(crate) fn calls(&self) -> Vec<(&str, &[Expression])> {
        match self {
            Self::Call(function, arguments) => vec![(function, arguments)],
            Self::Many(values) => values.iter().flat_map(Self::calls).collect(),
            Self::Text(_) | Self::Constant | Self::Reference(_) => Vec::new(),
        }
    }
}

/// The blocks of a file; an error begins with its line.
pub(crate) fn parse(text: &str) -> Result<Vec<Block>, String> {
    let mut parser = Parser { tokens: lexer::tokens(text)?, at: 0 };
    let mut blocks = Vec::new();
    while parser.peek().is_some() {
        blocks.push(parser.block()?);
    }
    Ok(blocks)
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
}

impl Parser {
    fn block(&mut self) -> Result<Block, String> {
        let line = self.line();
        let name = self.path()?;
        self.block_after(line, name)
    }

    /// The rest of a block whose name was read.
    fn block_after(&mut self, line: usize, name: String) -> Result<Block, String> {
        let label = match self.peek() {
            Some(Token::Text(label)) => Some(label.clone()),
            _ => None,
        };
        self.at += usize::from(label.is_some());
        self.sign('{')?;
        let mut block = Block { line, name, label, attributes: Vec::new(), blocks: Vec::new() };
        while !self.take('}') {
            if self.peek().is_none() {
                return Err(format!("{}: the file ends within a block", self.line()));
            }
            let line = self.line();
            let name = self.path()?;
            if self.take('=') {
                block.attributes.push(Attribute { line, name, value: self.value()? });
            } else {
                block.blocks.push(self.block_after(line, name)?);
            }
        }
        Ok(block)
    }

    fn value(&mut self) -> Result<Expression, String> {
        match self.peek().cloned() {
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(Expression::Text(text))
            }
            Some(Token::Number(_)) => {
                self.at += 1;
                Ok(Expression::Constant)
            }
            Some(Token::Name(_)) => {
                let path = self.path()?;
                if self.take('(') {
                    return Ok(Expression::Call(path, self.list(')', Self::value)?));
                }
                let constant = matches!(path.as_str(), "true" | "false" | "null");
                Ok(if constant { Expression::Constant } else { Expression::Reference(path) })
            }
            Some(Token::Sign('[')) => {
                self.at += 1;
                Ok(Expression::Many(self.list(']', Self::value)?))
            }
            Some(Token::Sign('{')) => {
                self.at += 1;
                Ok(Expression::Many(self.list('}', Self::entry)?))
            }
            _ => Err(format!("{}: a value is expected here", self.line())),
        }
    }

    /// `key = value` of an object.
    fn entry(&mut self) -> Result<Expression, String> {
        if let Some(Token::Text(_) | Token::Name(_)) = self.peek() {
            self.at += 1;
            self.sign('=')?;
            return self.value();
        }
        Err(format!("{}: a key is expected here", self.line()))
    }

    /// What stands up to the closing sign, between commas.
    fn list(
        &mut self,
        close: char,
        item: fn(&mut Self) -> Result<Expression, String>,
    ) -> Result<Vec<Expression>, String> {
        let mut values = Vec::new();
        while !self.take(close) {
            values.push(item(self)?);
            if !self.take(',') {
                self.sign(close)?;
                break;
            }
        }
        Ok(values)
    }

    fn path(&mut self) -> Result<String, String> {
        let mut path = self.name()?;
        while self.take('.') {
            path.push('.');
            path.push_str(&self.name()?);
        }
        Ok(path)
    }

    fn name(&mut self) -> Result<String, String> {
        let Some(Token::Name(name)) = self.peek().cloned() else {
            return Err(format!("{}: a name is expected here", self.line()));
        };
        self.at += 1;
        Ok(name)
    }

    fn sign(&mut self, sign: char) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { Err(format!("{}: `{sign}` is expected here", self.line())) }
    }

    fn take(&mut self, sign: char) -> bool {
        let is = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(is);
        is
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    /// The line of the next word, or of the last one.
    fn line(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |(line, _)| *line)
    }
}
