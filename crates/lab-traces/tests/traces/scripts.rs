//! Scripts of TraceQL.
//!
//! ```text
//! load 1                          spans of trace 1, one a line (see `spans`)
//!   1 - frontend "GET /roll" server 0s 50ms die.type=fair
//! eval { .die.type = "fair" }     one line a spanset: trace, spans, what by() and aggregates found
//!   1: 1
//! show { name = "x" }             the same with the attributes that an answer shows
//!   1: 1 [die.type=fair]
//! series 10s 0s 30s { } | rate()  step (or `instant`), from, to; one line a series: labels, then time=value
//!   __name__=rate 0=0.1 10=0 20=0
//! fails { .a }                    the error
//!   …
//! ```
//!
//! Everything is asked twice: while it is in memory and after a flush.

use std::path::Path;

use lab_model::{Grant, Interrupt};
use lab_storage::Location;
use lab_testkit::script::{Block, run_folder};
use lab_traces::query::metrics::series::Series;
use lab_traces::query::metrics::{self, MetricsRequest};
use lab_traces::query::search::{FoundSpan, SearchRequest, search};
use lab_traces::query::walk::Selection;
use lab_traces::traceql::duration;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::parse;
use lab_traces::{Limits, TraceStore};

use crate::spans::{EPOCH, request};

#[test]
fn scripts_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traceql");
    run_folder(&folder, || TraceStore::open(&Location::Memory, Limits::default()).expect("opens"), run);
}

fn run(store: &mut TraceStore, block: &Block) -> Result<(), String> {
    if block.command == "load" {
        let trace = block.argument.parse().map_err(|_| "load needs the trace's number".to_owned())?;
        let lines: Vec<&str> = block.body.iter().map(String::as_str).collect();
        let received = store.append(&request(trace, &lines), EPOCH).map_err(|error| error.to_string())?;
        return if received.rejected.total() == 0 { Ok(()) } else { Err(received.rejected.explanation()) };
    }
    let ask = |store: &TraceStore| match block.command.as_str() {
        "eval" => traces(store, &block.argument, false),
        "show" => traces(store, &block.argument, true),
        "series" => series(store, &block.argument),
        "fails" => match parse(&block.argument) {
            Ok(query) => Err(format!("it is valid: {query}")),
            Err(error) => Ok(vec![error.to_string()]),
        },
        other => Err(format!("unknown command {other:?}")),
    };
    for when in ["in memory", "on disk"] {
        let found = ask(store)?;
        if found != block.body {
            return Err(format!(
                "{when} expected\n      {}\n    found\n      {}",
                block.body.join("\n      "),
                found.join("\n      ")
            ));
        }
        store.flush(EPOCH).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn traces(store: &TraceStore, query: &str, show: bool) -> Result<Vec<String>, String> {
    let request = SearchRequest {
        selection: selection(query, 0, i64::MAX)?,
        min_duration_ns: 0,
        max_duration_ns: i64::MAX,
        limit: 100,
        spans_per_spanset: None,
    };
    let result = search(store, &request, &Grant::default()).map_err(|error| error.to_string())?;
    let mut lines = Vec::new();
    for trace in &result.traces {
        let number = u128::from_be_bytes(trace.id.0);
        for spanset in &trace.spansets {
            assert_eq!(spanset.matched, spanset.spans.len());
            let spans: Vec<String> = spanset.spans.iter().map(|found| span(found, show)).collect();
            let found = spanset.attributes.iter().map(|(name, value)| format!("{name}={value}"));
            let words: Vec<String> = spans.into_iter().chain(found).collect();
            lines.push(format!("{number}: {}", words.join(" ")));
        }
    }
    Ok(lines)
}

fn span(span: &FoundSpan, show: bool) -> String {
    let id = u64::from_be_bytes(span.id.0).to_string();
    if !show {
        return id;
    }
    let mut shown: Vec<String> = span.name.iter().map(|name| format!("name={name}")).collect();
    shown.extend(span.attributes.iter().map(|(name, value)| format!("{name}={value}")));
    format!("{id} [{}]", shown.join(" "))
}

fn series(store: &TraceStore, argument: &str) -> Result<Vec<String>, String> {
    let parts: Vec<&str> = argument.splitn(4, ' ').collect();
    let [step, start, end, query] = parts[..] else { return Err("series needs step, start, end, query".into()) };
    let time = |text: &str| duration::parse(text).ok_or_else(|| format!("{text:?} is no duration"));
    let request = MetricsRequest {
        query: parse(query).map_err(|error| error.to_string())?,
        start_ns: EPOCH + time(start)?,
        end_ns: EPOCH + time(end)?,
        enough: Interrupt::default(),
        step_ns: if step == "instant" { None } else { Some(time(step)?) },
        exemplars: 1,
        max_series: 1_000,
    };
    let result = metrics::query(store, &request, &Grant::default()).map_err(|error| error.to_string())?;
    let line = |series: &Series| {
        let labels = series.labels.iter().map(|(name, value)| format!("{name}={value}"));
        let samples = series.samples.iter().map(|(at, value)| {
            let rounded = (value * 1e6).round() / 1e6;
            format!("{}={rounded}", (at - EPOCH) / 1_000_000_000)
        });
        labels.chain(samples).collect::<Vec<_>>().join(" ")
    };
    Ok(result.series.iter().map(line).collect())
}

fn selection(query: &str, start_ns: i64, end_ns: i64) -> Result<Selection, String> {
    let query = parse(query).map_err(|error| error.to_string())?;
    let plan = Plan::new(query.pipeline().ok_or("it is a metrics query")?.clone());
    Ok(Selection { plan, start_ns, end_ns, enough: Interrupt::default() })
}
