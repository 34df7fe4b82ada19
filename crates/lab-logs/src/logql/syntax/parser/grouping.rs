//! Lists of labels around operators: `by (a)`, `without (a)`, `on (a) group_left (b)`, `ignoring (a)`.

use lab_algebra::{Cardinality, Grouping, Matching};

use crate::logql::error::QueryError;
use crate::logql::syntax::parser::cursor::Cursor;

/// `on (a)` or `ignoring (a)`, with what may follow, if there is one.
pub(super) fn matching(cursor: &mut Cursor<'_>) -> Result<Option<Matching>, QueryError> {
    let on = cursor.take_name("on");
    if !on && !cursor.take_name("ignoring") {
        return Ok(None);
    }
    let labels = names(cursor)?;
    let cardinality = if cursor.take_name("group_left") {
        Cardinality::ManyToOne
    } else if cursor.take_name("group_right") {
        Cardinality::OneToMany
    } else {
        Cardinality::OneToOne
    };
    let includes = cardinality != Cardinality::OneToOne && cursor.is_symbol("(");
    let include = if includes { names(cursor)? } else { Vec::new() };
    Ok(Some(Matching { on, labels, cardinality, include, ..Matching::default() }))
}

/// `by (a)` or `without (a)`, if there is one.
pub(super) fn grouping(cursor: &mut Cursor<'_>) -> Result<Option<Grouping>, QueryError> {
    let without = cursor.is_name("without");
    if !without && !cursor.is_name("by") {
        return Ok(None);
    }
    cursor.next();
    Ok(Some(Grouping { without, labels: names(cursor)? }))
}

/// `(a, b)`, perhaps empty.
fn names(cursor: &mut Cursor<'_>) -> Result<Vec<String>, QueryError> {
    cursor.expect_symbol("(")?;
    let mut names = Vec::new();
    while names.is_empty() && !cursor.is_symbol(")") || cursor.take_symbol(",") {
        names.push(cursor.expect_name()?);
    }
    if cursor.take_symbol(")") { Ok(names) } else { Err(cursor.unexpected(&[",", ")"])) }
}
