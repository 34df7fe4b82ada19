//! What is wrong with a query that the parser has refused, and where.
//!
//! `promql-parser` says neither. This module reads the query once more by recursive descent, types
//! included, and stops at the first fault, which it words as Prometheus does. Only refused queries come
//! here; a fault that it does not find leaves the parser's own words.
//!
//! ```text
//! expression = unary { operator [bool] [on|ignoring labels] [group_left|group_right [labels]] unary }
//! unary      = {"+"|"-"} primary { "[" range [":" [step]] "]" | "offset" duration | "@" time }
//! primary    = number | string | "(" expression ")" | aggregation | call | selector
//! ```

use crate::promql::error::PromqlError;
use crate::promql::syntax::dialect::Translation;
use crate::promql::syntax::text::Fault;
use crate::promql::value::ValueType;

use self::reader::{Reader, Typed};

mod call;
mod operator;
mod reader;
mod selector;

/// The error for a query that the parser refused with `message`.
pub(crate) fn diagnose(query: &Translation<'_>, message: String) -> PromqlError {
    let mut reader = Reader::new(query.text());
    let fault = whole(&mut reader).err().unwrap_or(Fault { at: 0, message });
    PromqlError::Parse { position: Some(query.position(fault.at)), message: fault.message }
}

fn whole(reader: &mut Reader<'_>) -> Result<(), Fault> {
    if reader.peek().is_none() {
        return Err(Fault { at: 0, message: "no expression found in input".to_owned() });
    }
    expression(reader, 0)?;
    match reader.peek() {
        None => Ok(()),
        Some(token) if token.text == ")" => {
            Err(Fault { at: token.start, message: "unexpected right parenthesis ')'".to_owned() })
        }
        Some(_) => Err(reader.unexpected("", "")),
    }
}

/// An expression of operators that bind at least as tightly as `least`.
fn expression(reader: &mut Reader<'_>, least: u8) -> Result<Typed, Fault> {
    let mut left = unary(reader)?;
    while let Some(found) = operator::peek(reader).filter(|found| found.binding >= least) {
        let modifiers = operator::modifiers(reader, &found)?;
        let right = expression(reader, if found.right_associative() { found.binding } else { found.binding + 1 })?;
        left = operator::check(&found, &modifiers, left, right)?;
    }
    Ok(left)
}

fn unary(reader: &mut Reader<'_>) -> Result<Typed, Fault> {
    let Some(sign) = reader.take(&["+", "-"]) else { return postfixed(reader) };
    // Only powers bind tighter than a sign.
    let inner = expression(reader, operator::POWER)?;
    if !matches!(inner.kind, ValueType::Scalar | ValueType::Vector) {
        let got = inner.kind.name();
        let message =
            format!("unary expression only allowed on expressions of type scalar or instant vector, got {got:?}");
        return Err(Fault { at: sign.start, message });
    }
    Ok(Typed { at: sign.start, ..inner })
}

fn postfixed(reader: &mut Reader<'_>) -> Result<Typed, Fault> {
    let mut inner = primary(reader)?;
    loop {
        if reader.peek_is("[") {
            inner = selector::range(reader, inner)?;
        } else if reader.peek_is("offset") {
            selector::offset(reader, &mut inner)?;
        } else if reader.peek_is("@") {
            selector::at(reader, &mut inner)?;
        } else {
            return Ok(inner);
        }
    }
}

fn primary(reader: &mut Reader<'_>) -> Result<Typed, Fault> {
    let Some(token) = reader.peek() else { return Err(reader.unexpected("", "")) };
    let leaf = |kind| Typed { kind, at: token.start, selector: false, offset: false, fixed: false };
    match token.text.as_bytes()[0] {
        b'(' => {
            reader.next();
            let inner = expression(reader, 0)?;
            reader.close("unclosed left parenthesis", "")?;
            Ok(Typed { at: token.start, selector: false, ..inner })
        }
        b'{' => selector::selector(reader),
        b'"' | b'\'' | b'`' => {
            reader.string("")?;
            Ok(leaf(ValueType::Text))
        }
        byte if byte.is_ascii_digit() || byte == b'.' => {
            reader.number()?;
            Ok(leaf(ValueType::Scalar))
        }
        byte if byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' => {
            let word = token.text.to_ascii_lowercase();
            if matches!(word.as_str(), "inf" | "nan") {
                reader.next();
                return Ok(leaf(ValueType::Scalar));
            }
            let follows = reader.second().map_or("", |token| token.text);
            let grouped = ["by", "without"].iter().any(|word| follows.eq_ignore_ascii_case(word));
            if call::is_aggregation(&word) && (follows == "(" || grouped) {
                aggregation(reader, &word)
            } else if follows == "(" {
                function(reader)
            } else if operator::is_word(&word) {
                Err(reader.unexpected("", ""))
            } else {
                selector::selector(reader)
            }
        }
        _ => Err(reader.unexpected("", "")),
    }
}

fn function(reader: &mut Reader<'_>) -> Result<Typed, Fault> {
    let Some(name) = reader.next() else { return Err(reader.unexpected("", "")) };
    if !call::is_known(name.text) {
        return Err(Fault { at: name.start, message: format!("unknown function with name {:?}", name.text) });
    }
    let arguments = arguments(reader)?;
    call::check_function(name, &arguments)
}

fn aggregation(reader: &mut Reader<'_>, word: &str) -> Result<Typed, Fault> {
    let Some(name) = reader.next() else { return Err(reader.unexpected("", "")) };
    let grouping = &["by", "without"];
    if reader.take(grouping).is_some() {
        selector::label_list(reader, "grouping opts")?;
    }
    if !reader.peek_is("(") {
        return Err(reader.unexpected("aggregation", ""));
    }
    let arguments = arguments(reader)?;
    if reader.take(grouping).is_some() {
        selector::label_list(reader, "grouping opts")?;
    }
    call::check_aggregation(word, name, &arguments)
}

fn arguments(reader: &mut Reader<'_>) -> Result<Vec<Typed>, Fault> {
    reader.next();
    let mut arguments = Vec::new();
    if reader.take(&[")"]).is_some() {
        return Ok(arguments);
    }
    loop {
        if reader.peek().is_none() {
            return Err(reader.fault_here("unclosed left parenthesis"));
        }
        arguments.push(expression(reader, 0)?);
        if reader.take(&[","]).is_some() {
            if reader.peek_is(")") {
                return Err(reader.fault_here("trailing commas not allowed in function call args"));
            }
            continue;
        }
        reader.close("unclosed left parenthesis", "")?;
        return Ok(arguments);
    }
}
