//! The search by tags, which older clients use: `tags=service.name=web http.status_code=500`, as a query.

use lab_traces::span::kind::Status;
use lab_traces::traceql::attribute::{Attribute, Intrinsic, Scope};
use lab_traces::traceql::syntax::ast::{FieldExpr, Literal, Pipeline, Query, Question, SpansetExpr, Stage};
use lab_traces::traceql::syntax::node::Node;
use lab_traces::traceql::syntax::operator::{BinaryOp, SpansetOp};

use crate::error::PlainError;
use crate::tempo::params::logfmt;

/// The query of tags. Every tag must be found in some span of the trace, not necessarily the same.
pub(crate) fn query(tags: &str) -> Result<Query, PlainError> {
    let tags = logfmt::parse(tags).map_err(PlainError::bad_request)?;
    for (at, (key, _)) in tags.iter().enumerate() {
        if tags[..at].iter().any(|(earlier, _)| earlier == key) {
            return Err(PlainError::bad_request(format!("invalid tags: tag {key} has been set twice")));
        }
    }
    let filter = |(key, value): (String, String)| SpansetExpr::Filter(Some(Node::unplaced(condition(key, &value))));
    let and = |left, right| SpansetExpr::Binary { op: SpansetOp::And, left: boxed(left), right: boxed(right) };
    let filters = tags.into_iter().map(filter).reduce(and).unwrap_or(SpansetExpr::Filter(None));
    Ok(Query { question: Question::Traces(pipeline(filters)), hints: Vec::new() })
}

/// The pipeline that selects every span.
pub(crate) fn all_spans() -> Pipeline {
    pipeline(SpansetExpr::Filter(None))
}

fn pipeline(expr: SpansetExpr) -> Pipeline {
    Pipeline { stages: vec![Node::unplaced(Stage::Spanset(Node::unplaced(expr)))] }
}

fn condition(key: String, value: &str) -> FieldExpr {
    let status = || Status::ALL.into_iter().find(|status| status.as_str() == value);
    match (key.as_str(), value) {
        ("name", _) => return contains(Attribute::Intrinsic(Intrinsic::Name), value),
        ("root.name", _) => return contains(Attribute::Intrinsic(Intrinsic::RootName), value),
        ("root.service.name", _) => return contains(Attribute::Intrinsic(Intrinsic::RootService), value),
        ("error", "true") => return equals(Attribute::Intrinsic(Intrinsic::Status), Literal::Status(Status::Error)),
        ("status" | "status.code", _) => {
            if let Some(status) = status() {
                return equals(Attribute::Intrinsic(Intrinsic::Status), Literal::Status(status));
            }
        }
        _ => {}
    }
    let attribute = Attribute::Custom { scope: Scope::Any, parent: false, name: key };
    let or = |left, right| FieldExpr::Binary { op: BinaryOp::Or, left: boxed(left), right: boxed(right) };
    literals(value)
        .into_iter()
        .map(|literal| equals(attribute.clone(), literal))
        .fold(contains(attribute.clone(), value), or)
}

/// What a tag's value may mean besides a text. Tags have no types: `http.status_code=500` means the number, too.
fn literals(value: &str) -> Vec<Literal> {
    let mut literals: Vec<Literal> = value.parse().ok().map(Literal::Int).into_iter().collect();
    literals.extend(value.parse().ok().map(Literal::Bool));
    if literals.is_empty() {
        literals.extend(value.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Float));
    }
    literals
}

/// True of a text in which the value stands somewhere.
fn contains(attribute: Attribute, value: &str) -> FieldExpr {
    let mut pattern = "(?s).*".to_owned();
    for letter in value.chars() {
        if letter.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern += ".*";
    binary(BinaryOp::Regex, attribute, Literal::Text(pattern))
}

fn equals(attribute: Attribute, literal: Literal) -> FieldExpr {
    binary(BinaryOp::Equal, attribute, literal)
}

fn binary(op: BinaryOp, attribute: Attribute, literal: Literal) -> FieldExpr {
    let (left, right) = (FieldExpr::Attribute(attribute), FieldExpr::Literal(literal));
    FieldExpr::Binary { op, left: boxed(left), right: boxed(right) }
}

fn boxed<T>(content: T) -> Box<Node<T>> {
    Box::new(Node::unplaced(content))
}
