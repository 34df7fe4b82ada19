//! Duration expressions: arithmetic where PromQL wants a duration, in seconds.
//!
//! ```text
//! expression = product { "+"|"-" product }
//! product    = signed { "*"|"/"|"%" signed }
//! signed     = ["+"|"-"] signed | operand ["^" signed]
//! operand    = number | duration | "(" expression ")" | "step()" | "range()"
//!            | "min_of(" expression "," expression ")" | "max_of(" expression "," expression ")"
//! ```

use std::ops::Range;

use super::Times;
use crate::promql::syntax::text::{self, Fault, Token};

/// No duration reaches this many seconds: 292 years, what fits into 64 bits of nanoseconds.
const LIMIT: f64 = 9.223_372_036_854_776e9;

/// What a duration is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// A length of time above zero: any expression.
    Range,
    /// What stands behind `offset`, negative or not: operators that follow belong to the query.
    Offset,
}

/// A duration expression that was read.
pub(super) struct Found {
    /// Its value, in whole milliseconds.
    pub(super) seconds: f64,
    /// A single number or duration, which the parser knows.
    pub(super) is_literal: bool,
    /// The bytes of the query that it takes.
    pub(super) place: Range<usize>,
    /// How it is shown.
    pub(super) text: String,
    /// The token behind it.
    pub(super) end: usize,
}

/// Reads and computes; tokens are looked at, never past the end of an expression.
pub(super) struct Reader<'t> {
    query: &'t str,
    tokens: &'t [Token<'t>],
    times: Times,
    at: usize,
    /// `step()` or `range()` was read.
    depends: bool,
    /// The first operation without a value.
    undefined: Option<Fault>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(query: &'t str, tokens: &'t [Token<'t>], times: Times) -> Self {
        Self { query, tokens, times, at: 0, depends: false, undefined: None }
    }

    /// The duration from token `at` on; `None` if none begins there, which is the parser's to say.
    pub(super) fn read(&mut self, at: usize, wanted: Wanted) -> Result<Option<Found>, Fault> {
        (self.at, self.depends, self.undefined) = (at, false, None);
        if !self.begins() {
            return Ok(None);
        }
        let seconds = match wanted {
            Wanted::Range => self.expression()?,
            Wanted::Offset => self.signed_operand()?,
        };
        let tokens = &self.tokens[at..self.at];
        let place = tokens[0].start..tokens.last().map_or(self.query.len(), Token::end);
        let is_literal = tokens.iter().all(|token| literal(token.text).is_some() || is_sign(token.text));
        let is_literal = is_literal && tokens.len() <= 1 + usize::from(wanted == Wanted::Offset);
        let text = if is_literal { String::new() } else { shown(tokens) };
        let wrong = self.undefined.take().or_else(|| out_of_bounds(seconds, wanted, place.start));
        let known = matches!(self.times, Times::Known { .. }) || !self.depends;
        let seconds = match wrong {
            Some(fault) if known => return Err(fault),
            Some(_) => 1.0,
            None => (seconds * 1000.0).trunc() / 1000.0,
        };
        Ok(Some(Found { seconds, is_literal, place, text, end: self.at }))
    }

    fn expression(&mut self) -> Result<f64, Fault> {
        let mut value = self.product()?;
        while let Some(sign) = self.take(&["+", "-"]) {
            let right = self.product()?;
            value = if sign.text == "+" { value + right } else { value - right };
        }
        Ok(value)
    }

    fn signed_operand(&mut self) -> Result<f64, Fault> {
        let negative = self.take(&["+", "-"]).is_some_and(|sign| sign.text == "-");
        self.operand().map(|value| if negative { -value } else { value })
    }

    fn product(&mut self) -> Result<f64, Fault> {
        let mut value = self.signed()?;
        while let Some(operator) = self.take(&["*", "/", "%"]) {
            let right = self.signed()?;
            let by_zero = |what: &str| Fault { at: operator.start, message: format!("{what} by zero") };
            value = match operator.text {
                "*" => value * right,
                "/" if right == 0.0 => self.no_value(by_zero("division")),
                "/" => value / right,
                _ if right == 0.0 => self.no_value(by_zero("modulo")),
                _ => value % right,
            };
        }
        Ok(value)
    }

    fn signed(&mut self) -> Result<f64, Fault> {
        if let Some(sign) = self.take(&["+", "-"]) {
            return self.signed().map(|value| if sign.text == "-" { -value } else { value });
        }
        let base = self.operand()?;
        if self.take(&["^"]).is_some() { self.signed().map(|exponent| base.powf(exponent)) } else { Ok(base) }
    }

    fn operand(&mut self) -> Result<f64, Fault> {
        if self.take(&["("]).is_some() {
            let value = self.expression()?;
            self.expect(")")?;
            return Ok(value);
        }
        if let Some(value) = self.peek().and_then(|token| literal(token.text)) {
            self.at += 1;
            return Ok(value);
        }
        let Some(function) = self.function() else { return Err(self.unexpected("number or duration")) };
        self.at += 1;
        self.expect("(")?;
        let value = match function {
            Function::Step | Function::Range => self.of_query(function),
            Function::MinOf | Function::MaxOf => {
                let first = self.expression()?;
                self.expect(",")?;
                let second = self.expression()?;
                if function == Function::MinOf { first.min(second) } else { first.max(second) }
            }
        };
        self.expect(")")?;
        Ok(value)
    }

    fn of_query(&mut self, function: Function) -> f64 {
        self.depends = true;
        match self.times {
            Times::Known { step, .. } if function == Function::Step => step,
            Times::Known { range, .. } => range,
            Times::Unknown | Times::Shown => 1.0,
        }
    }

    /// Whether a duration begins at the next tokens.
    fn begins(&self) -> bool {
        let sign = self.peek().is_some_and(|token| is_sign(token.text));
        let Some(token) = self.tokens.get(self.at + usize::from(sign)) else { return false };
        let called = self.tokens.get(self.at + usize::from(sign) + 1).is_some_and(|token| token.text == "(");
        token.text == "("
            || is_sign(token.text)
            || literal(token.text).is_some()
            || (called && function(token.text).is_some())
    }

    fn function(&self) -> Option<Function> {
        self.peek().and_then(|token| function(token.text))
    }

    fn no_value(&mut self, fault: Fault) -> f64 {
        self.undefined.get_or_insert(fault);
        f64::NAN
    }

    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).copied()
    }

    fn take(&mut self, texts: &[&str]) -> Option<Token<'t>> {
        let token = self.peek().filter(|token| texts.contains(&token.text))?;
        self.at += 1;
        Some(token)
    }

    fn expect(&mut self, text: &str) -> Result<(), Fault> {
        self.take(&[text]).map(|_| ()).ok_or_else(|| self.unexpected(&format!("{text:?}")))
    }

    fn unexpected(&self, expected: &str) -> Fault {
        let (at, found) = match self.peek() {
            Some(token) => (token.start, format!("{:?}", token.text)),
            None => (self.query.len(), "end of input".to_owned()),
        };
        Fault { at, message: format!("unexpected {found} in duration expression, expected {expected}") }
    }
}

/// The functions of durations.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Function {
    Step,
    Range,
    MinOf,
    MaxOf,
}

fn function(name: &str) -> Option<Function> {
    Some(match name.to_ascii_lowercase().as_str() {
        "step" => Function::Step,
        "range" => Function::Range,
        "min_of" => Function::MinOf,
        "max_of" => Function::MaxOf,
        _ => return None,
    })
}

fn out_of_bounds(seconds: f64, wanted: Wanted, at: usize) -> Option<Fault> {
    let message = if !seconds.is_finite() {
        "duration is NaN or infinite"
    } else if seconds <= 0.0 && wanted == Wanted::Range {
        "duration must be greater than 0"
    } else if seconds.abs() > LIMIT {
        "duration is out of range"
    } else {
        return None;
    };
    Some(Fault { at, message: message.to_owned() })
}

/// The seconds of a number or a duration.
fn literal(text: &str) -> Option<f64> {
    text::number(text).or_else(|| lab_model::duration::parse(text).ok().map(|duration| duration.as_secs_f64()))
}

fn is_sign(text: &str) -> bool {
    matches!(text, "+" | "-")
}

/// The tokens with spaces around operators.
fn shown(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or("(", |before| tokens[before].text);
        match token.text {
            "," => text.push_str(", "),
            operator @ ("+" | "-" | "*" | "/" | "%" | "^") if text::ends_operand(before) => {
                text.push(' ');
                text.push_str(operator);
                text.push(' ');
            }
            other => text.push_str(other),
        }
    }
    text
}
