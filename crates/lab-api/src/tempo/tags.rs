//! Names and values of attributes.

use axum::Json;
use axum::extract::{Path, Query, State};
use lab_traces::query::tags;
use lab_traces::query::walk::Inspected;
use lab_traces::span::kind::{Kind, Status};
use lab_traces::traceql::attribute::{Attribute, Intrinsic, Scope};
use lab_traces::traceql::syntax::parse_attribute;
use serde_json::{Value, json};

use crate::error::PlainError;
use crate::tempo::encode::Object;
use crate::tempo::params::{self, Params, text};
use crate::tempo::state::TempoState;

pub(crate) async fn names(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
) -> Result<Json<Value>, PlainError> {
    let (mut scopes, inspected) = scopes(&state, &params).await?;
    scopes.retain(|(name, _)| *name != INTRINSIC || text(&params, "scope") == Some(INTRINSIC));
    let mut names: Vec<String> = scopes.into_iter().flat_map(|(_, names)| names).collect();
    names.sort();
    names.dedup();
    Ok(answer("tagNames", json!(names), &inspected))
}

pub(crate) async fn names_v2(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
) -> Result<Json<Value>, PlainError> {
    let (scopes, inspected) = scopes(&state, &params).await?;
    let scopes: Vec<Value> = scopes.into_iter().map(|(name, tags)| json!({"name": name, "tags": tags})).collect();
    Ok(answer("scopes", json!(scopes), &inspected))
}

pub(crate) async fn values(
    State(state): State<TempoState>,
    Path(name): Path<String>,
    Query(params): Query<Params>,
) -> Result<Json<Value>, PlainError> {
    let scoped = Scope::ALL.iter().any(|scope| name.starts_with(&format!("{}.", scope.as_str())));
    let attribute = match Intrinsic::from_name(&name) {
        Some(intrinsic) => Attribute::Intrinsic(intrinsic),
        None if scoped => identifier(&name)?,
        None => Attribute::Custom { scope: Scope::Any, parent: false, name },
    };
    let (values, inspected) = typed_values(&state, attribute, &params).await?;
    let mut values: Vec<String> = values.into_iter().map(|(_, value)| value).collect();
    values.dedup();
    Ok(answer("tagValues", json!(values), &inspected))
}

pub(crate) async fn values_v2(
    State(state): State<TempoState>,
    Path(name): Path<String>,
    Query(params): Query<Params>,
) -> Result<Json<Value>, PlainError> {
    let (values, inspected) = typed_values(&state, identifier(&name)?, &params).await?;
    let value = |(kind, value): (&str, String)| {
        let mut object = Object::default();
        object.text("type", kind);
        object.text("value", &value);
        object.finish()
    };
    let values: Vec<Value> = values.into_iter().map(value).collect();
    Ok(answer("tagValues", json!(values), &inspected))
}

/// The scope of what every span has.
const INTRINSIC: &str = "intrinsic";

type Names = Vec<(&'static str, Vec<String>)>;

async fn scopes(state: &TempoState, params: &Params) -> Result<(Names, Inspected), PlainError> {
    let asked = text(params, "scope").filter(|scope| *scope != "none");
    let known = |asked: &str| asked == INTRINSIC || Scope::ALL.iter().any(|scope| scope.as_str() == asked);
    if let Some(unknown) = asked.filter(|asked| !known(asked)) {
        return Err(PlainError::bad_request(format!("invalid scope: {unknown}")));
    }
    let request = params::tags(params)?;
    let enough = request.enough.clone();
    let wanted = |scope: &str| asked.is_none_or(|asked| asked == scope);
    let (mut scopes, inspected): (Names, _) = if asked == Some(INTRINSIC) {
        (Vec::new(), Inspected::default())
    } else {
        let ask = move |store: &_, grant: &_| tags::names(store, &request, grant);
        let found = state.run(enough, ask).await?;
        let names = found.0.into_iter().map(|(scope, names)| (scope.as_str(), names.into_iter().collect()));
        (names.filter(|(scope, _)| wanted(scope)).collect(), found.1)
    };
    if wanted(INTRINSIC) {
        scopes.push((INTRINSIC, Intrinsic::LISTED.map(str::to_owned).to_vec()));
    }
    Ok((scopes, inspected))
}

async fn typed_values(
    state: &TempoState,
    attribute: Attribute,
    params: &Params,
) -> Result<(Vec<(&'static str, String)>, Inspected), PlainError> {
    let keywords = |names: &[&'static str]| names.iter().map(|name| ("keyword", (*name).to_owned())).collect();
    let constant = match attribute {
        Attribute::Intrinsic(Intrinsic::Status) => {
            Some(keywords(&[Status::Unset, Status::Ok, Status::Error].map(Status::as_str)))
        }
        Attribute::Intrinsic(Intrinsic::Kind) => Some(keywords(&Kind::ALL.map(Kind::as_str))),
        // As many as there are spans.
        Attribute::Intrinsic(
            Intrinsic::Duration
            | Intrinsic::TraceDuration
            | Intrinsic::SpanId
            | Intrinsic::ParentId
            | Intrinsic::TraceId,
        ) => Some(Vec::new()),
        _ => None,
    };
    let request = params::tags(params)?;
    if let Some(constant) = constant {
        return Ok((constant, Inspected::default()));
    }
    let enough = request.enough.clone();
    let ask = move |store: &_, grant: &_| tags::values(store, &attribute, &request, grant);
    let (values, inspected) = state.run(enough, ask).await?;
    Ok((values.into_iter().map(|(value, kind)| (kind, value)).collect(), inspected))
}

fn identifier(name: &str) -> Result<Attribute, PlainError> {
    parse_attribute(name).map_err(|error| {
        PlainError::bad_request(format!("please provide a valid tagName: failed to parse identifier {name}: {error}"))
    })
}

/// What was found, what it cost, and whether it is all.
fn answer(name: &str, found: Value, inspected: &Inspected) -> Json<Value> {
    let (mut metrics, mut answer) = (Object::default(), Object::default());
    metrics.large("inspectedBytes", inspected.bytes);
    answer.put(name, found);
    answer.put("metrics", metrics.finish());
    answer.completeness(inspected);
    Json(answer.finish())
}
