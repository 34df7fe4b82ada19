//! Pipelines of spansets and scalars.
//!
//! ```text
//! pipeline = stage { "|" stage }
//! stage    = spanset | scalar comparison scalar | "by" "(" field ")" | "coalesce" "(" ")" | "select" "(" … ")"
//! spanset  = "{" [ field ] "}" | "(" pipeline ")" | spanset operator spanset
//! scalar   = literal | aggregate "(" [ field ] ")" | "(" pipeline "|" scalar ")" | scalar arithmetic scalar
//! ```

use lab_syntax::Fault;
use lab_syntax::Place;

use crate::traceql::functions::aggregate::Aggregate;
use crate::traceql::syntax::ast::{Metrics, Pipeline, ScalarExpr, SpansetExpr, Stage};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::{BinaryOp, Binding, SpansetOp};
use crate::traceql::syntax::parser::attribute::list;
use crate::traceql::syntax::parser::cursor::Cursor;
use crate::traceql::syntax::parser::field::field;
use crate::traceql::syntax::parser::literal::literal;
use crate::traceql::syntax::parser::metrics::metrics;
use crate::traceql::syntax::token::TokenKind;

/// What the beginning of a stage turned out to be.
enum Item {
    Spanset(Node<SpansetExpr>),
    Scalar(Node<ScalarExpr>),
}

/// A pipeline and the metrics function at its end, if there is one.
pub(super) fn pipeline_and_metrics(cursor: &mut Cursor<'_>) -> Result<(Pipeline, Option<Metrics>), Fault> {
    let mut stages = vec![stage(cursor)?];
    while cursor.accept("|") {
        if let Some(metrics) = metrics(cursor)? {
            return Ok((Pipeline { stages }, Some(metrics)));
        }
        stages.push(stage(cursor)?);
    }
    Ok((Pipeline { stages }, None))
}

fn stage(cursor: &mut Cursor<'_>) -> Result<Node<Stage>, Fault> {
    if let Some(stage) = word_stage(cursor)? {
        return Ok(stage);
    }
    match item(cursor, Binding::Loosest)? {
        Item::Spanset(expr) => Ok(spanset_stage(expr)),
        Item::Scalar(left) => comparison(cursor, left),
    }
}

fn spanset_stage(expr: Node<SpansetExpr>) -> Node<Stage> {
    Node::new(expr.place, Stage::Spanset(expr))
}

/// A stage that begins with its name.
fn word_stage(cursor: &mut Cursor<'_>) -> Result<Option<Node<Stage>>, Fault> {
    let start = cursor.place();
    let stage = if cursor.accept("by") {
        cursor.expect("(")?;
        let by = field(cursor)?;
        cursor.expect(")")?;
        Stage::By(by)
    } else if cursor.accept("coalesce") {
        cursor.expect("(")?;
        cursor.expect(")")?;
        Stage::Coalesce
    } else if cursor.accept("select") {
        Stage::Select(list(cursor)?)
    } else {
        return Ok(None);
    };
    Ok(Some(Node::new(cursor.since(start), stage)))
}

fn comparison(cursor: &mut Cursor<'_>, left: Node<ScalarExpr>) -> Result<Node<Stage>, Fault> {
    let op = cursor.peek().symbol().and_then(BinaryOp::from_symbol).filter(|op| op.is_comparison());
    let Some(op) = op.filter(|op| !matches!(op, BinaryOp::Regex | BinaryOp::NotRegex)) else {
        return Err(cursor.unexpected(&[]));
    };
    cursor.operator()?;
    match item(cursor, Binding::Loosest)? {
        Item::Scalar(right) => Ok(Node::new(left.place.to(right.place), Stage::Scalar { left, op, right })),
        Item::Spanset(right) => Err(Fault::new(right.place, "a scalar cannot be compared with a spanset")),
    }
}

/// A spanset or a scalar whose operators bind at least as strongly as `lowest`.
fn item(cursor: &mut Cursor<'_>, lowest: Binding) -> Result<Item, Fault> {
    let mut left = operand(cursor)?;
    while let Some(symbol) = cursor.peek().symbol() {
        left = match left {
            Item::Spanset(left) => {
                let Some(op) = SpansetOp::from_symbol(symbol).filter(|op| op.binding() >= lowest) else {
                    return Ok(Item::Spanset(left));
                };
                cursor.operator()?;
                match cursor.nested(|cursor| item(cursor, op.binding().tighter()))? {
                    Item::Spanset(right) => Item::Spanset(spanset_binary(op, left, right)),
                    Item::Scalar(right) => {
                        return Err(Fault::new(right.place, "a spanset cannot be combined with a scalar"));
                    }
                }
            }
            Item::Scalar(left) => {
                let op = BinaryOp::from_symbol(symbol).filter(|op| op.is_arithmetic() && op.binding() >= lowest);
                let Some(op) = op else { return Ok(Item::Scalar(left)) };
                cursor.operator()?;
                match cursor.nested(|cursor| item(cursor, op.right_binding()))? {
                    Item::Scalar(right) => Item::Scalar(scalar_binary(op, left, right)),
                    Item::Spanset(right) => {
                        return Err(Fault::new(right.place, "a scalar cannot be combined with a spanset"));
                    }
                }
            }
        };
    }
    Ok(left)
}

fn spanset_binary(op: SpansetOp, left: Node<SpansetExpr>, right: Node<SpansetExpr>) -> Node<SpansetExpr> {
    let place = left.place.to(right.place);
    Node::new(place, SpansetExpr::Binary { op, left: Box::new(left), right: Box::new(right) })
}

fn scalar_binary(op: BinaryOp, left: Node<ScalarExpr>, right: Node<ScalarExpr>) -> Node<ScalarExpr> {
    let place = left.place.to(right.place);
    Node::new(place, ScalarExpr::Binary { op, left: Box::new(left), right: Box::new(right) })
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Item, Fault> {
    let start = cursor.place();
    if cursor.accept("{") {
        let condition = if cursor.peek().symbol() == Some("}") { None } else { Some(field(cursor)?) };
        cursor.expect("}")?;
        return Ok(Item::Spanset(Node::new(cursor.since(start), SpansetExpr::Filter(condition))));
    }
    if cursor.accept("(") {
        let item = cursor.nested(parenthesised)?;
        cursor.expect(")")?;
        let place = cursor.since(start);
        return Ok(match item {
            Item::Spanset(inner) => Item::Spanset(Node::new(place, inner.content)),
            Item::Scalar(inner) => Item::Scalar(Node::new(place, inner.content)),
        });
    }
    if let TokenKind::Identifier(name) = cursor.peek()
        && let Some(function) = Aggregate::named(name)
    {
        cursor.advance();
        cursor.expect("(")?;
        let field = if function.takes_field { Some(Box::new(field(cursor)?)) } else { None };
        cursor.expect(")")?;
        return Ok(Item::Scalar(Node::new(cursor.since(start), ScalarExpr::Aggregate { function, field })));
    }
    let literal = literal(cursor)?;
    Ok(Item::Scalar(Node::new(literal.place, ScalarExpr::Literal(literal.content))))
}

/// What stands in parentheses: a spanset, a pipeline, a scalar, or a pipeline that ends in a scalar.
fn parenthesised(cursor: &mut Cursor<'_>) -> Result<Item, Fault> {
    let start = cursor.place();
    let mut stages = Vec::new();
    loop {
        if let Some(stage) = word_stage(cursor)? {
            stages.push(stage);
        } else {
            match item(cursor, Binding::Loosest)? {
                Item::Spanset(expr) => stages.push(spanset_stage(expr)),
                Item::Scalar(scalar) if cursor.peek().symbol() == Some(")") => {
                    if stages.is_empty() {
                        return Ok(Item::Scalar(scalar));
                    }
                    let (pipeline, scalar) = (Pipeline { stages }, Box::new(scalar));
                    return Ok(Item::Scalar(Node::new(cursor.since(start), ScalarExpr::Nested { pipeline, scalar })));
                }
                Item::Scalar(left) => stages.push(comparison(cursor, left)?),
            }
        }
        if !cursor.accept("|") {
            break;
        }
    }
    Ok(Item::Spanset(grouped(stages, cursor.since(start))))
}

/// Parentheses around a single spanset only group; around anything else they make a pipeline of its own.
fn grouped(mut stages: Vec<Node<Stage>>, place: Place) -> Node<SpansetExpr> {
    match (stages.len(), stages.pop()) {
        (1, Some(Node { content: Stage::Spanset(expr), .. })) => expr,
        (_, last) => {
            stages.extend(last);
            Node::new(place, SpansetExpr::Nested(Pipeline { stages }))
        }
    }
}
