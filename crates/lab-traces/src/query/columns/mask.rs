//! For which rows of a part a condition holds.
//!
//! A condition on one attribute is computed once for each distinct value, by the code that computes it for spans. The
//! front of a part often says that it holds nowhere or everywhere. Where columns do not know an attribute, the condition
//! may hold, and the mask is not exact.

use std::rc::Rc;

use crate::columns::layout::Shape;
use crate::query::columns::values::{Column, Extent, Single};
use crate::query::columns::view::{View, repeated};
use crate::store::select::sources::PartError;
use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::eval::attribute::Lookup;
use crate::traceql::eval::field;
use crate::traceql::plan::Plan;
use crate::traceql::syntax::ast::{FieldExpr, Literal};
use crate::traceql::syntax::operator::{BinaryOp, UnaryOp};
use crate::traceql::value::Value;

/// Some rows of a part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Picked {
    None,
    All,
    /// Those for which there is true.
    Some(Vec<bool>),
}

/// The rows for which a condition holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mask {
    pub(crate) picked: Picked,
    /// False if it may not hold for some of them; it holds for no other ones.
    pub(crate) is_exact: bool,
}

impl Picked {
    fn from_rows(rows: Vec<bool>) -> Self {
        match (rows.contains(&true), rows.contains(&false)) {
            (false, _) => Self::None,
            (true, false) => Self::All,
            (true, true) => Self::Some(rows),
        }
    }

    /// True if this row is among them.
    pub(crate) fn has(&self, row: usize) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Some(rows) => rows[row],
        }
    }
}

impl Mask {
    /// The condition holds for no row.
    pub(crate) const NONE: Self = Self { picked: Picked::None, is_exact: true };
    /// The condition holds for every row.
    pub(crate) const ALL: Self = Self { picked: Picked::All, is_exact: true };
    /// Only the spans themselves can tell.
    const UNKNOWN: Self = Self { picked: Picked::All, is_exact: false };

    fn exactly(rows: Vec<bool>) -> Self {
        Self { picked: Picked::from_rows(rows), is_exact: true }
    }

    /// The rows that both have.
    pub(crate) fn and(self, other: Self) -> Self {
        let is_exact = self.is_exact && other.is_exact;
        let picked = match (self.picked, other.picked) {
            // Where no row may, none does.
            (Picked::None, _) | (_, Picked::None) => return Self::NONE,
            (Picked::All, rows) | (rows, Picked::All) => rows,
            (Picked::Some(mut rows), Picked::Some(others)) => {
                rows.iter_mut().zip(others).for_each(|(row, other)| *row &= other);
                Picked::from_rows(rows)
            }
        };
        if picked == Picked::None { Self::NONE } else { Self { picked, is_exact } }
    }

    /// The rows that one of them has.
    pub(crate) fn or(self, other: Self) -> Self {
        if self == Self::ALL || other == Self::ALL {
            return Self::ALL;
        }
        let is_exact = self.is_exact && other.is_exact;
        let picked = match (self.picked, other.picked) {
            (Picked::All, _) | (_, Picked::All) => Picked::All,
            (Picked::None, rows) | (rows, Picked::None) => rows,
            (Picked::Some(mut rows), Picked::Some(others)) => {
                rows.iter_mut().zip(others).for_each(|(row, other)| *row |= other);
                Picked::from_rows(rows)
            }
        };
        Self { picked, is_exact }
    }

    fn not(self) -> Self {
        if !self.is_exact {
            return Self::UNKNOWN;
        }
        let picked = match self.picked {
            Picked::None => Picked::All,
            Picked::All => Picked::None,
            Picked::Some(rows) => Picked::Some(rows.into_iter().map(|row| !row).collect()),
        };
        Self { picked, is_exact: true }
    }
}

/// The rows for which a condition holds.
pub(crate) fn mask(view: &View<'_>, plan: &Plan, condition: &FieldExpr) -> Result<Mask, PartError> {
    match condition {
        FieldExpr::Binary { op: BinaryOp::And, left, right } => {
            let left = mask(view, plan, left)?;
            if left == Mask::NONE { Ok(left) } else { Ok(left.and(mask(view, plan, right)?)) }
        }
        FieldExpr::Binary { op: BinaryOp::Or, left, right } => {
            let left = mask(view, plan, left)?;
            if left == Mask::ALL { Ok(left) } else { Ok(left.or(mask(view, plan, right)?)) }
        }
        FieldExpr::Unary { op: UnaryOp::Not, operand } => Ok(mask(view, plan, operand)?.not()),
        condition => {
            let mut attributes = Vec::new();
            mentioned(condition, &mut attributes);
            match attributes.as_slice() {
                [] => Ok(if holds(plan, condition, &Value::Nil) { Mask::ALL } else { Mask::NONE }),
                [attribute] => of_one(view, plan, condition, attribute),
                several => of_several(view, plan, condition, several),
            }
        }
    }
}

/// The attributes that an expression mentions, each once.
pub(crate) fn mentioned<'e>(expr: &'e FieldExpr, found: &mut Vec<&'e Attribute>) {
    match expr {
        FieldExpr::Literal(_) => {}
        FieldExpr::Attribute(attribute) if found.contains(&attribute) => {}
        FieldExpr::Attribute(attribute) => found.push(attribute),
        FieldExpr::Unary { operand, .. } => mentioned(operand, found),
        FieldExpr::Binary { left, right, .. } => {
            mentioned(left, found);
            mentioned(right, found);
        }
    }
}

fn holds(plan: &Plan, condition: &FieldExpr, value: &Value<'static>) -> bool {
    field::holds(plan, condition, Single(value))
}

/// A condition that mentions one attribute.
fn of_one(view: &View<'_>, plan: &Plan, condition: &FieldExpr, attribute: &Attribute) -> Result<Mask, PartError> {
    let holds = |value: &Value<'static>| holds(plan, condition, value);
    if let Some(at_roots) = tells_roots(condition, attribute, holds) {
        let shapes = view.shapes()?.into_iter().map(|shape| shape.has(Shape::ROOT) == at_roots);
        return Ok(Mask::exactly(shapes.collect()));
    }
    match view.extent(attribute)? {
        Extent::Values { values, all_rows } => {
            let (some, all) = (values.iter().any(holds), values.iter().all(holds));
            let rest = !all_rows && holds(&Value::Nil);
            if !some && !rest {
                return Ok(Mask::NONE);
            }
            if all && (all_rows || rest) {
                return Ok(Mask::ALL);
            }
        }
        Extent::Between { range, all_rows } => {
            let rest = !all_rows && holds(&Value::Nil);
            match between(condition, &range, holds) {
                Some(false) if !rest => return Ok(Mask::NONE),
                Some(true) if all_rows || rest => return Ok(Mask::ALL),
                _ => {}
            }
        }
        Extent::Open => {}
    }
    Ok(match view.column(attribute)?.as_deref() {
        Some(Column::Coded { codes, values }) => {
            let verdicts: Vec<bool> = values.iter().map(holds).collect();
            Mask::exactly(codes.iter().map(|code| verdicts[*code as usize]).collect())
        }
        Some(Column::Integers(integers)) => {
            let nothing = holds(&Value::Nil);
            let verdict = |integer: &Option<i64>| integer.map_or(nothing, |integer| holds(&Value::Int(integer)));
            Mask::exactly(integers.iter().map(verdict).collect())
        }
        Some(Column::Durations(durations)) => {
            Mask::exactly(durations.iter().map(|duration| holds(&Value::Duration(*duration))).collect())
        }
        None => unknown(view, attribute, holds(&Value::Nil))?,
    })
}

/// What is known of a condition on what columns do not have: that spans without events or links have nothing there.
fn unknown(view: &View<'_>, attribute: &Attribute, holds_for_nothing: bool) -> Result<Mask, PartError> {
    let Some(what) = repeated(attribute).filter(|_| !holds_for_nothing) else { return Ok(Mask::UNKNOWN) };
    if !view.part.layout.any_has(what) {
        return Ok(Mask::NONE);
    }
    let rows = view.shapes()?.into_iter().map(|shape| shape.has(what)).collect();
    Ok(Mask { picked: Picked::from_rows(rows), is_exact: false })
}

/// Whether a comparison with a constant holds for all values between two, or for none; `None` if neither is sure.
fn between(
    condition: &FieldExpr,
    (low, high): &(Value<'static>, Value<'static>),
    holds: impl Fn(&Value<'static>) -> bool,
) -> Option<bool> {
    let (op, literal) = comparison(condition)?;
    let (at_low, at_high) = (holds(low), holds(high));
    match op {
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => {
            (at_low == at_high).then_some(at_low)
        }
        BinaryOp::Equal => {
            let (low, high, wanted) = (low.number()?, high.number()?, literal.value().number()?);
            (wanted < low || wanted > high).then_some(false)
        }
        _ => None,
    }
}

/// The operator and the constant of a comparison of an attribute with a constant, the attribute on its left.
fn comparison(condition: &FieldExpr) -> Option<(BinaryOp, &Literal)> {
    let FieldExpr::Binary { op, left, right } = condition else { return None };
    match (&left.content, &right.content) {
        (FieldExpr::Attribute(_), FieldExpr::Literal(literal)) => Some((*op, literal)),
        (FieldExpr::Literal(literal), FieldExpr::Attribute(_)) => Some((op.mirrored(), literal)),
        _ => None,
    }
}

/// Whether a condition on the number of the parent is one that roots alone fulfil (true), or all others (false). A root
/// has no parent, for which -1 stands, all others have 0 or more.
pub(crate) fn tells_roots(
    condition: &FieldExpr,
    attribute: &Attribute,
    holds: impl Fn(&Value<'static>) -> bool,
) -> Option<bool> {
    if *attribute != Attribute::Intrinsic(Intrinsic::NestedSetParent) {
        return None;
    }
    let (op, literal) = comparison(condition)?;
    let [root, first, last] = [-1, 0, i64::MAX].map(|number| holds(&Value::Int(number)));
    let alike = match op {
        BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => first == last,
        BinaryOp::Equal | BinaryOp::NotEqual => *literal == Literal::Int(-1),
        _ => false,
    };
    (alike && root != first).then_some(root)
}

/// The values of one row, for an expression with several attributes.
#[derive(Clone, Copy)]
struct Row<'a> {
    columns: &'a [(&'a Attribute, Rc<Column>)],
    row: usize,
}

impl<'a> Lookup<'a> for Row<'a> {
    fn value(self, attribute: &'a Attribute) -> Value<'a> {
        let column = self.columns.iter().find(|(known, _)| *known == attribute);
        column.map_or(Value::Nil, |(_, column)| column.value(self.row))
    }
}

fn of_several(
    view: &View<'_>,
    plan: &Plan,
    condition: &FieldExpr,
    attributes: &[&Attribute],
) -> Result<Mask, PartError> {
    let mut columns = Vec::new();
    for attribute in attributes {
        let Some(column) = view.column(attribute)? else { return Ok(Mask::UNKNOWN) };
        columns.push((*attribute, column));
    }
    let holds = |row| field::holds(plan, condition, Row { columns: &columns, row });
    Ok(Mask::exactly((0..view.rows()).map(holds).collect()))
}
