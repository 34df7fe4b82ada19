//! Log queries: `{a="b", c=~"d"}` and the stages after it.

use lab_model::{MatchOp, Matcher};

use crate::logql::ast::{LogQuery, Stage};
use crate::logql::error::QueryError;
use crate::logql::lexer::Kind;
use crate::logql::parser::cursor::Cursor;
use crate::logql::parser::stages;

/// Most stages of one pipeline.
const MOST_STAGES: usize = 128;

/// `selector stage*`, or that in parentheses.
pub(super) fn log_query(cursor: &mut Cursor<'_>) -> Result<LogQuery, QueryError> {
    if cursor.take_symbol("(") {
        let mut query = cursor.nested(log_query)?;
        cursor.expect_symbol(")")?;
        query.stages.extend(pipeline(cursor)?);
        return Ok(query);
    }
    let matchers = selector(cursor)?;
    Ok(LogQuery { matchers, stages: pipeline(cursor)? })
}

/// `{…}`, with at least one condition that an absent label does not meet.
pub(super) fn selector(cursor: &mut Cursor<'_>) -> Result<Vec<Matcher>, QueryError> {
    cursor.expect_symbol("{")?;
    let mut matchers = Vec::new();
    if !cursor.is_symbol("}") {
        loop {
            if !matches!(cursor.peek(), Kind::Name(_)) {
                let expected: &[&str] = if matchers.is_empty() { &["IDENTIFIER", "}"] } else { &["IDENTIFIER"] };
                return Err(cursor.unexpected(expected));
            }
            matchers.push(matcher(cursor)?);
            if !cursor.take_symbol(",") {
                break;
            }
        }
    }
    if !cursor.take_symbol("}") {
        return Err(cursor.unexpected(&["}", ","]));
    }
    if matchers.iter().all(Matcher::matches_empty) {
        return Err(QueryError::Invalid(
            "queries require at least one regexp or equality matcher that does not have an empty-compatible value. \
             For instance, app=~\".*\" does not meet this requirement, but app=~\".+\" will"
                .into(),
        ));
    }
    Ok(matchers)
}

/// `name op "text"`.
pub(super) fn matcher(cursor: &mut Cursor<'_>) -> Result<Matcher, QueryError> {
    let name = cursor.expect_name()?;
    let op = match cursor.peek() {
        Kind::Symbol("=") => MatchOp::Equal,
        Kind::Symbol("!=") => MatchOp::NotEqual,
        Kind::Symbol("=~") => MatchOp::Regex,
        Kind::Symbol("!~") => MatchOp::NotRegex,
        _ => return Err(cursor.unexpected(&["=", "=~", "!~", "!="])),
    };
    cursor.next();
    let value = cursor.expect_text()?;
    cursor.checked(Matcher::new(name, op, value))
}

/// All the stages that follow.
pub(super) fn pipeline(cursor: &mut Cursor<'_>) -> Result<Vec<Stage>, QueryError> {
    let mut found = Vec::new();
    while let Some(stage) = stages::stage(cursor)? {
        found.push(stage);
        if found.len() > MOST_STAGES {
            return Err(cursor.error(format!("the pipeline has more than {MOST_STAGES} stages")));
        }
    }
    Ok(found)
}
