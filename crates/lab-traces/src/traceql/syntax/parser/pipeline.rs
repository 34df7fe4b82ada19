//! Pipelines of spansets and scalars, and series that are computed from them.
//!
//! ```text
//! row      = stage { "|" stage } [ "|" scalar | "|" metrics { series stage } ]
//! stage    = spanset | scalar comparison scalar | "by" "(" field ")" | "coalesce" "(" ")" | "select" "(" … ")"
//! spanset  = "{" [ field ] "}" | "(" row ")" | spanset operator spanset
//! scalar   = literal | aggregate "(" [ field ] ")" | "(" row ")" | scalar arithmetic scalar
//! series   = "(" row ")" | series arithmetic series | series arithmetic constant | constant arithmetic series
//! ```
//!
//! What stands in parentheses shows only at their end, so all three are read together.

use lab_syntax::Fault;
use lab_syntax::Place;

use crate::traceql::functions::aggregate::Aggregate;
use crate::traceql::syntax::ast::{Pipeline, Question, ScalarExpr, SeriesExpr, SeriesStage, SpansetExpr, Stage};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::{BinaryOp, Binding, SpansetOp};
use crate::traceql::syntax::parser::attribute::list;
use crate::traceql::syntax::parser::constant::{constant, factor};
use crate::traceql::syntax::parser::cursor::Cursor;
use crate::traceql::syntax::parser::field::field;
use crate::traceql::syntax::parser::literal::literal;
use crate::traceql::syntax::parser::metrics::{keep, metrics};
use crate::traceql::syntax::token::TokenKind;

/// What the beginning of a stage turned out to be.
enum Item {
    Spanset(Node<SpansetExpr>),
    Scalar(Node<ScalarExpr>),
    Series(Node<SeriesExpr>),
}

/// What a row of stages turned out to be.
enum Row {
    Stages(Vec<Node<Stage>>),
    /// Ends in a scalar that nothing is compared with, before a closing parenthesis.
    Scalar(Vec<Node<Stage>>, Node<ScalarExpr>),
    Series(Node<SeriesExpr>),
}

/// The whole question of a query.
pub(super) fn question(cursor: &mut Cursor<'_>) -> Result<Question, Fault> {
    match row(cursor)? {
        Row::Stages(stages) => Ok(Question::Traces(Pipeline { stages })),
        Row::Series(series) => Ok(Question::Series(series)),
        Row::Scalar(..) => Err(cursor.unexpected(&[])),
    }
}

fn row(cursor: &mut Cursor<'_>) -> Result<Row, Fault> {
    let start = cursor.place();
    let mut stages = Vec::new();
    loop {
        if !stages.is_empty()
            && let Some(metrics) = metrics(cursor)?
        {
            let pipeline = Pipeline { stages };
            let series = Node::new(cursor.since(start), SeriesExpr::Spans { pipeline, metrics });
            return Ok(Row::Series(series_stages(cursor, series)?));
        }
        if let Some(stage) = word_stage(cursor)? {
            stages.push(stage);
        } else {
            match item(cursor, Binding::Loosest)? {
                Item::Spanset(expr) => stages.push(spanset_stage(expr)),
                Item::Scalar(scalar) if cursor.peek().symbol() == Some(")") => return Ok(Row::Scalar(stages, scalar)),
                Item::Scalar(left) => stages.push(comparison(cursor, left)?),
                Item::Series(series) if stages.is_empty() => return Ok(Row::Series(series_stages(cursor, series)?)),
                Item::Series(series) => return Err(misplaced(&series)),
            }
        }
        if !cursor.accept("|") {
            return Ok(Row::Stages(stages));
        }
    }
}

/// Series are a whole query, or computed with others.
fn misplaced(series: &Node<SeriesExpr>) -> Fault {
    Fault::new(series.place, "syntax error: series cannot stand in a pipeline of spansets or beside a spanset")
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

fn comparison_operator(cursor: &Cursor<'_>) -> Option<BinaryOp> {
    cursor.peek().symbol().and_then(BinaryOp::from_symbol).filter(|op| op.is_comparison())
}

fn comparison(cursor: &mut Cursor<'_>, left: Node<ScalarExpr>) -> Result<Node<Stage>, Fault> {
    let op = comparison_operator(cursor).filter(|op| !matches!(op, BinaryOp::Regex | BinaryOp::NotRegex));
    let Some(op) = op else { return Err(cursor.unexpected(&[])) };
    cursor.operator()?;
    match item(cursor, Binding::Loosest)? {
        Item::Scalar(right) => Ok(Node::new(left.place.to(right.place), Stage::Scalar { left, op, right })),
        Item::Spanset(right) => Err(Fault::new(right.place, "a scalar cannot be compared with a spanset")),
        Item::Series(right) => Err(misplaced(&right)),
    }
}

/// Finished series with all that is done with them.
fn series_stages(cursor: &mut Cursor<'_>, mut series: Node<SeriesExpr>) -> Result<Node<SeriesExpr>, Fault> {
    loop {
        let start = cursor.place();
        let stage = if let Some(op) = comparison_operator(cursor) {
            cursor.operator()?;
            match item(cursor, Binding::Sum)? {
                Item::Scalar(number) => SeriesStage::Filter(op, constant(&number)?.content),
                Item::Spanset(Node { place, .. }) | Item::Series(Node { place, .. }) => {
                    return Err(Fault::new(place, "syntax error: series are compared with a number only"));
                }
            }
        } else if cursor.accept("|") {
            keep(cursor)?
        } else {
            return Ok(series);
        };
        let stage = Node::new(cursor.since(start), stage);
        let place = series.place.to(stage.place);
        series = Node::new(place, SeriesExpr::Then { series: Box::new(series), stage });
    }
}

/// Operands with the operators between them that bind at least as strongly as `lowest`.
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
                    Item::Series(right) => return Err(misplaced(&right)),
                }
            }
            number => {
                let op = BinaryOp::from_symbol(symbol).filter(|op| op.is_arithmetic() && op.binding() >= lowest);
                let Some(op) = op else { return Ok(number) };
                cursor.operator()?;
                let right = cursor.nested(|cursor| item(cursor, op.right_binding()))?;
                arithmetic(op, number, right)?
            }
        };
    }
    Ok(left)
}

fn spanset_binary(op: SpansetOp, left: Node<SpansetExpr>, right: Node<SpansetExpr>) -> Node<SpansetExpr> {
    let place = left.place.to(right.place);
    Node::new(place, SpansetExpr::Binary { op, left: Box::new(left), right: Box::new(right) })
}

/// Arithmetic of scalars, of series, or of series with a number.
fn arithmetic(op: BinaryOp, left: Item, right: Item) -> Result<Item, Fault> {
    let scaled = |place, number: &Node<ScalarExpr>, series, number_first| {
        let (number, series) = (factor(number)?, Box::new(series));
        Ok(Item::Series(Node::new(place, SeriesExpr::Scaled { op, number, number_first, series })))
    };
    match (left, right) {
        (Item::Scalar(left), Item::Scalar(right)) => {
            let (place, left, right) = (left.place.to(right.place), Box::new(left), Box::new(right));
            Ok(Item::Scalar(Node::new(place, ScalarExpr::Binary { op, left, right })))
        }
        (Item::Series(left), Item::Series(right)) => {
            let (place, left, right) = (left.place.to(right.place), Box::new(left), Box::new(right));
            Ok(Item::Series(Node::new(place, SeriesExpr::Binary { op, left, right })))
        }
        (Item::Scalar(left), Item::Series(right)) => scaled(left.place.to(right.place), &left, right, true),
        (Item::Series(left), Item::Scalar(right)) => scaled(left.place.to(right.place), &right, left, false),
        (Item::Spanset(spanset), _) | (_, Item::Spanset(spanset)) => {
            Err(Fault::new(spanset.place, "a scalar cannot be combined with a spanset"))
        }
    }
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Item, Fault> {
    let start = cursor.place();
    if cursor.accept("{") {
        let condition = if cursor.peek().symbol() == Some("}") { None } else { Some(field(cursor)?) };
        cursor.expect("}")?;
        return Ok(Item::Spanset(Node::new(cursor.since(start), SpansetExpr::Filter(condition))));
    }
    if cursor.accept("(") {
        let row = cursor.nested(row)?;

        cursor.expect(")")?;
        return Ok(parenthesised(row, cursor.since(start)));
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

/// What a row in parentheses is.
fn parenthesised(row: Row, place: Place) -> Item {
    match row {
        Row::Stages(stages) => Item::Spanset(Node::new(place, grouped(stages))),
        Row::Series(series) => Item::Series(Node::new(place, series.content)),
        Row::Scalar(stages, scalar) if stages.is_empty() => Item::Scalar(Node::new(place, scalar.content)),
        Row::Scalar(stages, scalar) => {
            let (pipeline, scalar) = (Pipeline { stages }, Box::new(scalar));
            Item::Scalar(Node::new(place, ScalarExpr::Nested { pipeline, scalar }))
        }
    }
}

/// Parentheses around a single spanset only group; around anything else they make a pipeline of its own.
fn grouped(mut stages: Vec<Node<Stage>>) -> SpansetExpr {
    match (stages.len(), stages.pop()) {
        (1, Some(Node { content: Stage::Spanset(expr), .. })) => expr.content,
        (_, last) => {
            stages.extend(last);
            SpansetExpr::Nested(Pipeline { stages })
        }
    }
}
