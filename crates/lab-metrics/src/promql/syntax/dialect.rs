//! What PromQL has and `promql-parser` does not read, put into words that it does.
//!
//! Three things: [duration expressions](duration), which become the seconds they come to; the label selector
//! of `info`, which may match the empty string and gets a [mark](unmark) so that the parser lets it pass; and
//! the modifiers [`anchored` and `smoothed`](extended), which become a condition of their selector. A [`Translation`] knows where its parts came from, so that errors point into the query as it was
//! written.

use std::ops::Range;
use std::time::Duration;

use promql_parser::parser::Expr;

use crate::promql::error::{Position, PromqlError};
use crate::promql::syntax::text::{self, Fault, Token};

use self::duration::{Reader, Wanted};

pub(crate) mod extended;

mod duration;

/// The label by which the selector of `info` is never empty, and the condition on it.
const MARK: &str = "__label_selector__";
const MARKED: &str = "__label_selector__=\"1\"";

/// Durations that stand for the expressions of a query which is only to be shown, one for each: milliseconds
/// from here on. Nobody asks for 46d7h6m40s.
const SHOWN_FROM: u64 = 4_000_000_000;

/// What `step()` and `range()` come to in durations.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Times {
    /// Seconds each.
    Known { step: f64, range: f64 },
    /// The query is only checked.
    Unknown,
    /// The query is to be shown: [`Translation::restore`] puts the expressions back.
    Shown,
}

/// A query as the parser can read it.
#[derive(Debug)]
pub(crate) struct Translation<'q> {
    query: &'q str,
    text: String,
    edits: Vec<Edit>,
}

/// A part of the query and what stands in its place.
#[derive(Debug)]
struct Edit {
    original: Range<usize>,
    /// Where the replacement stands in the translation.
    start: usize,
    replacement: String,
    /// The part as it is to be shown.
    shown: String,
}

/// Translates a query; an error if a duration expression is wrong.
pub(crate) fn translate(query: &str, times: Times) -> Result<Translation<'_>, PromqlError> {
    let tokens = text::tokens_with_colons(query);
    let mut translator =
        Translator { reader: Reader::new(query, &tokens, times), times, edits: Vec::new(), durations: 0 };
    translator.walk(&tokens).map_err(|fault| fault.error(query))?;
    translator.edits.extend(extended::edits(&tokens).map_err(|fault| fault.error(query))?);
    translator.edits.sort_by_key(|edit| edit.original.start);
    let (mut text, mut done) = (String::with_capacity(query.len()), 0);
    for edit in &mut translator.edits {
        text.push_str(&query[done..edit.original.start]);
        edit.start = text.len();
        text.push_str(&edit.replacement);
        done = edit.original.end;
    }
    text.push_str(&query[done..]);
    Ok(Translation { query, text, edits: translator.edits })
}

/// Takes the marks off the selectors of `info`.
pub(crate) fn unmark(expr: &mut Expr) {
    match expr {
        Expr::VectorSelector(selector) => selector.matchers.matchers.retain(|matcher| matcher.name != MARK),
        Expr::Call(call) => call.args.args.iter_mut().for_each(|argument| unmark(argument)),
        Expr::Aggregate(aggregate) => {
            aggregate.param.iter_mut().for_each(|parameter| unmark(parameter));
            unmark(&mut aggregate.expr);
        }
        Expr::Binary(binary) => {
            unmark(&mut binary.lhs);
            unmark(&mut binary.rhs);
        }
        Expr::Paren(paren) => unmark(&mut paren.expr),
        Expr::Unary(unary) => unmark(&mut unary.expr),
        Expr::Subquery(subquery) => unmark(&mut subquery.expr),
        Expr::MatrixSelector(_) | Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::Extension(_) => {}
    }
}

impl Translation<'_> {
    /// What the parser is to read.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The place in the query of byte `at` of the translation.
    pub(crate) fn position(&self, at: usize) -> Position {
        let Some(edit) = self.edits.iter().rev().find(|edit| edit.start <= at) else {
            return text::position(self.query, at);
        };
        let behind = at.checked_sub(edit.start + edit.replacement.len());
        text::position(self.query, behind.map_or(edit.original.start, |behind| edit.original.end + behind))
    }

    /// Puts the duration expressions and the modifiers into a text that was made of a translation to be [shown](Times::Shown), and
    /// takes the marks out of it.
    pub(crate) fn restore(&self, text: &str) -> String {
        let (mut restored, mut rest) = (String::with_capacity(text.len()), text);
        // They come in the order of the query.
        for (at, edit) in self.edits.iter().filter(|edit| !edit.shown.is_empty()).enumerate() {
            if let Some((before, behind)) = rest.split_once(&lab_model::duration::format(shown(at))) {
                restored.push_str(before);
                restored.push_str(&edit.shown);
                rest = behind;
            }
        }
        restored.push_str(rest);
        [", ", ",", ""]
            .iter()
            .fold(extended::restore(&restored), |text, comma| text.replace(&format!("{MARKED}{comma}"), ""))
    }
}

/// Looks for what needs a translation.
struct Translator<'t> {
    reader: Reader<'t>,
    times: Times,
    edits: Vec<Edit>,
    /// How many of the edits are durations.
    durations: usize,
}

impl Translator<'_> {
    fn walk(&mut self, tokens: &[Token<'_>]) -> Result<(), Fault> {
        // For each open bracket: whether it holds the arguments of `info`.
        let (mut open, mut at) = (Vec::new(), 0);
        while let Some(token) = tokens.get(at) {
            let before = at.checked_sub(1).map_or("", |before| tokens[before].text);
            let after = tokens.get(at + 1);
            at += 1;
            match token.text {
                "[" => {
                    at = self.bracket(tokens, at)?;
                    open.push(false);
                }
                "(" => open.push(before == "info"),
                "{" => open.push(false),
                ")" | "]" | "}" => drop(open.pop()),
                "," if open.last() == Some(&true) && after.is_some_and(|token| token.text == "{") => {
                    let last = tokens.get(at + 1).is_none_or(|token| token.text == "}");
                    self.mark(tokens[at].start + 1, last);
                }
                word if word.eq_ignore_ascii_case("offset") && text::ends_operand(before) => {
                    at = self.duration(at, Wanted::Offset)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// `5m`, `5m:`, `5m:1m` behind an opening bracket.
    fn bracket(&mut self, tokens: &[Token<'_>], mut at: usize) -> Result<usize, Fault> {
        let colon = |at: usize| tokens.get(at).is_some_and(|token| token.text == ":");
        at = self.duration(at, Wanted::Range)?;
        if colon(at) {
            at = self.duration(at + 1, Wanted::Range)?;
        }
        Ok(at)
    }

    /// Reads a duration expression and replaces it; stays at `at` if none begins there.
    fn duration(&mut self, at: usize, wanted: Wanted) -> Result<usize, Fault> {
        let Some(found) = self.reader.read(at, wanted)? else { return Ok(at) };
        if !found.is_literal {
            let replacement = match self.times {
                Times::Shown => format!("{}ms", shown(self.durations).as_millis()),
                Times::Known { .. } | Times::Unknown => found.seconds.to_string(),
            };
            self.edits.push(Edit { original: found.place, start: 0, replacement, shown: found.text });
            self.durations += 1;
        }
        Ok(found.end)
    }

    fn mark(&mut self, at: usize, last: bool) {
        let replacement = format!("{MARKED}{}", if last { "" } else { "," });
        self.edits.push(Edit { original: at..at, start: 0, replacement, shown: String::new() });
    }
}

/// The duration that stands for duration expression `at` while a query is laid out.
fn shown(at: usize) -> Duration {
    Duration::from_millis(SHOWN_FROM + at as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMES: Times = Times::Known { step: 15.0, range: 3600.0 };

    fn translated(query: &str) -> String {
        translate(query, TIMES).expect("valid").text().to_owned()
    }

    #[test]
    fn durations_become_seconds() {
        assert_eq!(translated("rate(a:b[2 * 5m])"), "rate(a:b[600])");
        assert_eq!(translated("m[1m+1m:step()]"), "m[120:15]");
        assert_eq!(translated("m[min_of(range(), 1h30m) / 2]"), "m[1800]");
        assert_eq!(translated("m offset -(2 ^ 3 ^ 0) * 2"), "m offset -2 * 2");
        assert_eq!(translated("m offset (-2 ^ 2)"), "m offset -4");
    }

    #[test]
    fn all_else_stays() {
        for query in ["m[5m]", "m[5m:1m] offset -5m", "offset + sum by (offset) (offset)", "m{a=\"[2*5m]\"}[5m:]"] {
            assert_eq!(translated(query), query);
        }
    }

    #[test]
    fn the_selector_of_info_is_marked() {
        assert_eq!(translated("info(m, {a=~\".*\"})"), "info(m, {__label_selector__=\"1\",a=~\".*\"})");
        assert_eq!(translated("info(f(m, n), {})"), "info(f(m, n), {__label_selector__=\"1\"})");
        assert_eq!(translated("f(m, {a=\"b\"})"), "f(m, {a=\"b\"})");
    }

    #[test]
    fn modifiers_become_conditions_of_their_selectors() {
        assert_eq!(translated("rate(m[5m] anchored)"), "rate(m{__edges__=\"anchored\"}[5m] )");
        assert_eq!(translated("m{a=\"b\"} @ 5 Smoothed"), "m{__edges__=\"smoothed\",a=\"b\"} @ 5 ");
        assert_eq!(translated("m{} offset -(1m*2) smoothed+1"), "m{__edges__=\"smoothed\"} offset -120 +1");
        for query in ["a + on (b) smoothed", "smoothed and anchored{anchored=\"b\"}[5m]", "sum by (smoothed) (m)"] {
            assert_eq!(translated(query), query);
        }
        let refused = |query: &str| translate(query, TIMES).expect_err("wrong").to_string();
        let together = "1:2: parse error: anchored and smoothed modifiers cannot be used together";
        assert_eq!(refused("(m[5m] anchored smoothed)"), together);
        let subquery = "1:1: parse error: smoothed modifier is not supported for subqueries";
        assert_eq!(refused("m[5m:1m] smoothed"), subquery);
        assert_eq!(refused("f(m)[5m:] smoothed"), subquery.replace("1:1", "1:11"));
    }

    #[test]
    fn places_are_those_of_the_query() {
        let query = "m[2*30m] + n[1+1] x";
        let translation = translate(query, TIMES).expect("valid");
        let at = |text: &str| translation.text().find(text).expect("there");
        assert_eq!(translation.text(), "m[3600] + n[2] x");
        assert_eq!(translation.position(at("m")), text::position(query, 0));
        assert_eq!(translation.position(at("3600")), text::position(query, 2));
        assert_eq!(translation.position(at("n[")), text::position(query, 11));
        assert_eq!(translation.position(at("x")), text::position(query, 18));
    }
}
