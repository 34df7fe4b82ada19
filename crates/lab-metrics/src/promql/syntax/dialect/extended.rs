//! `anchored` and `smoothed`, the modifiers of a selector that reads across the edges of its stretch.
//!
//! The word goes, and the selector gets a condition in its place, `m{__edges__="anchored"}[5m]`, which the
//! planner takes off again.

use promql_parser::parser::VectorSelector;

use super::Edit;
use crate::promql::plan::time::Edges;
use crate::promql::syntax::text::{self, Fault, Token};

/// The label whose condition says what the selector reads at its edges.
const LABEL: &str = "__edges__";

/// Words behind which an operand stands, never the name of one.
const KEYWORDS: [&str; 15] = [
    "and",
    "or",
    "unless",
    "atan2",
    "bool",
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "fill",
    "fill_left",
    "fill_right",
    "offset",
];

/// What takes the place of the modifiers of a query, in no order.
pub(super) fn edits(tokens: &[Token<'_>]) -> Result<Vec<Edit>, Fault> {
    let mut walk = Walk { tokens, at: 0, edits: Vec::new() };
    if tokens.iter().any(|token| modifier(token.text).is_some()) {
        while walk.at < tokens.len() {
            walk.selector()?;
        }
    }
    Ok(walk.edits)
}

/// True for the condition that stands for a modifier.
pub(crate) fn is_mark(label: &str) -> bool {
    label == LABEL
}

/// What a parsed selector was marked to read at its edges.
pub(crate) fn edges(selector: &VectorSelector) -> Edges {
    let mark = selector.matchers.matchers.iter().find(|matcher| is_mark(&matcher.name));
    mark.and_then(|matcher| modifier(&matcher.value)).unwrap_or_default()
}

/// Puts the modifiers back behind their selectors, in a text that was made of a translation.
pub(super) fn restore(text: &str) -> String {
    let tokens = text::tokens(text);
    let (mut restored, mut done, mut at) = (String::with_capacity(text.len()), 0, 0);
    while let Some(rest) = tokens.get(at..).filter(|rest| !rest.is_empty()) {
        let [open, label, _, word, next, ..] = rest else { break };
        let from = at;
        let closing = |text: &str| rest.iter().position(|token| token.text == text).map(|found| from + found);
        let (true, true, Some(close)) = (open.text == "{", is_mark(label.text), closing("}")) else {
            at += 1;
            continue;
        };
        restored.push_str(&text[done..open.start]);
        if let (",", Some(condition)) = (next.text, rest.get(5)) {
            restored.push('{');
            restored.push_str(&text[condition.start..tokens[close].end()]);
        }
        (done, at) = (tokens[close].end(), close + 1);
        if let (Some("["), Some(close)) = (tokens.get(at).map(|token| token.text), closing("]")) {
            restored.push_str(&text[done..tokens[close].end()]);
            (done, at) = (tokens[close].end(), close + 1);
        }
        restored.push(' ');
        restored.push_str(word.text.trim_matches('"'));
    }
    restored.push_str(&text[done..]);
    restored
}

/// Reads the selectors of a query, one after the other, and passes over all else.
struct Walk<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    edits: Vec<Edit>,
}

impl<'t> Walk<'t> {
    fn selector(&mut self) -> Result<(), Fault> {
        let token = self.tokens[self.at];
        let behind_bracket = self.at.checked_sub(1).is_some_and(|before| self.tokens[before].text == "]");
        if behind_bracket && modifier(token.text).is_some() {
            return Err(for_subqueries(token, token.start));
        }
        self.at += 1;
        let named = is_name(token.text) && self.peek() != "(";
        if !named && token.text != "{" {
            return Ok(());
        }
        let open = if named { self.take(&["{"]) } else { Some(token) };
        let mark_at = open.map_or(token.end(), |open| open.end());
        let is_empty = self.peek() == "}";
        if open.is_some() {
            while self.peek() != "" && self.take(&["}"]).is_none() {
                self.at += 1;
            }
        }
        if let Some(word) = self.modifiers(token.start)? {
            let condition = format!("{LABEL}=\"{}\"", word.to_ascii_lowercase());
            let replacement = match open {
                None => format!("{{{condition}}}"),
                Some(_) if is_empty => condition,
                Some(_) => format!("{condition},"),
            };
            self.edits.push(Edit { original: mark_at..mark_at, start: 0, replacement, shown: String::new() });
        }
        Ok(())
    }

    /// Passes what may stand behind the selector that begins at byte `start`; the modifier in it.
    fn modifiers(&mut self, start: usize) -> Result<Option<&'t str>, Fault> {
        let (mut found, mut subquery): (Option<&str>, bool) = (None, false);
        loop {
            if self.peek() == "[" {
                let from = self.at;
                self.group("[", "]");
                subquery |= self.tokens[from..self.at].iter().any(|token| token.text == ":");
            } else if self.take(&["@", "offset"]).is_some() {
                while self.take(&["+", "-"]).is_some() {}
                if !matches!(self.peek(), "(" | ")" | "," | "") {
                    self.at += 1;
                }
                self.group("(", ")");
            } else if let Some(token) = self.take(&["anchored", "smoothed"]) {
                if subquery {
                    return Err(for_subqueries(token, start));
                }
                if found.is_some_and(|other| !other.eq_ignore_ascii_case(token.text)) {
                    let message = "anchored and smoothed modifiers cannot be used together".to_owned();
                    return Err(Fault { at: start, message });
                }
                found = Some(token.text);
                let original = token.start..token.end();
                self.edits.push(Edit { original, start: 0, replacement: String::new(), shown: String::new() });
            } else {
                return Ok(found);
            }
        }
    }

    /// Passes a bracketed group if one comes next.
    fn group(&mut self, open: &str, close: &str) {
        let mut depth = 0_usize;
        while self.peek() == open || (depth > 0 && self.at < self.tokens.len()) {
            if self.peek() == open {
                depth += 1;
            } else if self.peek() == close {
                depth -= 1;
            }
            self.at += 1;
        }
    }

    fn take(&mut self, texts: &[&str]) -> Option<Token<'t>> {
        let token = self.tokens.get(self.at).copied()?;
        texts.iter().any(|text| token.text.eq_ignore_ascii_case(text)).then(|| {
            self.at += 1;
            token
        })
    }

    /// The next token; empty behind the last one.
    fn peek(&self) -> &'t str {
        self.tokens.get(self.at).map_or("", |token| token.text)
    }
}

fn modifier(word: &str) -> Option<Edges> {
    match word {
        _ if word.eq_ignore_ascii_case("anchored") => Some(Edges::Anchored),
        _ if word.eq_ignore_ascii_case("smoothed") => Some(Edges::Smoothed),
        _ => None,
    }
}

fn is_name(word: &str) -> bool {
    let begins = word.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | ':'));
    begins && text::number(word).is_none() && !KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

fn for_subqueries(modifier: Token<'_>, at: usize) -> Fault {
    let message = format!("{} modifier is not supported for subqueries", modifier.text.to_ascii_lowercase());
    Fault { at, message }
}
