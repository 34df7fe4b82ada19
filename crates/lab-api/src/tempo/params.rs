//! Parameters of Tempo's endpoints.

mod logfmt;

use std::collections::HashMap;

use lab_model::Interrupt;
use lab_traces::query::search::SearchRequest;
use lab_traces::query::walk::Selection;
use lab_traces::span::kind::Status;
use lab_traces::traceql::attribute::{Attribute, Intrinsic, Scope};
use lab_traces::traceql::duration;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::ast::{FieldExpr, Literal, Pipeline, Query, Question, SpansetExpr, Stage};
use lab_traces::traceql::syntax::node::Node;
use lab_traces::traceql::syntax::operator::{BinaryOp, SpansetOp};
use lab_traces::traceql::syntax::parse;

use crate::error::PlainError;

/// Query parameters; of repeated ones the last counts.
pub(crate) type Params = HashMap<String, String>;

/// Traces that a search shows unless told otherwise.
const DEFAULT_LIMIT: usize = 20;
/// Spans of a spanset that a search shows unless told otherwise.
const DEFAULT_SPANS_PER_SPANSET: usize = 3;
/// Spans of a spanset that a search shows at most, as in Tempo.
const MAX_SPANS_PER_SPANSET: usize = 100;
/// Traces that a search shows at most.
const MAX_LIMIT: usize = 10_000;

/// The request of `/api/search`.
pub(crate) fn search(params: &Params) -> Result<SearchRequest, PlainError> {
    let query = match text(params, "q") {
        Some(q) => parse(q).map_err(|error| PlainError::bad_request(format!("invalid TraceQL query: {error}")))?,
        None => from_tags(text(params, "tags").unwrap_or_default())?,
    };
    let limit = positive(params, "limit", DEFAULT_LIMIT)?;
    if limit > MAX_LIMIT {
        return Err(PlainError::bad_request(format!("invalid limit: {limit} is more than {MAX_LIMIT}")));
    }
    let spans_per_spanset = unsigned(params, "spss")?.unwrap_or(DEFAULT_SPANS_PER_SPANSET);
    if spans_per_spanset > MAX_SPANS_PER_SPANSET {
        let message = format!("spans per span set exceeds {MAX_SPANS_PER_SPANSET}. received {spans_per_spanset}");
        return Err(PlainError::bad_request(message));
    }
    Ok(SearchRequest {
        selection: selection(params, query.pipeline().cloned().ok_or_else(only_spansets)?)?,
        limit,
        // Zero stands for the default; tempo-cli sends it.
        spans_per_spanset: Some(if spans_per_spanset == 0 { DEFAULT_SPANS_PER_SPANSET } else { spans_per_spanset }),
        min_duration_ns: go_duration(params, "minDuration")?.unwrap_or(0),
        max_duration_ns: go_duration(params, "maxDuration")?.unwrap_or(i64::MAX),
    })
}

/// The traces that the tag endpoints look at. Editors send an unfinished `q`: of one that cannot be read the conditions
/// before its end count.
pub(crate) fn tags(params: &Params) -> Result<Selection, PlainError> {
    let query = text(params, "q").and_then(complete_part).unwrap_or_else(all_spans);
    selection(params, query.pipeline().cloned().unwrap_or_else(|| pipeline_of(SpansetExpr::Filter(None))))
}

/// The query, or as many of its conditions from the left as can be read.
fn complete_part(q: &str) -> Option<Query> {
    let mut conditions = q.trim_end().trim_end_matches('}');
    let mut query = parse(q);
    while query.is_err() {
        conditions = conditions.rsplit_once("&&")?.0;
        query = parse(&format!("{conditions} }}"));
    }
    query.ok()
}

fn only_spansets() -> PlainError {
    PlainError::bad_request(
        "a search needs a query for spansets, not one for metrics; ask /api/metrics/query_range".to_owned(),
    )
}

fn selection(params: &Params, pipeline: Pipeline) -> Result<Selection, PlainError> {
    let (start_ns, end_ns) = range(params)?;
    Ok(Selection { plan: Plan::new(pipeline), start_ns, end_ns, enough: Interrupt::default() })
}

/// A parameter that is there and not empty.
pub(crate) fn text<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

/// `start` and `end` in seconds, as nanoseconds; everything if there are none.
fn range(params: &Params) -> Result<(i64, i64), PlainError> {
    let (start, end) = (seconds(params, "start")?, seconds(params, "end")?);
    let (start, end) = match (start, end) {
        (None, None) => return Ok((0, i64::MAX)),
        (start, end) => (start.unwrap_or(0), end.unwrap_or(0)),
    };
    if start >= end {
        let message = format!("http parameter start must be before end. received start={start} end={end}");
        return Err(PlainError::bad_request(message));
    }
    Ok((start.saturating_mul(1_000_000_000), end.saturating_mul(1_000_000_000)))
}

fn seconds(params: &Params, name: &str) -> Result<Option<i64>, PlainError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    let error =
        || PlainError::bad_request(format!("invalid {name}: strconv.ParseInt: parsing {text:?}: invalid syntax"));
    text.parse().map(Some).map_err(|_| error())
}

fn positive(params: &Params, name: &str, default: usize) -> Result<usize, PlainError> {
    match unsigned(params, name)? {
        Some(0) => Err(PlainError::bad_request(format!("invalid {name}: must be a positive number"))),
        number => Ok(number.unwrap_or(default)),
    }
}

fn unsigned(params: &Params, name: &str) -> Result<Option<usize>, PlainError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    text.parse::<usize>().map(Some).map_err(|_| {
        PlainError::bad_request(format!("invalid {name}: strconv.ParseUint: parsing {text:?}: invalid syntax"))
    })
}

fn go_duration(params: &Params, name: &str) -> Result<Option<i64>, PlainError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    let error = || PlainError::bad_request(format!("invalid {name}: time: invalid duration {text:?}"));
    duration::parse(text).map(Some).ok_or_else(error)
}

/// Every tag must be found in some span of the trace, not necessarily the same.
fn from_tags(tags: &str) -> Result<Query, PlainError> {
    let tags = logfmt::parse(tags).map_err(PlainError::bad_request)?;
    let filter = |(key, value): (String, String)| SpansetExpr::Filter(Some(Node::unplaced(tag_condition(key, &value))));
    let and = |left, right| SpansetExpr::Binary { op: SpansetOp::And, left: boxed(left), right: boxed(right) };
    Ok(query_of(tags.into_iter().map(filter).reduce(and).unwrap_or(SpansetExpr::Filter(None))))
}

fn tag_condition(key: String, value: &str) -> FieldExpr {
    let intrinsic = |intrinsic, literal| equals(Attribute::Intrinsic(intrinsic), literal);
    let text = || Literal::Text(value.to_owned());
    let status = || Status::ALL.into_iter().find(|status| status.as_str() == value);
    match (key.as_str(), value) {
        ("name", _) => return intrinsic(Intrinsic::Name, text()),
        ("root.name", _) => return intrinsic(Intrinsic::RootName, text()),
        ("root.service.name", _) => return intrinsic(Intrinsic::RootService, text()),
        ("error", "true") => return intrinsic(Intrinsic::Status, Literal::Status(Status::Error)),
        ("status" | "status.code", _) => {
            if let Some(status) = status() {
                return intrinsic(Intrinsic::Status, Literal::Status(status));
            }
        }
        _ => {}
    }
    let attribute = Attribute::Custom { scope: Scope::Any, parent: false, name: key };
    let conditions = literals(value).into_iter().map(|literal| equals(attribute.clone(), literal));
    let or = |left, right| FieldExpr::Binary { op: BinaryOp::Or, left: boxed(left), right: boxed(right) };
    conditions.reduce(or).unwrap_or(FieldExpr::Literal(Literal::Bool(true)))
}

/// What a tag's value may mean. Tags have no types: `http.status_code=500` means the number too.
fn literals(value: &str) -> Vec<Literal> {
    let mut literals = vec![Literal::Text(value.to_owned())];
    literals.extend(value.parse().ok().map(Literal::Int));
    literals.extend(value.parse().ok().map(Literal::Bool));
    if literals.len() == 1 {
        literals.extend(value.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Float));
    }
    literals
}

fn equals(attribute: Attribute, literal: Literal) -> FieldExpr {
    let (left, right) = (FieldExpr::Attribute(attribute), FieldExpr::Literal(literal));
    FieldExpr::Binary { op: BinaryOp::Equal, left: boxed(left), right: boxed(right) }
}

fn boxed<T>(content: T) -> Box<Node<T>> {
    Box::new(Node::unplaced(content))
}

fn all_spans() -> Query {
    query_of(SpansetExpr::Filter(None))
}

fn query_of(expr: SpansetExpr) -> Query {
    Query { question: Question::Traces(pipeline_of(expr)), hints: Vec::new() }
}

fn pipeline_of(expr: SpansetExpr) -> Pipeline {
    Pipeline { stages: vec![Node::unplaced(Stage::Spanset(Node::unplaced(expr)))] }
}
