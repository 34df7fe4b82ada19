//! What turns spans into series, and what is done with finished series.
//!
//! ```text
//! metrics = function "(" [ attribute { "," number } ] ")" [ "by" "(" attribute { "," attribute } ")" ]
//!         | "compare" "(" "{" [ field ] "}" [ "," integer [ "," integer "," integer ] ] ")"
//! stage   = "|" ( "topk" | "bottomk" ) "(" integer ")" | comparison constant
//! ```

use lab_syntax::Fault;

use crate::traceql::functions::over_time::{MetricsFunction, Parameters};
use crate::traceql::functions::series::SeriesFunction;
use crate::traceql::syntax::ast::{Comparison, Metrics, OverTime, SeriesStage};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::parser::attribute::{attribute, list};
use crate::traceql::syntax::parser::cursor::Cursor;
use crate::traceql::syntax::parser::field::field;
use crate::traceql::syntax::parser::literal::number;
use crate::traceql::syntax::token::TokenKind;

/// A metrics function, if the next word is one.
pub(super) fn metrics(cursor: &mut Cursor<'_>) -> Result<Option<Node<Metrics>>, Fault> {
    let TokenKind::Identifier(name) = cursor.peek() else { return Ok(None) };
    let start = cursor.place();
    if name == "compare" {
        cursor.advance();
        let comparison = comparison(cursor)?;
        return Ok(Some(Node::new(cursor.since(start), Metrics::Compare(comparison))));
    }
    let Some(function) = MetricsFunction::named(name) else { return Ok(None) };
    let function = Node::new(start, function);
    cursor.advance();
    let call = over_time(cursor, function)?;
    Ok(Some(Node::new(cursor.since(start), Metrics::OverTime(call))))
}

/// A function over time from its opening parenthesis on.
fn over_time(cursor: &mut Cursor<'_>, function: Node<&'static MetricsFunction>) -> Result<OverTime, Fault> {
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
    Ok(OverTime { function, attribute: of, quantiles, by })
}

/// `compare` from its opening parenthesis on.
fn comparison(cursor: &mut Cursor<'_>) -> Result<Comparison, Fault> {
    cursor.expect("(")?;
    cursor.expect("{")?;
    let selection = if cursor.peek().symbol() == Some("}") { None } else { Some(field(cursor)?) };
    cursor.expect("}")?;
    let (mut most, mut window) = (None, None);
    if cursor.accept(",") {
        most = Some(integer(cursor)?);
        if cursor.accept(",") {
            let start = integer(cursor)?;
            cursor.expect(",")?;
            window = Some((start, integer(cursor)?));
        }
    }
    cursor.expect(")")?;
    Ok(Comparison { selection, most, window })
}

/// `topk` or `bottomk`, behind the bar.
pub(super) fn keep(cursor: &mut Cursor<'_>) -> Result<SeriesStage, Fault> {
    let TokenKind::Identifier(name) = cursor.peek() else { return Err(cursor.unexpected(&[])) };
    let Some(function) = SeriesFunction::named(name) else { return Err(cursor.unexpected(&[])) };
    cursor.advance();
    cursor.expect("(")?;
    let count = integer(cursor)?.content;
    cursor.expect(")")?;
    Ok(SeriesStage::Keep { function, count: usize::try_from(count).unwrap_or(usize::MAX) })
}

fn integer(cursor: &mut Cursor<'_>) -> Result<Node<i64>, Fault> {
    let TokenKind::Integer(number) = *cursor.peek() else { return Err(cursor.unexpected(&[])) };
    let number = Node::new(cursor.place(), number);
    cursor.advance();
    Ok(number)
}
