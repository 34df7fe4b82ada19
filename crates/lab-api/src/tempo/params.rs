//! Parameters of Tempo's endpoints.

use std::collections::HashMap;

use lab_traces::search::{Bounds, SearchRequest};
use lab_traces::traceql::ast::{BinaryOp, FieldExpr, Literal, Pipeline, Query, SpansetExpr, SpansetOp, Stage};
use lab_traces::traceql::attribute::{Attribute, Intrinsic, Scope};
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::{duration, parse};

use crate::tempo::error::ApiError;
use crate::tempo::logfmt;

/// Query parameters; of repeated ones the last counts.
pub(crate) type Params = HashMap<String, String>;

/// Traces that a search shows unless told otherwise.
const DEFAULT_LIMIT: usize = 20;
/// Spans of a spanset that a search shows unless told otherwise.
const DEFAULT_SPANS_PER_SPANSET: usize = 3;
/// Traces that a search shows at most.
const MAX_LIMIT: usize = 10_000;

/// The request of `/api/search`.
pub(crate) fn search(params: &Params) -> Result<SearchRequest, ApiError> {
    let query = match text(params, "q") {
        Some(q) => parse(q).map_err(|error| ApiError::bad_request(format!("invalid TraceQL query: {error}")))?,
        None => from_tags(text(params, "tags").unwrap_or_default())?,
    };
    let limit = positive(params, "limit", DEFAULT_LIMIT)?;
    if limit > MAX_LIMIT {
        return Err(ApiError::bad_request(format!("invalid limit: {limit} is more than {MAX_LIMIT}")));
    }
    let (start_ns, end_ns) = range(params)?;
    Ok(SearchRequest {
        limit,
        spans_per_spanset: positive(params, "spss", DEFAULT_SPANS_PER_SPANSET)?,
        min_duration_ns: go_duration(params, "minDuration")?.unwrap_or(0),
        max_duration_ns: go_duration(params, "maxDuration")?.unwrap_or(i64::MAX),
        ..request(Plan::new(query), start_ns, end_ns)
    })
}

/// The request of the tag endpoints. A `q` that cannot be read counts as none: editors send unfinished ones.
pub(crate) fn tags(params: &Params) -> Result<SearchRequest, ApiError> {
    let query = text(params, "q").and_then(|q| parse(q).ok()).unwrap_or_else(all_spans);
    let (start_ns, end_ns) = range(params)?;
    let bounds = Bounds { traces: 20_000, bytes: 64 << 20 };
    Ok(SearchRequest { bounds, ..request(Plan::new(query), start_ns, end_ns) })
}

/// A request without further conditions.
pub(crate) fn request(plan: Plan, start_ns: i64, end_ns: i64) -> SearchRequest {
    SearchRequest {
        plan,
        start_ns,
        end_ns,
        min_duration_ns: 0,
        max_duration_ns: i64::MAX,
        limit: DEFAULT_LIMIT,
        spans_per_spanset: DEFAULT_SPANS_PER_SPANSET,
        bounds: Bounds::default(),
    }
}

/// A parameter that is there and not empty.
pub(crate) fn text<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

/// `start` and `end` in seconds, as nanoseconds; everything if there are none.
fn range(params: &Params) -> Result<(i64, i64), ApiError> {
    let (start, end) = (seconds(params, "start")?, seconds(params, "end")?);
    let (start, end) = match (start, end) {
        (None, None) => return Ok((0, i64::MAX)),
        (start, end) => (start.unwrap_or(0), end.unwrap_or(0)),
    };
    if start >= end {
        let message = format!("http parameter start must be before end. received start={start} end={end}");
        return Err(ApiError::bad_request(message));
    }
    Ok((start.saturating_mul(1_000_000_000), end.saturating_mul(1_000_000_000).saturating_add(999_999_999)))
}

fn seconds(params: &Params, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    let error = || ApiError::bad_request(format!("invalid {name}: strconv.ParseInt: parsing {text:?}: invalid syntax"));
    text.parse().map(Some).map_err(|_| error())
}

fn positive(params: &Params, name: &str, default: usize) -> Result<usize, ApiError> {
    let Some(text) = text(params, name) else { return Ok(default) };
    match text.parse::<usize>() {
        Ok(0) => Err(ApiError::bad_request(format!("invalid {name}: must be a positive number"))),
        Ok(number) => Ok(number),
        Err(_) => {
            let message = format!("invalid {name}: strconv.ParseUint: parsing {text:?}: invalid syntax");
            Err(ApiError::bad_request(message))
        }
    }
}

fn go_duration(params: &Params, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    let error = || ApiError::bad_request(format!("invalid {name}: time: invalid duration {text:?}"));
    duration::parse(text).map(Some).ok_or_else(error)
}

/// Every tag must be found in some span of the trace, not necessarily the same.
fn from_tags(tags: &str) -> Result<Query, ApiError> {
    let tags = logfmt::parse(tags).map_err(ApiError::bad_request)?;
    let filters = tags.into_iter().map(|(key, value)| SpansetExpr::Filter(Some(tag_condition(key, &value))));
    let and = |left, right| SpansetExpr::Binary { op: SpansetOp::And, left: Box::new(left), right: Box::new(right) };
    let expr = filters.reduce(and).unwrap_or(SpansetExpr::Filter(None));
    Ok(query_of(expr))
}

fn tag_condition(key: String, value: &str) -> FieldExpr {
    let equals = |attribute, literal| FieldExpr::Binary {
        op: BinaryOp::Equal,
        left: Box::new(FieldExpr::Attribute(attribute)),
        right: Box::new(FieldExpr::Literal(literal)),
    };
    let intrinsic = |intrinsic| equals(Attribute::Intrinsic(intrinsic), Literal::Text(value.to_owned()));
    let status = |name: &str| {
        let all = lab_traces::span::kind::Status::ALL;
        all.into_iter().find(|status| status.as_str() == name).map(Literal::Status)
    };
    match key.as_str() {
        "name" => return intrinsic(Intrinsic::Name),
        "root.name" => return intrinsic(Intrinsic::RootName),
        "root.service.name" => return intrinsic(Intrinsic::RootService),
        "status" | "status.code" => {
            if let Some(status) = status(value) {
                return equals(Attribute::Intrinsic(Intrinsic::Status), status);
            }
        }
        "error" if value == "true" => {
            let error = Literal::Status(lab_traces::span::kind::Status::Error);
            return equals(Attribute::Intrinsic(Intrinsic::Status), error);
        }
        _ => {}
    }
    let attribute = Attribute::Custom { scope: Scope::Any, parent: false, name: key };
    // Tags have no types: `http.status_code=500` means the number too.
    let mut literals = vec![Literal::Text(value.to_owned())];
    literals.extend(value.parse().ok().map(Literal::Int));
    literals.extend(value.parse().ok().map(Literal::Bool));
    if literals.len() == 1 {
        literals.extend(value.parse().ok().filter(|number: &f64| number.is_finite()).map(Literal::Float));
    }
    let conditions = literals.into_iter().map(|literal| equals(attribute.clone(), literal));
    let or = |left, right| FieldExpr::Binary { op: BinaryOp::Or, left: Box::new(left), right: Box::new(right) };
    conditions.reduce(or).unwrap_or(FieldExpr::Literal(Literal::Bool(true)))
}

fn all_spans() -> Query {
    query_of(SpansetExpr::Filter(None))
}

fn query_of(expr: SpansetExpr) -> Query {
    Query { pipeline: Pipeline { stages: vec![Stage::Spanset(expr)] }, metrics: None, hints: Vec::new() }
}
