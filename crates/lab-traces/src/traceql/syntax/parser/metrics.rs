//! Functions over time, and what is done with their series.
//!
//! ```text
//! metrics = function "(" [ attribute { "," number } ] ")" [ "by" "(" attribute { "," attribute } ")" ] { series }
//! series  = "|" ( "topk" | "bottomk" ) "(" integer ")" | comparison number
//! ```

use lab_syntax::Fault;

use crate::traceql::functions::over_time::{MetricsFunction, Parameters};
use crate::traceql::functions::series::SeriesFunction;
use crate::traceql::syntax::ast::{Metrics, SeriesStage};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::BinaryOp;
use crate::traceql::syntax::parser::attribute::{attribute, list};
use crate::traceql::syntax::parser::cursor::Cursor;
use crate::traceql::syntax::parser::literal::number;
use crate::traceql::syntax::token::TokenKind;

/// A metrics function, if the next word is one.
pub(super) fn metrics(cursor: &mut Cursor<'_>) -> Result<Option<Metrics>, Fault> {
    let TokenKind::Identifier(name) = cursor.peek() else { return Ok(None) };
    let Some(function) = MetricsFunction::named(name) else { return Ok(None) };
    let function = Node::new(cursor.place(), function);
    cursor.advance();
    cursor.expect("(")?;
    let (mut of, mut quantiles) = (None, Vec::new());
    if function.parameters != Parameters::Nothing {
        of = Some(attribute(cursor)?);
    }
    if function.parameters == Parameters::AttributeAndQuantiles {
        cursor.expect(",")?;
        quantiles.push(number(cursor)?);
        while cursor.accept(",") {
            quantiles.push(number(cursor)?);
        }
    }
    cursor.expect(")")?;
    let by = if cursor.accept("by") { list(cursor)? } else { Vec::new() };
    let then = series_stages(cursor)?;
    Ok(Some(Metrics { function, attribute: of, quantiles, by, then }))
}

fn series_stages(cursor: &mut Cursor<'_>) -> Result<Vec<Node<SeriesStage>>, Fault> {
    let mut stages = Vec::new();
    loop {
        let start = cursor.place();
        let stage = if let Some(op) = comparison(cursor) {
            cursor.operator()?;
            SeriesStage::Filter(op, number(cursor)?.content)
        } else if cursor.accept("|") {
            keep(cursor)?
        } else {
            return Ok(stages);
        };
        stages.push(Node::new(cursor.since(start), stage));
    }
}

fn comparison(cursor: &Cursor<'_>) -> Option<BinaryOp> {
    cursor.peek().symbol().and_then(BinaryOp::from_symbol).filter(|op| op.is_comparison())
}

fn keep(cursor: &mut Cursor<'_>) -> Result<SeriesStage, Fault> {
    let TokenKind::Identifier(name) = cursor.peek() else { return Err(cursor.unexpected(&[])) };
    let Some(function) = SeriesFunction::named(name) else { return Err(cursor.unexpected(&[])) };
    cursor.advance();
    cursor.expect("(")?;
    let TokenKind::Integer(count) = *cursor.peek() else { return Err(cursor.unexpected(&[])) };
    cursor.advance();
    cursor.expect(")")?;
    Ok(SeriesStage::Keep { function, count: usize::try_from(count).unwrap_or(usize::MAX) })
}
