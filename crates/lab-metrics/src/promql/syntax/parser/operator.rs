//! What may stand behind a binary operator: `bool`, `on`, `ignoring`, `group_left`, `group_right`, `fill`.

use lab_algebra::{Cardinality, Matching};
use lab_syntax::Fault;

use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::parser::labels;

/// Whether there is a `bool`, and the matching.
pub(super) fn modifiers(cursor: &mut Cursor<'_>) -> Result<(bool, Matching), Fault> {
    let returns_bool = cursor.accept("bool");
    let mut matching = Matching { on: cursor.is("on"), ..Matching::default() };
    if cursor.take("on").or_else(|| cursor.take("ignoring")).is_some() {
        matching.labels = labels::list(cursor)?;
        matching.cardinality = group(cursor);
        if matching.cardinality != Cardinality::OneToOne && cursor.is("(") {
            matching.include = labels::list(cursor)?;
        }
    }
    fill(cursor, &mut matching)?;
    Ok((returns_bool, matching))
}

fn group(cursor: &mut Cursor<'_>) -> Cardinality {
    if cursor.accept("group_left") {
        Cardinality::ManyToOne
    } else if cursor.accept("group_right") {
        Cardinality::OneToMany
    } else {
        Cardinality::OneToOne
    }
}

/// `fill (0)`, or `fill_left (0)` and `fill_right (0)` in either order.
fn fill(cursor: &mut Cursor<'_>, matching: &mut Matching) -> Result<(), Fault> {
    if cursor.accept("fill") {
        let value = Some(fill_value(cursor)?);
        (matching.fill_left, matching.fill_right) = (value, value);
        return Ok(());
    }
    loop {
        let (word, side) = if cursor.is("fill_left") {
            ("fill_left", &mut matching.fill_left)
        } else {
            ("fill_right", &mut matching.fill_right)
        };
        if side.is_some() || cursor.take(word).is_none() {
            return Ok(());
        }
        *side = Some(fill_value(cursor)?);
    }
}

fn fill_value(cursor: &mut Cursor<'_>) -> Result<f64, Fault> {
    cursor.expect("(", "", "")?;
    let number = labels::signed_number(cursor)?.ok_or_else(|| cursor.unexpected("", ""))?;
    cursor.expect(")", "", "")?;
    Ok(number.value)
}
