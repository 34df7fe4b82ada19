//! `dicelab query LANG EXPR`: one question over the same HTTP APIs that everything else uses.
//!
//! | Language | Asked | Answer as a table |
//! |---|---|---|
//! | promql | `/api/v1/query`, with `--step` `/api/v1/query_range` | a row per series |
//! | logql | `/loki/api/v1/query_range` for lines; metrics like promql | a line per entry; a row per series |
//! | traceql | `/api/search` for traces; `/api/metrics/query`, with `--step` `/api/metrics/query_range` | a row per trace; a row per series |

mod question;
mod render;
mod table;

use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, Header, ServerUrl};
use serde_json::Value;

use self::question::{Language, Question};
use crate::cmd::runtime::in_runtime;
use crate::options::common::Common;
use crate::options::value::{moment, positive_duration};
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
    /// How far to look back from --end
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = positive_duration)]
    since: Duration,
    /// Look back to this time instead: 2026-11-28T10:00:00Z, or seconds since 1970
    #[arg(long, value_name = "TIME", conflicts_with = "since", value_parser = moment)]
    start: Option<i64>,
    /// The newest time to look at, and the time of a query that is evaluated once [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    end: Option<i64>,
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
    /// Send this header along, for example `X-Scope-OrgID: tenant`; may be repeated
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<Header>,
    #[command(flatten)]
    access: Access,
    /// What every command takes.
    #[command(flatten)]
    common: Common,
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
    let (path, parameters) = command.question(now_ns())?.ask();
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = Endpoint::new(command.access.client(TIMEOUT)?, &command.server()?, &command.header);
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

    /// What is asked, of which time.
    fn question(&self, now_ns: i64) -> anyhow::Result<Question> {
        let end_ns = self.end.unwrap_or(now_ns);
        let since_ns = i64::try_from(self.since.as_nanos()).unwrap_or(i64::MAX);
        let start_ns = self.start.unwrap_or_else(|| end_ns.saturating_sub(since_ns));
        if start_ns >= end_ns {
            bail!("--start must be before --end, which is the present if it is not given");
        }
        Ok(Question {
            language: self.language,
            expression: self.expression.clone(),
            start_ns,
            end_ns,
            // Without --end the newest spans are in, too.
            is_now: self.end.is_none(),
            step: self.step,
            limit: self.limit,
        })
    }
}
