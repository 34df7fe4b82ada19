//! `dicelab query LANG EXPR`: one question over the same HTTP APIs that everything else uses.
//!
//! | Language | Asked | Answer as a table |
//! |---|---|---|
//! | promql | `/api/v1/query`, with `--step` `/api/v1/query_range` | a row per series |
//! | logql | `/loki/api/v1/query_range` for lines; metrics like promql | a line per entry; a row per series |
//! | traceql | `/api/search` for traces; `/api/metrics/query`, with `--step` `/api/metrics/query_range` | a row per trace; a row per series |

mod corrections;
mod follow;
mod lines;
mod question;
mod render;
mod table;

use std::io::stdout;
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::ValueEnum;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Answer, AskError, Endpoint, Header, ServerUrl};
use serde_json::Value;

use self::corrections::Correction;
use self::lines::{Form, Line};
use self::question::{Language, Question};
use crate::cmd::runtime::in_runtime;
use crate::cmd::terminal::canvas;
use crate::options::common::Common;
use crate::options::value::{moment, positive_duration};
use crate::parts::clock::now_ns;
use crate::ports::{Port, Ports};

/// For one answer.
const TIMEOUT: Duration = Duration::from_secs(120);

/// So many corrections of a query are tried, and so many shown.
const MOST_TRIED: usize = 6;
const MOST_MEANT: usize = 2;

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
    /// Go on with the lines that come, until the command is stopped (logql only)
    #[arg(long, conflicts_with_all = ["end", "step"])]
    follow: bool,
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
    /// Log lines as they were written
    Raw,
    /// One object of JSON for each log line, series or trace
    Jsonl,
}

/// Asks, and prints the answer to stdout.
pub fn run(command: &QueryCommand) -> anyhow::Result<ExitCode> {
    if command.follow {
        return follow(command);
    }
    let question = command.question(now_ns())?;
    let server = command.endpoint()?;
    let base = server.base();
    let (answer, meant) = in_runtime(async {
        let answer = ask(&server, &question).await;
        let answer = answer
            .with_context(|| format!("{base} does not answer; is the lab running, and with this --port-offset?"))?;
        let meant = meant(&server, &question, &answer).await;
        Ok((answer, meant))
    })?;
    let (text, wants) = (answer.text(), answer.wants());
    if let Err(error) = answer.good() {
        let said = render::error(&text).filter(|_| wants.is_none()).unwrap_or_else(|| error.to_string());
        bail!("{}", [said].into_iter().chain(meant).collect::<Vec<_>>().join("\n"));
    }
    match command.format {
        Format::Json => println!("{text}"),
        format => {
            let answer: Value = serde_json::from_str(&text)
                .with_context(|| format!("the answer of {base} is not JSON; another program may listen there"))?;
            print!("{}", printed(&answer, format)?);
        }
    }
    for meant in meant {
        eprintln!("{meant}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn ask(server: &Endpoint, question: &Question) -> Result<Answer, AskError> {
    let (path, parameters) = question.ask();
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
    server.get(path, &parameters).await
}

/// What was probably meant by a query that was refused or found nothing, tried and found to be better.
async fn meant(server: &Endpoint, question: &Question, answer: &Answer) -> Vec<String> {
    let (text, is_refused) = (answer.text(), answer.status == 400);
    let is_empty = answer.status == 200 && found(&text) == Some(0);
    if !is_refused && !is_empty {
        return Vec::new();
    }
    let (mut tried, said) = (Vec::new(), hints(&text));
    for one in corrections::of(question.language, &question.expression, is_refused, &said).into_iter().take(MOST_TRIED)
    {
        let other = Question { expression: one.query.clone(), ..question.clone() };
        let Ok(answer) = ask(server, &other).await else { continue };
        if answer.status == 200 {
            tried.push((found(&answer.text()).unwrap_or_default(), one));
        }
    }
    // What finds something is better than what is merely understood, which is better than what is refused.
    let best = tried.iter().map(|(found, _)| *found > 0).max();
    let is_better =
        |(found, _): &&(usize, Correction)| (*found > 0) == best.unwrap_or_default() && (is_refused || *found > 0);
    let said = |(_, one): &(usize, Correction)| format!("did you mean {}\n  ({})", one.query, one.why);
    tried.iter().filter(is_better).take(MOST_MEANT).map(said).collect()
}

/// What a store says beside an answer.
fn hints(text: &str) -> String {
    let answer: Value = serde_json::from_str(text).unwrap_or_default();
    let lists = ["warnings", "infos"].into_iter().filter_map(|name| answer.get(name)?.as_array());
    lists.flatten().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

/// How many series, lines or traces an answer holds; a list that is left out is empty.
fn found(text: &str) -> Option<usize> {
    let answer: Value = serde_json::from_str(text).ok()?;
    let places = [answer.pointer("/data/result"), answer.get("traces"), answer.get("series")];
    Some(places.into_iter().flatten().find_map(Value::as_array).map_or(0, Vec::len))
}

/// An answer as it is printed, unless it is printed as it came.
fn printed(answer: &Value, format: Format) -> anyhow::Result<String> {
    const UNKNOWN: &str = "the answer is JSON, but not the answer to a query; another program may listen there";
    let each = |lines: &[Line], form| lines.iter().map(|line| lines::written(line, form, false) + "\n").collect();
    match (format, lines::of(answer)) {
        (Format::Raw, Some(lines)) => Ok(each(&lines, Form::Raw)),
        (Format::Raw, None) => bail!("--format raw prints log lines, and this answer holds none; use table or jsonl"),
        (Format::Jsonl, Some(lines)) => Ok(each(&lines, Form::Json)),
        (Format::Jsonl, None) => {
            let places = [answer.pointer("/data/result"), answer.get("traces"), answer.get("series")];
            let list = places.into_iter().flatten().find_map(Value::as_array).context(UNKNOWN)?;
            Ok(list.iter().map(|one| one.to_string() + "\n").collect())
        }
        _ => render::answer(answer).context(UNKNOWN),
    }
}

/// Prints lines as they come, until the command is stopped.
fn follow(command: &QueryCommand) -> anyhow::Result<ExitCode> {
    let form = match command.format {
        Format::Table => Form::Timed,
        Format::Raw => Form::Raw,
        Format::Json | Format::Jsonl => Form::Json,
    };
    if command.language != Language::Logql {
        bail!("--follow goes with logql: it shows log lines as they come");
    }
    let question = command.question(now_ns())?;
    let (colours, mut out) = (canvas().colours, stdout().lock());
    let range = (question.start_ns, command.limit);
    in_runtime(follow::run(|| command.endpoint(), &command.expression, range, (form, colours), (&mut out, now_ns)))?;
    Ok(ExitCode::SUCCESS)
}

impl QueryCommand {
    fn endpoint(&self) -> anyhow::Result<Endpoint> {
        let server = Endpoint::new(self.access.client(TIMEOUT)?, &self.server()?, &self.header);
        Ok(server.asked_by(self.access.user.as_ref()).within(TIMEOUT))
    }

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
