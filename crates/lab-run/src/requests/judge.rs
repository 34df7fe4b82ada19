//! The traces of the requests, judged when everything has arrived.

use std::collections::BTreeMap;

use lab_verify::stack::Stack;
use lab_verify::stack::endpoint::AskError;
use tokio_util::sync::CancellationToken;

use crate::expect::expectation::Expectation;
use crate::expect::placeholder::{self, Place};
use crate::expect::request::RequestSpec;
use crate::judge;
use crate::judge::traces::whole;
use crate::judge::verdict::{Finding, Verdict};
use crate::requests::made::Made;
use crate::scope::{Scope, TraceId};

/// The verdicts of all requests: of each its answer, whether its trace is whole, and what is expected of it. A request that
/// was not made fails.
pub async fn all(
    stack: &Stack,
    scope: Scope,
    requests: &[RequestSpec],
    made: &[Made],
    stop: &CancellationToken,
) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (at, request) in requests.iter().enumerate() {
        let Some(made) = made.get(at).filter(|made| made.name == request.name) else {
            verdicts.push(not_made(request));
            continue;
        };
        verdicts.push(made.verdict.clone());
        if request.expect.is_empty() || made.status.is_none() {
            continue;
        }
        let Ok(trace) = made.trace_id.parse::<TraceId>() else { continue };
        verdicts.extend(is_whole(stack, trace, request, made).await);
        let named = request
            .expect
            .iter()
            .map(|one| Expectation { name: format!("{}: {}", request.name, one.name), ..one.clone() });
        let named: Vec<Expectation> = named.collect();
        verdicts.extend(with_values(stack, scope.of_trace(trace), &named, (requests, &made.values), stop).await);
    }
    verdicts
}

/// The verdicts about expectations whose queries may name values that these requests keep.
pub async fn with_values(
    stack: &Stack,
    scope: Scope,
    expectations: &[Expectation],
    (requests, values): (&[RequestSpec], &BTreeMap<String, String>),
    stop: &CancellationToken,
) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for expectation in expectations {
        let query = expectation.question.query().unwrap_or_default();
        let is_missing =
            |name: &&str| !values.contains_key(*name) && requests.iter().any(|one| one.keep.contains_key(*name));
        let missing = placeholder::names(query).find(is_missing);
        verdicts.extend(match missing {
            Some(name) => {
                let why = format!("the query needs the value ${{{name}}}, but no request could keep it");
                vec![Verdict::of(expectation, Finding::failed(why))]
            }
            None => judge::all(stack, scope, &[filled(expectation, values)], stop).await,
        });
    }
    verdicts
}

/// An expectation with the values that requests have kept in its query.
fn filled(expectation: &Expectation, values: &BTreeMap<String, String>) -> Expectation {
    let fill = |query: &str| placeholder::fill(query, Place::Query, |name| values.get(name).cloned());
    let question = expectation.question.clone().with_query(fill);
    Expectation { question, ..expectation.clone() }
}

fn not_made(request: &RequestSpec) -> Verdict {
    Verdict {
        name: request.name.clone(),
        place: Some(request.place.clone()),
        asked: format!("{} {}", request.method, request.url),
        expected: format!("status {}", request.status),
        got: "the request was not made".to_owned(),
        passed: false,
        evidence: Vec::new(),
    }
}

/// A verdict only if the trace is not whole: everything else that is said about it would be said about a part.
async fn is_whole(stack: &Stack, trace: TraceId, request: &RequestSpec, made: &Made) -> Option<Verdict> {
    let finding = match missing(stack, trace).await {
        Ok(None) => return None,
        Ok(Some(why)) => Finding::failed(why),
        Err(error) => Finding::failed(format!("no answer: {error}")),
    };
    Some(Verdict {
        name: format!("{}: its trace is whole", request.name),
        place: Some(request.place.clone()),
        asked: format!("trace {}", made.trace_id),
        expected: "spans came, and the parent of each".to_owned(),
        got: finding.got,
        passed: false,
        evidence: vec![format!("{} was sent with the header traceparent", made.verdict.asked)],
    })
}

/// What a trace lacks.
async fn missing(stack: &Stack, trace: TraceId) -> Result<Option<String>, AskError> {
    let spans = stack.tempo.trace(&trace.to_string()).await?;
    if spans.is_empty() {
        return Ok(Some(
            "no span of it came: the service does not take up the trace context, or exports nothing".to_owned(),
        ));
    }
    let missing = whole::missing_parents(&spans);
    Ok((missing > 0).then(|| format!("{missing} spans are missing that others name as their parent")))
}
