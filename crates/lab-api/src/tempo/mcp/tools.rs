//! The tools: a table of their names and arguments, and what each asks.

use lab_traces::traceql::syntax::parse;
use serde_json::{Map, Value, json};

use crate::error::PlainError;
use crate::tempo::answer::diff::{COMPOSED, PATCH, SUMMARY};
use crate::tempo::answer::format::Answer;
use crate::tempo::answer::json::Written;
use crate::tempo::http::diff::{DiffRequest, SideRequest, compared};
use crate::tempo::http::trace::trace;
use crate::tempo::mcp::argument::{Argument, Given};
use crate::tempo::mcp::docs;
use crate::tempo::mcp::rpc::Failure;
use crate::tempo::params::given::Params;
use crate::tempo::params::tags::complete_part;
use crate::tempo::questions;
use crate::tempo::state::TempoState;

/// A question of this port that a model can ask.
struct Tool {
    name: &'static str,
    about: &'static str,
    arguments: &'static [Argument],
    /// What an answer is, its encoding, and the version of the API that wrote it.
    answers: [&'static str; 3],
}

const START: Argument = Argument::free("start", "Begin of the time range in RFC 3339; without it the last hour.");
const END: Argument = Argument::free("end", "End of the time range in RFC 3339; without it now.");
const METRICS: Argument = Argument::required("query", "A TraceQL metrics query.");

const TOOLS: [Tool; 9] = [
    Tool {
        name: "traceql-search",
        about: "Finds traces by a TraceQL query.",
        arguments: &[Argument::required("query", "A TraceQL query for spansets."), START, END],
        answers: ["search-results", "json", "1"],
    },
    Tool {
        name: "traceql-metrics-instant",
        about: "Computes one number for each series of a TraceQL metrics query, over the whole time range.",
        arguments: &[METRICS, START, END],
        answers: ["metrics-instant", "json", "1"],
    },
    Tool {
        name: "traceql-metrics-range",
        about: "Computes the series of a TraceQL metrics query over the steps of a time range.",
        arguments: &[METRICS, START, END],
        answers: ["metrics-range", "json", "1"],
    },
    Tool {
        name: "get-trace",
        about: "Shows a trace.",
        arguments: &[Argument::required("trace_id", "The id of the trace in hexadecimal.")],
        answers: ["trace", "json", "2"],
    },
    Tool {
        name: "trace-diff",
        about: "Compares two traces: what became slower, which spans were added, removed or changed. The summary comes with \
                every span that differs where that is no more than 64 KiB; trace-patch-v0 has them all, however many.",
        arguments: &[
            Argument::required("base_trace_id", "The id of the trace to compare with."),
            Argument::required("compare_trace_id", "The id of the trace to explain."),
            Argument::free("base_start", "Begin of the range of the first trace in RFC 3339, together with base_end.")
                .full(),
            Argument::free("base_end", "End of the range of the first trace in RFC 3339, together with base_start.")
                .full(),
            Argument::free("compare_start", "Begin of the range of the second trace, together with compare_end.")
                .full(),
            Argument::free("compare_end", "End of the range of the second trace, together with compare_start.").full(),
            Argument::free("format", "How much the answer says.")
                .full()
                .one_of(&[COMPOSED, SUMMARY, PATCH])
                .or(COMPOSED),
        ],
        answers: ["trace-diff", "json", "2"],
    },
    Tool {
        name: "get-attribute-names",
        about: "Lists the names of attributes that TraceQL queries can use.",
        arguments: &[Argument::free("scope", "Only of this scope: span, resource, event, link or instrumentation.")],
        answers: ["attribute-names", "json", "2"],
    },
    Tool {
        name: "get-attribute-values",
        about: "Lists the values of an attribute.",
        arguments: &[
            Argument::required("name", "The name with its scope, for example resource.service.name."),
            Argument::free("filter-query", "A TraceQL filter; only the spans that it selects count."),
        ],
        answers: ["attribute-values", "json", "2"],
    },
    Tool {
        name: "docs-traceql",
        about: "Explains TraceQL.",
        arguments: &[Argument::required("name", "Which part.").one_of(&docs::OF_LANGUAGE)],
        answers: ["documentation", "markdown", "1"],
    },
    Tool {
        name: "docs-config",
        about: "Explains how the trace store is configured.",
        arguments: &[Argument::required("name", "What to explain.").one_of(&docs::OF_CONFIGURATION)],
        answers: ["documentation", "markdown", "1"],
    },
];

/// The tools as the protocol describes them.
pub(super) fn list() -> Value {
    let tool = |tool: &Tool| {
        let properties = tool.arguments.iter().map(|argument| (argument.name.to_owned(), argument.schema()));
        let required = tool.arguments.iter().filter(|argument| argument.is_required);
        let mut schema = Map::from_iter([
            ("type".to_owned(), json!("object")),
            ("properties".to_owned(), Value::Object(properties.collect())),
        ]);
        let required: Value = required.map(|argument| json!(argument.name)).collect();
        if required.as_array().is_some_and(|names| !names.is_empty()) {
            schema.insert("required".to_owned(), required);
        }
        json!({
            "name": tool.name,
            "description": tool.about,
            "inputSchema": schema,
            "annotations": {
                "readOnlyHint": true, "destructiveHint": false, "idempotentHint": false, "openWorldHint": false,
            },
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
    let answer = match Given::read(tool.name, tool.arguments, &params["arguments"]) {
        Ok(given) => ask(state, tool.name, &given).await,
        Err(why) => Err(PlainError::bad_request(why)),
    };
    let text = |text: String| json!([{"type": "text", "text": text}]);
    let [kind, encoding, version] = tool.answers;
    Ok(match answer {
        Ok(found) => json!({
            "_meta": {"type": kind, "encoding": encoding, "version": version},
            "content": text(found),
            "isError": false,
        }),
        Err(error) => {
            json!({"content": text(format!("{}: {}", error.status.as_u16(), error.message)), "isError": true})
        }
    })
}

async fn ask(state: &TempoState, tool: &str, given: &Given) -> Result<String, PlainError> {
    match tool {
        "traceql-search" => {
            check_kind(given.text("query"), false)?;
            let (start, end) = range(state, given)?;
            let seconds = |time_ns: i64| (time_ns / SECOND).to_string();
            let params = [("q", given.text("query").to_owned()), ("start", seconds(start)), ("end", seconds(end))];
            questions::search::search(state, &params_of(params)).await.map(written)
        }
        "traceql-metrics-instant" => questions::metrics::query_instant(state, &over(state, given)?).await.map(written),
        "traceql-metrics-range" => questions::metrics::query_range(state, &over(state, given)?).await.map(written),
        "get-trace" => trace(state, given.text("trace_id"), &Params::new()).await.map(written),
        "trace-diff" => {
            let base = side(given, ["base_trace_id", "base_start", "base_end"])?;
            let compare = side(given, ["compare_trace_id", "compare_start", "compare_end"])?;
            compared(state, &DiffRequest { base, compare, format: given.text("format").to_owned() }).await
        }
        "get-attribute-names" => {
            questions::tags::names_v2(state, &params_of([("scope", given.text("scope").to_owned())])).await.map(written)
        }
        "get-attribute-values" => {
            let filter = given.text("filter-query");
            let query = complete_part(filter).filter(|query| query.pipeline().is_some());
            if !filter.is_empty() && query.is_none() {
                let why =
                    "filter-query has to be one filter of spans, such as { span.http.route = \"/\" && status = error }";
                return Err(PlainError::bad_request(why));
            }
            questions::tags::values_of(state, given.text("name"), query).await.map(written)
        }
        "docs-config" => Ok(docs::of_configuration(state, given.text("name"))),
        _ => Ok(docs::of_language(given.text("name")).to_owned()),
    }
}

const SECOND: i64 = 1_000_000_000;

/// One of the traces of a comparison: its id, and its time range if one is given.
fn side(given: &Given, [id, start, end]: [&str; 3]) -> Result<SideRequest, PlainError> {
    let (from, to) = (given.time(start)?, given.time(end)?);
    if from.is_some() != to.is_some() {
        return Err(PlainError::bad_request(format!("{start} and {end} have to be given together")));
    }
    let seconds = |time_ns: i64| time_ns.div_euclid(SECOND);
    Ok(SideRequest { trace_id: given.text(id).to_owned(), start: from.map(seconds), end: to.map(seconds) })
}

/// Whether a query asks what the tool answers; what cannot be read at all is told when it is asked.
fn check_kind(query: &str, is_metrics: bool) -> Result<(), PlainError> {
    let Ok(query) = parse(query) else { return Ok(()) };
    match (query.pipeline().is_none(), is_metrics) {
        (true, false) => Err(PlainError::bad_request(
            "the query asks for metrics: use the tool traceql-metrics-instant or traceql-metrics-range",
        )),
        (false, true) => Err(PlainError::bad_request(
            "the query searches traces and computes no metrics: use the tool traceql-search",
        )),
        _ => Ok(()),
    }
}

/// The query and the time range of a metrics query.
fn over(state: &TempoState, given: &Given) -> Result<Params, PlainError> {
    check_kind(given.text("query"), true)?;
    let (start, end) = range(state, given)?;
    let q = given.text("query").to_owned();
    Ok(params_of([("q", q), ("start", format!("{start:011}")), ("end", format!("{end:011}"))]))
}

/// The time range in nanoseconds: the last hour unless told otherwise.
fn range(state: &TempoState, given: &Given) -> Result<(i64, i64), PlainError> {
    // Up to the end of the current second, so that what has just arrived is in.
    let end = given.time("end")?.unwrap_or((state.clock.now_ns() / SECOND + 1) * SECOND);
    Ok((given.time("start")?.unwrap_or(end.saturating_sub(3_600 * SECOND)), end))
}

fn params_of<const N: usize>(pairs: [(&str, String); N]) -> Params {
    pairs.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The short form of an answer, where it has one.
fn written<M: Written>(answer: Answer<M>) -> String {
    let missing = answer.missing.as_deref();
    answer.message.short(missing).map_or_else(|| answer.message.written(missing), |short| short.to_string())
}
