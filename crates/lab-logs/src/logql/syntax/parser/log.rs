//! Log queries: a selector and the stages after it.

use lab_syntax::Fault;

use crate::logql::syntax::ast::{LogQuery, Stage};
use crate::logql::syntax::parser::cursor::Cursor;
use crate::logql::syntax::parser::selector::selector;
use crate::logql::syntax::parser::stages::pipeline;

/// `selector stage*`, or that in parentheses.
pub(super) fn log_query(cursor: &mut Cursor<'_>) -> Result<LogQuery, Fault> {
    if cursor.accept("(") {
        let mut query = cursor.nested(log_query)?;
        cursor.expect(")")?;
        query.stages.extend(stages(cursor)?);
        return Ok(query);
    }
    let matchers = selector(cursor)?;
    Ok(LogQuery { matchers, stages: stages(cursor)? })
}

/// The stages that follow, of which none may unwrap a label.
fn stages(cursor: &mut Cursor<'_>) -> Result<Vec<Stage>, Fault> {
    let stages = pipeline(cursor)?;
    if cursor.accept("|") { Err(cursor.unexpected(&[])) } else { Ok(stages) }
}
