//! Which series a text speaks of: a series selector alone (`match[]` of the HTTP API), or all selectors of
//! a query.

use std::sync::Mutex;

use lab_model::labels::METRIC_NAME;
use lab_model::{Interrupt, MatchOp, Matcher};
use promql_parser::label::MatchOp as ParsedOp;
use promql_parser::parser::{self, Expr, VectorSelector};

use crate::promql::engine;
use crate::promql::error::PromqlError;
use crate::promql::params::EvalParams;
use crate::promql::source::{Selection, SeriesSource, Visit};

/// Longest selector text in bytes.
const MAX_LENGTH: usize = 1 << 16;

/// Reads a series selector such as `up{job="x"}`; it needs at least one matcher that an absent label fails.
pub fn parse(text: &str) -> Result<Vec<Matcher>, PromqlError> {
    let refuse = |message: String| Err(PromqlError::Parse { position: None, message });
    // A selector has no brackets, so the parser's depth is bounded.
    if text.len() > MAX_LENGTH || has_brackets(text) {
        return refuse(format!("{:?} is no series selector", text.chars().take(100).collect::<String>()));
    }
    match parser::parse(text) {
        Ok(Expr::VectorSelector(selector)) if selector.offset.is_none() && selector.at.is_none() => matchers(&selector),
        Ok(_) => refuse(format!("{text:?} is no series selector")),
        Err(message) => refuse(message),
    }
}

/// The matchers of each selector of a query, in the order in which they are evaluated.
pub fn of_query(query: &str) -> Result<Vec<Vec<Matcher>>, PromqlError> {
    let notes = Notes::default();
    // Evaluated over nothing at all, a query asks for all its selectors.
    engine::evaluate(&notes, query, &EvalParams::instant(0), &Interrupt::default())?;
    Ok(notes.0.into_inner().unwrap_or_default())
}

/// A source without series that takes down what it is asked for.
#[derive(Default)]
struct Notes(Mutex<Vec<Vec<Matcher>>>);

impl SeriesSource for Notes {
    fn select(&self, selection: &Selection, _: &Interrupt, _: &mut Visit<'_>) -> Result<(), PromqlError> {
        if let Ok(mut notes) = self.0.lock() {
            notes.push(selection.matchers.clone());
        }
        Ok(())
    }
}

fn has_brackets(text: &str) -> bool {
    let (mut quote, mut escaped) = (None, false);
    for byte in text.bytes() {
        match (byte, quote) {
            _ if escaped => escaped = false,
            (b'\\', Some(b'"' | b'\'')) => escaped = true,
            (_, Some(open)) => quote = (byte != open).then_some(open),
            (b'"' | b'\'' | b'`', None) => quote = Some(byte),
            (b'(' | b'[', None) => return true,
            _ => {}
        }
    }
    false
}

fn matchers(selector: &VectorSelector) -> Result<Vec<Matcher>, PromqlError> {
    let mut matchers: Vec<Matcher> =
        selector.name.iter().map(|name| Matcher::equal(METRIC_NAME, name.as_str())).collect();
    for parsed in &selector.matchers.matchers {
        let op = match parsed.op {
            ParsedOp::Equal => MatchOp::Equal,
            ParsedOp::NotEqual => MatchOp::NotEqual,
            ParsedOp::Re(_) => MatchOp::Regex,
            ParsedOp::NotRe(_) => MatchOp::NotRegex,
        };
        let matcher = Matcher::new(parsed.name.as_str(), op, parsed.value.as_str())
            .map_err(|error| PromqlError::Parse { position: None, message: error.to_string() })?;
        matchers.push(matcher);
    }
    Ok(matchers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_read() {
        let read = |text| parse(text).expect("a selector").iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(read("up"), [r#"__name__="up""#]);
        assert_eq!(read(r#"{job=~"a(b|c)",x!=""}"#), [r#"job=~"a(b|c)""#, r#"x!="""#]);
        for bad in ["", "{", "sum(up)", "up[5m]", "up offset 5m", "1", r#"{job=""}"#, r#"{job=~".*"}"#] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
