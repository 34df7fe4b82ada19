//! Values taken out of the answer and of the trace, for the requests and queries that follow.

use std::collections::BTreeMap;

use lab_verify::stack::Stack;

use crate::expect::placeholder::{self, Place};
use crate::expect::request::Keep;
use crate::expect::wanted;
use crate::judge::traces::selected;
use crate::requests::send::Answer;
use crate::scope::TraceId;

/// The value, or why there is none. `trace` is that of the request; `kept` are the values so far, which queries may name.
pub(crate) async fn value(
    keep: &Keep,
    answer: &Answer,
    stack: &Stack,
    trace: TraceId,
    kept: &BTreeMap<String, String>,
) -> Result<String, String> {
    match keep {
        Keep::Answer(pointer) => match at(answer, pointer)? {
            serde_json::Value::String(text) => Ok(text),
            other => Ok(other.to_string()),
        },
        Keep::Header(name) => {
            let value = answer.headers.get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned).ok_or_else(|| format!("the answer has no header {name}"))
        }
        Keep::Pattern(expression) => {
            let text = String::from_utf8_lossy(&answer.body);
            let found = expression.captures(&text).and_then(|found| found.get(1).or_else(|| found.get(0)));
            found
                .map(|found| found.as_str().to_owned())
                .ok_or_else(|| "the pattern matches nothing in the answer".to_owned())
        }
        Keep::Span { query, attribute } => {
            let query = &placeholder::fill(query, Place::Query, |name| kept.get(name).cloned());
            let selected = selected::in_trace(&stack.tempo, trace, query).await.map_err(|error| error.to_string())?;
            let first = selected.spans.first().ok_or_else(|| format!("{query} selects no span of the trace"))?;
            let value = selected::value(first, attribute);
            let why = || format!("the span {} of {} has no attribute {attribute}", first.name, first.service);
            value.map(|value| wanted::plain(&value)).ok_or_else(why)
        }
    }
}

/// What stands in the JSON of the answer.
pub(crate) fn at(answer: &Answer, pointer: &str) -> Result<serde_json::Value, String> {
    let json: serde_json::Value =
        serde_json::from_slice(&answer.body).map_err(|error| format!("the answer is no JSON: {error}"))?;
    json.pointer(pointer).cloned().ok_or_else(|| format!("the answer has nothing at {pointer}"))
}
