//! Lists of labels around operators: `by (a)`, `without (a)`, `on (a) group_left (b)`, `ignoring (a)`.

use lab_algebra::{Cardinality, Grouping, Matching};
use lab_syntax::Fault;

use crate::logql::syntax::parser::cursor::Cursor;

/// `on (a)` or `ignoring (a)`, with what may follow, if there is one.
pub(super) fn matching(cursor: &mut Cursor<'_>) -> Result<Option<Matching>, Fault> {
    let on = cursor.accept("on");
    if !on && !cursor.accept("ignoring") {
        return Ok(None);
    }
    let labels = names(cursor)?;
    let cardinality = if cursor.accept("group_left") {
        Cardinality::ManyToOne
    } else if cursor.accept("group_right") {
        Cardinality::OneToMany
    } else {
        Cardinality::OneToOne
    };
    let includes = cardinality != Cardinality::OneToOne && cursor.is("(");
    let include = if includes { names(cursor)? } else { Vec::new() };
    Ok(Some(Matching { on, labels, cardinality, include, ..Matching::default() }))
}

/// `by (a)` or `without (a)`, if there is one.
pub(super) fn grouping(cursor: &mut Cursor<'_>) -> Result<Option<Grouping>, Fault> {
    let without = cursor.is("without");
    if !without && !cursor.is("by") {
        return Ok(None);
    }
    cursor.advance();
    Ok(Some(Grouping { without, labels: names(cursor)? }))
}

/// `(a, b)`, perhaps empty.
fn names(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Fault> {
    cursor.expect("(")?;
    let mut names = Vec::new();
    while names.is_empty() && !cursor.is(")") || cursor.accept(",") {
        names.push(cursor.expect_name()?);
    }
    if cursor.accept(")") { Ok(names) } else { Err(cursor.unexpected(&[",", ")"])) }
}
