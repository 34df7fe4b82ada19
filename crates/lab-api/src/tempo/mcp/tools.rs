//! The tools: a table of their names and arguments, and what each asks.

use serde_json::{Map, Value, json};

use crate::error::PlainError;
use crate::tempo::answer::format::Answer;
use crate::tempo::answer::json::Written;
use crate::tempo::http::diff::{DiffRequest, SideRequest, compared};
use crate::tempo::http::trace::trace;
use crate::tempo::mcp::docs;
use crate::tempo::mcp::rpc::Failure;
use crate::tempo::params::given::Params;
use crate::tempo::questions;
use crate::tempo::state::TempoState;

/// A tool. An argument whose name begins with `!` has to be given.
struct Tool {
    name: &'static str,
    about: &'static str,
    arguments: &'static [(&'static str, &'static str)],
}

const START: (&str, &str) = ("start", "Begin of the time range in RFC 3339; without it the last hour.");
const END: (&str, &str) = ("end", "End of the time range in RFC 3339; without it now.");

const TOOLS: [Tool; 8] = [
    Tool {
        name: "traceql-search",
        about: "Finds traces by a TraceQL query.",
        arguments: &[("!query", "A TraceQL query for spansets."), START, END],
    },
    Tool {
        name: "traceql-metrics-instant",
        about: "Computes one number for each series of a TraceQL metrics query, over the whole time range.",
        arguments: &[("!query", "A TraceQL metrics query."), START, END],
    },
    Tool {
        name: "traceql-metrics-range",
        about: "Computes the series of a TraceQL metrics query over the steps of a time range.",
        arguments: &[("!query", "A TraceQL metrics query."), START, END],
    },
    Tool {
        name: "get-trace",
        about: "Shows a trace.",
        arguments: &[("!trace_id", "The id of the trace in hexadecimal.")],
    },
    Tool {
        name: "trace-diff",
        about: "Compares two traces: what became slower, which spans were added, removed or changed.",
        arguments: &[
            ("!base_trace_id", "The id of the trace to compare with."),
            ("!compare_trace_id", "The id of the trace to explain."),
            ("format", "trace-summary-v0-composed (unless told otherwise), trace-summary-v0-native or trace-patch-v0."),
        ],
    },
    Tool {
        name: "get-attribute-names",
        about: "Lists the names of attributes that TraceQL queries can use.",
        arguments: &[("scope", "Only of this scope: span, resource, event, link or instrumentation.")],
    },
    Tool {
        name: "get-attribute-values",
        about: "Lists the values of an attribute.",
        arguments: &[
            ("!name", "The name with its scope, for example resource.service.name."),
            ("filter-query", "A TraceQL filter; only the spans that it selects count."),
        ],
    },
    Tool {
        name: "docs-traceql",
        about: "Explains TraceQL.",
        arguments: &[("name", "basic (unless told otherwise), aggregates, structural or metrics.")],
    },
];

/// The tools as the protocol describes them.
pub(super) fn list() -> Value {
    let tool = |tool: &Tool| {
        let arguments = || tool.arguments.iter().map(|(name, about)| (name.trim_start_matches('!'), name, about));
        let properties: Map<String, Value> = arguments()
            .map(|(name, _, about)| (name.to_owned(), json!({"type": "string", "description": about})))
            .collect();
        let required: Vec<&str> =
            arguments().filter(|(_, written, _)| written.starts_with('!')).map(|(name, ..)| name).collect();
        json!({
            "name": tool.name,
            "description": tool.about,
            "inputSchema": {"type": "object", "properties": properties, "required": required},
            "annotations": {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": false},
        })
    };
    TOOLS.iter().map(tool).collect()
}

/// Carries a tool out. What the tool refuses is a result, so that a model can read it and ask better.
pub(super) async fn call(state: &TempoState, params: Value) -> Result<Value, Failure> {
    let name = params["name"].as_str().unwrap_or_default();
    let Some(tool) = TOOLS.iter().find(|tool| tool.name == name) else {
        let known = TOOLS.map(|tool| tool.name).join(", ");
        return Err(Failure::params(format!("there is no tool {name:?}; the tools are {known}")));
    };
    let arguments = arguments(tool, &params["arguments"])?;
    let (text, is_error) = match ask(state, tool.name, &arguments).await {
        Ok(text) => (text, false),
        Err(error) => (format!("{}: {}", error.status.as_u16(), error.message), true),
    };
    Ok(json!({"content": [{"type": "text", "text": text}], "isError": is_error}))
}

/// The arguments by name, if all are known, texts, and those are there that have to be.
fn arguments(tool: &Tool, given: &Value) -> Result<Params, Failure> {
    let mut arguments = Params::new();
    for (name, value) in given.as_object().into_iter().flatten() {
        if !tool.arguments.iter().any(|(known, _)| known.trim_start_matches('!') == name) {
            return Err(Failure::params(format!("the tool {} has no argument {name:?}", tool.name)));
        }
        let text = value.as_str().ok_or_else(|| Failure::params(format!("the argument {name:?} has to be a text")))?;
        arguments.insert(name.clone(), text.to_owned());
    }
    let mut required = tool.arguments.iter().filter_map(|(name, _)| name.strip_prefix('!'));
    match required.find(|name| arguments.get(*name).is_none_or(String::is_empty)) {
        Some(missing) => Err(Failure::params(format!("the tool {} needs the argument {missing:?}", tool.name))),
        None => Ok(arguments),
    }
}

async fn ask(state: &TempoState, tool: &str, arguments: &Params) -> Result<String, PlainError> {
    let given = |name: &str| arguments.get(name).cloned().unwrap_or_default();
    match tool {
        "traceql-search" => {
            let (start, end) = range(state, arguments)?;
            let seconds = |time_ns: i64| (time_ns / SECOND).to_string();
            let params = [("q", given("query")), ("start", seconds(start)), ("end", seconds(end))];
            questions::search::search(state, &params_of(params)).await.map(written)
        }
        "traceql-metrics-instant" => {
            questions::metrics::query_instant(state, &over(state, arguments)?).await.map(written)
        }
        "traceql-metrics-range" => questions::metrics::query_range(state, &over(state, arguments)?).await.map(written),
        "get-trace" => trace(state, &given("trace_id"), &Params::new()).await.map(written),
        "trace-diff" => {
            let side = |name: &str| SideRequest { trace_id: given(name), ..SideRequest::default() };
            let format = match given("format") {
                format if format.is_empty() => crate::tempo::answer::diff::COMPOSED.to_owned(),
                format => format,
            };
            let request = DiffRequest { base: side("base_trace_id"), compare: side("compare_trace_id"), format };
            compared(state, &request).await
        }
        "get-attribute-names" => {
            questions::tags::names_v2(state, &params_of([("scope", given("scope"))])).await.map(written)
        }
        "get-attribute-values" => {
            let params = params_of([("q", given("filter-query"))]);
            questions::tags::values_v2(state, &given("name"), &params).await.map(written)
        }
        _ => docs::text(&given("name")),
    }
}

const SECOND: i64 = 1_000_000_000;

/// The query and the time range of a metrics query.
fn over(state: &TempoState, arguments: &Params) -> Result<Params, PlainError> {
    let (start, end) = range(state, arguments)?;
    let q = arguments.get("query").cloned().unwrap_or_default();
    Ok(params_of([("q", q), ("start", format!("{start:011}")), ("end", format!("{end:011}"))]))
}

/// The time range in nanoseconds: the last hour unless told otherwise.
fn range(state: &TempoState, arguments: &Params) -> Result<(i64, i64), PlainError> {
    let time = |name: &str| match arguments.get(name).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => chrono::DateTime::parse_from_rfc3339(text)
            .ok()
            .and_then(|time| time.timestamp_nanos_opt())
            .map(Some)
            .ok_or_else(|| PlainError::bad_request(format!("{name} is no time in RFC 3339: {text:?}"))),
    };
    // Up to the end of the current second, so that what has just arrived is in.
    let end = time("end")?.unwrap_or((state.clock.now_ns() / SECOND + 1) * SECOND);
    Ok((time("start")?.unwrap_or(end.saturating_sub(3_600 * SECOND)), end))
}

fn params_of<const N: usize>(pairs: [(&str, String); N]) -> Params {
    pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
}

fn written<M: Written>(answer: Answer<M>) -> String {
    answer.message.written(answer.missing.as_deref())
}
