//! `dicelab trace ID`: a waterfall in the terminal.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use lab_verify::options::StackArgs;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Header, ServerUrl};
use lab_verify::time::clock::Clock;
use lab_verify::trace::waterfall;

use crate::cmd::runtime::in_runtime;
use crate::cmd::terminal;
use crate::options::common::Common;
use crate::options::format::Format;
use crate::parts::clock::now_ns;

/// Arguments of `dicelab trace`.
#[derive(Debug, clap::Args)]
pub struct TraceCommand {
    /// The trace's id in hexadecimal, as `traceresponse` and log lines carry it
    #[arg(value_name = "ID", value_parser = trace_id)]
    id: String,
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

/// Draws the trace to stdout.
pub fn run(command: &TraceCommand) -> anyhow::Result<ExitCode> {
    let id = &command.id;
    let stack = StackArgs {
        tempo_url: command.tempo_url.clone(),
        header: command.header.clone(),
        access: command.access.clone(),
        ..StackArgs::default()
    };
    let tempo = stack.stack(command.common.port_offset, Clock::new(now_ns))?.tempo;
    let asked = in_runtime(async { Ok(tempo.trace(id).await) })?;
    let spans = asked.with_context(|| {
        format!("the trace store at {} does not answer; is the lab running, and with this --port-offset?", tempo.base())
    })?;
    if spans.is_empty() {
        bail!(
            "{} has no trace {id}: it is not stored yet, no longer kept, or of another lab (--port-offset, --tempo-url)",
            tempo.base()
        );
    }
    let text = match command.format {
        Format::Text => waterfall::draw(id, &spans, terminal::canvas()),
        Format::Json => format!("{:#}\n", waterfall::json::waterfall(id, &spans)),
    };
    stdout().write_all(text.as_bytes()).context("the trace cannot be printed")?;
    Ok(ExitCode::SUCCESS)
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
