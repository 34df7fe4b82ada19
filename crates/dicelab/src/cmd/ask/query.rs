//! `dicelab query LANG EXPR`: one question over the same HTTP APIs that everything else uses.
//!
//! | Language | Asked | Answer as a table |
//! |---|---|---|
//! | promql | `/api/v1/query`, with `--step` `/api/v1/query_range` | a row per series |
//! | logql | `/loki/api/v1/query_range` for lines; metrics like promql | a line per entry; a row per series |
//! | traceql | `/api/search` | a row per trace |

mod render;
mod table;

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use lab_model::duration;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, ServerUrl};
use serde_json::Value;

use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;
use crate::options::value::positive_duration;
use crate::parts::clock::now_ns;
use crate::ports::{Port, Ports};

/// For one answer.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Arguments of `dicelab query`.
#[derive(Debug, clap::Args)]
pub struct QueryCommand {
    /// The language of the query
    #[arg(value_name = "LANG")]
    language: Language,
    /// The query, as one argument
    #[arg(value_name = "EXPR")]
    expression: String,
    /// How far to look back
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = positive_duration)]
    since: Duration,
    /// Evaluate the query over the time range with one point per DURATION, not once for now (metrics only)
    #[arg(long, value_name = "DURATION", value_parser = positive_duration)]
    step: Option<Duration>,
    /// Print at most N lines or traces
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=5000))]
    limit: u32,
    /// How to print the answer; json is the answer as it came
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// Ask this server instead of the lab
    #[arg(long, value_name = "URL")]
    url: Option<ServerUrl>,
    #[command(flatten)]
    access: Access,
    /// What every command takes.
    #[command(flatten)]
    common: Common,
}

/// The query languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// Prometheus, for metrics
    Promql,
    /// Loki, for logs
    Logql,
    /// Tempo, for traces
    Traceql,
}

/// How an answer is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people to read
    Table,
    /// For programs to read
    Json,
}

/// Asks, and prints the answer to stdout.
pub fn run(command: &QueryCommand) -> anyhow::Result<ExitCode> {
    let (path, parameters) = command.question(now_ns());
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = Endpoint::new(command.access.client(TIMEOUT)?, &command.server()?, &[]);
    let server = server.asked_by(command.access.user.as_ref()).within(TIMEOUT);
    let base = server.base();
    let answer = in_runtime(async {
        let asked = server.get(path, &parameters).await;
        asked.with_context(|| format!("{base} does not answer; is the lab running, and with this --port-offset?"))
    })?;
    let (text, wants) = (answer.text(), answer.wants());
    if let Err(error) = answer.good() {
        bail!("{}", render::error(&text).filter(|_| wants.is_none()).unwrap_or_else(|| error.to_string()));
    }
    match command.format {
        Format::Json => println!("{text}"),
        Format::Table => {
            let answer: Value = serde_json::from_str(&text)
                .with_context(|| format!("the answer of {base} is not JSON; another program may listen there"))?;
            print!(
                "{}",
                render::answer(&answer)
                    .context("the answer is JSON, but not the answer to a query; another program may listen there")?
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl QueryCommand {
    fn server(&self) -> anyhow::Result<ServerUrl> {
        if let Some(url) = &self.url {
            return Ok(url.clone());
        }
        let port = match self.language {
            Language::Promql => Port::Metrics,
            Language::Logql => Port::Logs,
            Language::Traceql => Port::Traces,
        };
        Ok(self.access.local(&Ports::new(Ipv4Addr::LOCALHOST.into(), self.common.port_offset).url(port))?)
    }

    /// The path and the parameters to ask with.
    fn question(&self, now_ns: i64) -> (&'static str, Vec<(&'static str, String)>) {
        let start_ns = now_ns.saturating_sub(i64::try_from(self.since.as_nanos()).unwrap_or(i64::MAX));
        let seconds = |ns: i64| format!("{}.{:03}", ns / 1_000_000_000, ns / 1_000_000 % 1000);
        let expression = self.expression.clone();
        let range = |start: String, end: String| vec![("start", start), ("end", end)];
        let step = self.step.map(|step| ("step", duration::format(step)));
        let is_lines = self.expression.trim_start().starts_with('{');
        match (self.language, step) {
            (Language::Promql, None) => ("/api/v1/query", vec![("query", expression), ("time", seconds(now_ns))]),
            (Language::Promql, Some(step)) => {
                let mut parameters = range(seconds(start_ns), seconds(now_ns));
                parameters.extend([("query", expression), step]);
                ("/api/v1/query_range", parameters)
            }
            (Language::Logql, None) if !is_lines => {
                ("/loki/api/v1/query", vec![("query", expression), ("time", now_ns.to_string())])
            }
            (Language::Logql, step) => {
                let mut parameters = range(start_ns.to_string(), now_ns.to_string());
                parameters.extend([("query", expression), ("limit", self.limit.to_string())]);
                parameters.extend(step);
                ("/loki/api/v1/query_range", parameters)
            }
            (Language::Traceql, _) => {
                // Whole seconds; the end is rounded up so that the newest spans are in.
                let (start, end) = (start_ns / 1_000_000_000, now_ns / 1_000_000_000 + 1);
                let mut parameters = range(start.to_string(), end.to_string());
                parameters.extend([("q", expression), ("limit", self.limit.to_string())]);
                ("/api/search", parameters)
            }
        }
    }
}
