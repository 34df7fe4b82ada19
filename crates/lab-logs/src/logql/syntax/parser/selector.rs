//! Selectors and matchers: `{a="b", c=~"d"}`.

use lab_model::{MatchOp, Matcher};
use lab_syntax::Fault;

use crate::logql::error;
use crate::logql::syntax::parser::cursor::Cursor;
use crate::logql::syntax::token::Kind;

/// `{a="b", c=~"d"}`, possibly without any matcher.
pub(super) fn selector(cursor: &mut Cursor<'_>) -> Result<Vec<Matcher>, Fault> {
    cursor.expect("{")?;
    let mut matchers = Vec::new();
    if !cursor.is("}") {
        loop {
            if !matches!(cursor.peek(), Kind::Name(_)) {
                let expected: &[&str] = if matchers.is_empty() { &["IDENTIFIER", "}"] } else { &["IDENTIFIER"] };
                return Err(cursor.unexpected(expected));
            }
            matchers.push(matcher(cursor)?);
            if !cursor.accept(",") {
                break;
            }
        }
    }
    if !cursor.accept("}") {
        return Err(cursor.unexpected(&["}", ","]));
    }
    Ok(matchers)
}

/// `name op "text"`.
pub(super) fn matcher(cursor: &mut Cursor<'_>) -> Result<Matcher, Fault> {
    let name = cursor.expect_name()?;
    let op = match cursor.peek() {
        Kind::Symbol("=") => MatchOp::Equal,
        Kind::Symbol("!=") => MatchOp::NotEqual,
        Kind::Symbol("=~") => MatchOp::Regex,
        Kind::Symbol("!~") => MatchOp::NotRegex,
        _ => return Err(cursor.unexpected(&["=", "=~", "!~", "!="])),
    };
    cursor.advance();
    let value = cursor.expect_text()?;
    Matcher::new(name, op, value).map_err(|problem| error::without_place(problem.to_string()))
}
