//! Names and values of attributes.

use lab_traces::query::tags;
use lab_traces::query::walk::{Inspected, Selection};
use lab_traces::span::kind::{Kind, Status};
use lab_traces::traceql::attribute::{Attribute, Intrinsic, Scope};
use lab_traces::traceql::syntax::ast::Query;
use lab_traces::traceql::syntax::parse_attribute;

use crate::error::PlainError;
use crate::tempo::answer::format::Answer;
use crate::tempo::answer::messages::{
    MetadataMetrics, SearchTagValuesResponse, SearchTagValuesV2Response, SearchTagsResponse, SearchTagsV2Response,
    TagScope, TagValue,
};
use crate::tempo::params;
use crate::tempo::params::given::{Params, lenient, text};
use crate::tempo::state::TempoState;

/// The names of attributes of all scopes together.
pub(crate) async fn names(state: &TempoState, params: &Params) -> Result<Answer<SearchTagsResponse>, PlainError> {
    let (mut scopes, inspected) = scopes(state, params).await?;
    scopes.retain(|(name, _)| *name != INTRINSIC || text(params, "scope") == Some(INTRINSIC));
    let mut tag_names: Vec<String> = scopes.into_iter().flat_map(|(_, names)| names).collect();
    tag_names.sort();
    tag_names.dedup();
    tag_names.truncate(most(params));
    let message = SearchTagsResponse { tag_names, metrics: Some(cost(&inspected)) };
    Ok(Answer { message, missing: inspected.message() })
}

/// The names of attributes by scope.
pub(crate) async fn names_v2(state: &TempoState, params: &Params) -> Result<Answer<SearchTagsV2Response>, PlainError> {
    let (scopes, inspected) = scopes(state, params).await?;
    let scopes = scopes.into_iter().map(|(name, tags)| TagScope { name: name.to_owned(), tags }).collect();
    Ok(Answer {
        message: SearchTagsV2Response { scopes, metrics: Some(cost(&inspected)) },
        missing: inspected.message(),
    })
}

/// The values of an attribute as texts.
pub(crate) async fn values(
    state: &TempoState,
    name: &str,
    params: &Params,
) -> Result<Answer<SearchTagValuesResponse>, PlainError> {
    let scoped = Scope::ALL.iter().any(|scope| name.starts_with(&format!("{}.", scope.as_str())));
    let attribute = match Intrinsic::from_name(name) {
        Some(intrinsic) => Attribute::Intrinsic(intrinsic),
        None if scoped => identifier(name)?,
        None => Attribute::Custom { scope: Scope::Any, parent: false, name: name.to_owned() },
    };
    let request = params::tags::selection(params, state.clock.now_ns())?;
    let (values, inspected) = typed_values(state, attribute, request).await?;
    let mut tag_values: Vec<String> = values.into_iter().map(|(_, value)| value).collect();
    tag_values.dedup();
    tag_values.truncate(most(params));
    let message = SearchTagValuesResponse { tag_values, metrics: Some(cost(&inspected)) };
    Ok(Answer { message, missing: inspected.message() })
}

/// The values of an attribute with their types.
pub(crate) async fn values_v2(
    state: &TempoState,
    name: &str,
    params: &Params,
) -> Result<Answer<SearchTagValuesV2Response>, PlainError> {
    let attribute = identifier(name)?;
    values_within(state, attribute, params::tags::selection(params, state.clock.now_ns())?, params).await
}

/// The same of the spans that a query selects which has been read already.
pub(crate) async fn values_of(
    state: &TempoState,
    name: &str,
    query: Option<Query>,
) -> Result<Answer<SearchTagValuesV2Response>, PlainError> {
    let (attribute, params) = (identifier(name)?, Params::new());
    values_within(state, attribute, params::tags::selection_of(query, &params, state.clock.now_ns())?, &params).await
}

async fn values_within(
    state: &TempoState,
    attribute: Attribute,
    request: Selection,
    params: &Params,
) -> Result<Answer<SearchTagValuesV2Response>, PlainError> {
    let (values, inspected) = typed_values(state, attribute, request).await?;
    let value = |(kind, value): (&str, String)| TagValue { r#type: kind.to_owned(), value };
    let tag_values = values.into_iter().map(value).take(most(params)).collect();
    let message = SearchTagValuesV2Response { tag_values, metrics: Some(cost(&inspected)) };
    Ok(Answer { message, missing: inspected.message() })
}

/// How many names of a scope, or values, are wanted. `maxStaleValues`, by which Tempo stops when its blocks tell nothing
/// new, has no meaning here: every answer is the whole one.
fn most(params: &Params) -> usize {
    lenient(params, "limit").unwrap_or(usize::MAX)
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
    let request = params::tags::selection(params, state.clock.now_ns())?;
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
    for (_, names) in &mut scopes {
        names.truncate(most(params));
    }
    Ok((scopes, inspected))
}

async fn typed_values(
    state: &TempoState,
    attribute: Attribute,
    request: Selection,
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

fn cost(inspected: &Inspected) -> MetadataMetrics {
    MetadataMetrics { inspected_bytes: inspected.bytes }
}
