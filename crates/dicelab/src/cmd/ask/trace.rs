//! `dicelab trace`: a waterfall of one trace, two traces side by side, or what many traces prove.
//!
//! | Arguments | Printed |
//! |---|---|
//! | `ID` | the waterfall: critical path, what ran at the same time, what is wrong; with `-v` all that each span says |
//! | `ID ID` | both side by side, what came and went, and what each of them waited for |
//! | `--query EXPR` | of all traces that TraceQL finds: what they waited for, and what ran at the same time |

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use lab_verify::options::StackArgs;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Header, ServerUrl};
use lab_verify::stack::span::Span;
use lab_verify::stack::tempo::Tempo;
use lab_verify::time::clock::Clock;
use lab_verify::trace::analysis::compare::Comparison;
use lab_verify::trace::analysis::draw;
use lab_verify::trace::analysis::many::Many;
use lab_verify::trace::analysis::one::Concurrency;
use lab_verify::trace::waterfall;
use serde_json::json;

use crate::cmd::runtime::in_runtime;
use crate::cmd::terminal;
use crate::options::common::Common;
use crate::options::format::Format;
use crate::options::value::positive_duration;
use crate::parts::clock::now_ns;

/// Arguments of `dicelab trace`.
#[derive(Debug, clap::Args)]
pub struct TraceCommand {
    /// The trace's id in hexadecimal, as `traceresponse` and log lines carry it; two ids are compared
    #[arg(value_name = "ID", value_parser = trace_id, num_args = 1..=2, required_unless_present = "query")]
    ids: Vec<String>,
    /// Analyse all traces that this TraceQL query finds
    #[arg(long, value_name = "EXPR", conflicts_with = "ids")]
    query: Option<String>,
    /// How far to look back for them
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = positive_duration, requires = "query")]
    since: Duration,
    /// Analyse at most N of them, the newest first
    #[arg(long, value_name = "N", default_value_t = 100, requires = "query",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Say all of each span: attributes, events, stack traces, links, scope and resource; of two traces what differs
    #[arg(long, short)]
    verbose: bool,
    /// Ask this server for the trace [default: port 3200 here]
    #[arg(long, value_name = "URL")]
    tempo_url: Option<ServerUrl>,
    /// Send this header to it, for example `Authorization: Basic …`; may be repeated
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<Header>,
    #[command(flatten)]
    access: Access,
    /// How to print the trace
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    #[command(flatten)]
    common: Common,
}

/// Prints what the arguments ask for to stdout.
pub fn run(command: &TraceCommand) -> anyhow::Result<ExitCode> {
    let stack = StackArgs {
        tempo_url: command.tempo_url.clone(),
        header: command.header.clone(),
        access: command.access.clone(),
        ..StackArgs::default()
    };
    let tempo = stack.stack(command.common.port_offset, Clock::new(now_ns))?.tempo;
    let text = in_runtime(async {
        match (&command.query, command.ids.as_slice()) {
            (Some(query), _) => many(command, &tempo, query).await,
            (None, [base, compare]) => both(command, &tempo, base, compare).await,
            (None, [id]) => one(command, &tempo, id).await,
            (None, _) => bail!("give the id of a trace, or --query"),
        }
    })?;
    stdout().write_all(text.as_bytes()).context("the answer cannot be printed")?;
    Ok(ExitCode::SUCCESS)
}

async fn one(command: &TraceCommand, tempo: &Tempo, id: &str) -> anyhow::Result<String> {
    let spans = spans(tempo, id).await?;
    if command.format == Format::Json {
        return Ok(format!("{:#}\n", waterfall::json::waterfall(id, &spans)));
    }
    let mut text = waterfall::draw(id, &spans, terminal::canvas());
    if command.verbose {
        text += &waterfall::details::details(&spans, &tempo.details(id).await?);
    }
    Ok(text)
}

async fn both(command: &TraceCommand, tempo: &Tempo, base: &str, compare: &str) -> anyhow::Result<String> {
    let (one, other) = (spans(tempo, base).await?, spans(tempo, compare).await?);
    let found = Comparison::of((base, &one), (compare, &other));
    Ok(match command.format {
        Format::Text => draw::comparison(&found, terminal::canvas().width, command.verbose),
        Format::Json => format!("{:#}\n", json!(found)),
    })
}

async fn many(command: &TraceCommand, tempo: &Tempo, query: &str) -> anyhow::Result<String> {
    let now_s = now_ns() / 1_000_000_000;
    let since_s = i64::try_from(command.since.as_secs().max(1)).unwrap_or(i64::MAX);
    // The end lies within the next second, so that what just ended is found.
    let range = (now_s.saturating_sub(since_s), now_s + 1);
    let found = tempo.search(query, range, command.limit as usize).await.with_context(|| silent(tempo))?;
    let mut analysed = Vec::with_capacity(found.len());
    for trace in found {
        // What retention removed since it was found is left out.
        let spans = tempo.trace(&trace.trace_id).await.with_context(|| silent(tempo))?;
        if !spans.is_empty() {
            analysed.push(Concurrency::of(&trace.trace_id, &spans));
        }
    }
    if analysed.is_empty() {
        bail!(
            "{} found no trace for {query} within {}; ask for another one, or further back with --since",
            tempo.base(),
            lab_model::duration::format(command.since),
        );
    }
    let found = Many::of(&analysed);
    Ok(match command.format {
        Format::Text => draw::many(&found),
        Format::Json => format!("{:#}\n", json!(found)),
    })
}

/// The spans of a trace that must be there.
async fn spans(tempo: &Tempo, id: &str) -> anyhow::Result<Vec<Span>> {
    let spans = tempo.trace(id).await.with_context(|| silent(tempo))?;
    if spans.is_empty() {
        bail!(
            "{} has no trace {id}: it is not stored yet, no longer kept, or of another lab (--port-offset, --tempo-url)",
            tempo.base()
        );
    }
    Ok(spans)
}

fn silent(tempo: &Tempo) -> String {
    format!("the trace store at {} does not answer; is the lab running, and with this --port-offset?", tempo.base())
}

/// Up to 32 hexadecimal digits; leading zeros may be missing.
fn trace_id(text: &str) -> Result<String, String> {
    let is_id = (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id || text.bytes().all(|byte| byte == b'0') {
        return Err(format!("not a trace id: {text:?} (expected up to 32 hexadecimal digits, not all zeros)"));
    }
    Ok(format!("{:0>32}", text.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_completed_or_refused() {
        assert_eq!(trace_id("9E17"), Ok(format!("{:0>32}", "9e17")));
        for bad in ["", "xyz", "0000", "9e17e9f2fed889d483b429662cd959680"] {
            assert!(trace_id(bad).is_err_and(|why| why.starts_with("not a trace id")), "{bad}");
        }
    }
}
