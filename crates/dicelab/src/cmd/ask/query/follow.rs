//! `dicelab query logql --follow`: the newest lines, and then every line that comes, until the command is stopped. The server
//! is asked every second, so that a restart of it, or a break of the connection, costs no line.

use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::time::Duration;

use anyhow::bail;
use lab_verify::stack::endpoint::Endpoint;
use serde_json::Value;
use tokio::time::sleep;

use crate::cmd::ask::query::lines::{self, Form, Line};

/// How often the server is asked.
const EVERY: Duration = Duration::from_secs(1);
/// Lines that come so much after their time (ns) are still seen.
const SLACK: i64 = 30_000_000_000;
/// The most lines of one answer.
const MOST: u32 = 5000;

/// Follows the lines of a query; ends when `out` takes no more.
pub(super) async fn run(
    connect: impl Fn() -> anyhow::Result<Endpoint>,
    query: &str,
    (start, limit): (i64, u32),
    (form, colours): (Form, bool),
    (out, now): (&mut impl Write, impl Fn() -> i64),
) -> anyhow::Result<()> {
    let (mut server, mut seen) = (connect()?, BTreeSet::new());
    let (mut from, mut is_lost) = (start, false);
    let mut asked = ask(&server, query, (start, now()), limit, "backward").await;
    loop {
        match asked {
            Ok(Asked::Lines(new)) => {
                if std::mem::take(&mut is_lost) {
                    eprintln!("dicelab: {} answers again", server.base());
                }
                for line in new.iter().filter(|line| seen.insert(mark(line))) {
                    if writeln!(out, "{}", lines::written(line, form, colours)).is_err() {
                        return Ok(());
                    }
                }
                if out.flush().is_err() {
                    return Ok(());
                }
                // What is full may hold more of the same time.
                let reached = new.last().filter(|_| new.len() == MOST as usize).map(|line| line.time);
                from = reached.unwrap_or_else(|| (now() - SLACK).max(start));
                seen = seen.split_off(&(from.min(now() - SLACK), 0));
            }
            Ok(Asked::Refused(why)) => bail!("{why}"),
            Err(why) => {
                if !std::mem::replace(&mut is_lost, true) {
                    eprintln!("dicelab: {why}; trying again");
                }
                // One that was silent too often is not asked again.
                server = connect()?;
            }
        }
        sleep(EVERY).await;
        asked = ask(&server, query, (from, now()), MOST, "forward").await;
    }
}

enum Asked {
    /// What was found, the oldest line first.
    Lines(Vec<Line>),
    /// The query is wrong.
    Refused(String),
}

/// Asks once; an error may pass.
async fn ask(
    server: &Endpoint,
    query: &str,
    (start, end): (i64, i64),
    limit: u32,
    direction: &str,
) -> Result<Asked, String> {
    let (start, end, limit) = (start.to_string(), end.saturating_add(1).to_string(), limit.to_string());
    let parameters = [
        ("query", query),
        ("start", start.as_str()),
        ("end", end.as_str()),
        ("limit", limit.as_str()),
        ("direction", direction),
    ];
    let answer = server.get("/loki/api/v1/query_range", &parameters).await.map_err(|error| error.to_string())?;
    let text = answer.text();
    if (400..500).contains(&answer.status) && answer.status != 429 {
        return Ok(Asked::Refused(text.trim().to_owned()));
    }
    answer.good().map_err(|error| error.to_string())?;
    let answer: Value = serde_json::from_str(&text).map_err(|error| format!("the answer is not JSON: {error}"))?;
    lines::of(&answer).map_or_else(
        || Ok(Asked::Refused("--follow shows log lines, and this query computes samples".to_owned())),
        |lines| Ok(Asked::Lines(lines)),
    )
}

fn mark(line: &Line) -> (i64, u64) {
    let mut hasher = DefaultHasher::new();
    (&line.text, line.labels.iter().map(|(name, value)| (name, value.as_str())).collect::<Vec<_>>()).hash(&mut hasher);
    (line.time, hasher.finish())
}
