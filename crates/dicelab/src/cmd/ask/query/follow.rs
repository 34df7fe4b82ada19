//! `dicelab query logql --follow`: the newest lines, and then every line that comes, until the command is stopped. The server
//! is asked every second, and at once while it has more than one answer holds, so that a restart of it, or a break of the
//! connection, costs no line.

use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::time::Duration;

use anyhow::bail;
use chrono::{DateTime, SecondsFormat, Utc};
use lab_verify::stack::endpoint::Endpoint;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::cmd::ask::query::lines::{self, Form, Line};

/// How often the server is asked.
const EVERY: Duration = Duration::from_secs(1);
/// Lines that come so much after their time (ns) are seen the next time that the server is asked.
const OVERLAP: i64 = 3_000_000_000;
/// Those that come so much after it (ns) are looked for every [`LOOK_BACK`], since that means to read many lines again.
const SLACK: i64 = 30_000_000_000;
const LOOK_BACK: Duration = Duration::from_secs(5);
/// The most lines of one answer.
const MOST: u32 = 5000;

/// Follows the lines of a query; ends when `out` takes no more.
pub(super) async fn run<C: Fn() -> anyhow::Result<Endpoint>, N: Fn() -> i64>(
    connect: C,
    query: &str,
    (start, limit): (i64, u32),
    (form, colours): (Form, bool),
    (out, now): (&mut impl Write, N),
) -> anyhow::Result<()> {
    let mut source = Source { server: connect()?, connect, query, is_lost: false };
    let mut seen = BTreeSet::new();
    let mut write = |lines: &[Line], seen: &mut BTreeSet<Mark>| -> bool {
        let mut new = lines.iter().filter(|line| seen.insert(mark(line)));
        new.all(|line| writeln!(out, "{}", lines::written(line, form, colours)).is_ok()) && out.flush().is_ok()
    };
    let until = now();
    let newest = source.lines((start, until), limit, "backward").await?;
    if !write(&newest, &mut seen) {
        return Ok(());
    }
    // What the limit left out of the first answer is not shown later either.
    let floor = newest.first().filter(|_| newest.len() >= limit as usize).map_or(start, |oldest| oldest.time);
    let mut told = i64::MIN;
    // From where on there may be new lines, and from where on late ones.
    let (mut fresh, mut late) = ((until - OVERLAP).max(floor), (until - SLACK).max(floor));
    let mut look_back = Instant::now();
    loop {
        let until = now().max(fresh);
        let lines = source.lines((fresh, until), MOST, "forward").await?;
        if !write(&lines, &mut seen) {
            return Ok(());
        }
        let rest = behind(&lines, &mut told);
        fresh = rest.unwrap_or_else(|| (until - OVERLAP).max(fresh));
        let mut is_behind = rest.is_some();
        // One answer of late lines at a time: the new ones do not wait for all of them.
        if Instant::now() >= look_back {
            let lines = source.lines((late.min(fresh), fresh), MOST, "forward").await?;
            if !write(&lines, &mut seen) {
                return Ok(());
            }
            let rest = behind(&lines, &mut told);
            is_behind |= rest.is_some();
            late = rest.unwrap_or_else(|| {
                look_back = Instant::now() + LOOK_BACK;
                (until - SLACK).max(floor)
            });
        }
        seen = seen.split_off(&(fresh.min(late).min(until - SLACK), 0));
        if !is_behind {
            sleep(EVERY).await;
        }
    }
}

/// From where on to go on reading after an answer that is full.
fn behind(lines: &[Line], told: &mut i64) -> Option<i64> {
    let (first, last) = (lines.first()?.time, lines.last()?.time);
    if lines.len() < MOST as usize {
        return None;
    }
    if first < last {
        // There may be more lines of the same time.
        return Some(last);
    }
    if last > *told {
        let time = DateTime::<Utc>::from_timestamp_nanos(last).to_rfc3339_opts(SecondsFormat::Nanos, true);
        eprintln!("dicelab: {MOST} lines have the time {time}; if there are more of this time, they are not shown");
        *told = last;
    }
    Some(last.saturating_add(1))
}

/// The server that is asked.
struct Source<'a, C> {
    connect: C,
    server: Endpoint,
    query: &'a str,
    /// Whether it did not answer the last time.
    is_lost: bool,
}

impl<C: Fn() -> anyhow::Result<Endpoint>> Source<'_, C> {
    /// The lines of a range, the oldest first. A server that does not answer is asked until it does.
    async fn lines(&mut self, range: (i64, i64), limit: u32, direction: &str) -> anyhow::Result<Vec<Line>> {
        loop {
            match ask(&self.server, self.query, range, limit, direction).await {
                Ok(Asked::Lines(lines)) => {
                    if std::mem::take(&mut self.is_lost) {
                        eprintln!("dicelab: {} answers again", self.server.base());
                    }
                    return Ok(lines);
                }
                Ok(Asked::Refused(why)) => bail!("{why}"),
                Err(why) => {
                    if !std::mem::replace(&mut self.is_lost, true) {
                        eprintln!("dicelab: {why}; trying again");
                    }
                    // One that was silent too often is not asked again.
                    self.server = (self.connect)()?;
                }
            }
            sleep(EVERY).await;
        }
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

/// What tells a line from others: its time, and a hash of the rest.
type Mark = (i64, u64);

fn mark(line: &Line) -> Mark {
    let mut hasher = DefaultHasher::new();
    (&line.text, line.labels.iter().map(|(name, value)| (name, value.as_str())).collect::<Vec<_>>()).hash(&mut hasher);
    (line.time, hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use axum::extract::Query;
    use axum::routing::get;
    use axum::{Json, Router};
    use lab_verify::options::access::Access;
    use serde_json::json;

    use super::*;

    const SECOND: i64 = 1_000_000_000;
    const NOW: i64 = 1_795_379_464 * SECOND;

    /// Lines with their times, in nanoseconds after [`NOW`].
    type Stored = Vec<(i64, String)>;

    /// A server with `stored`, which gets `later` once it has been asked `after` times.
    async fn server(stored: Stored, (after, later): (usize, Stored)) -> Endpoint {
        let state = Arc::new(Mutex::new((0, stored, later)));
        let answer = move |Query(asked): Query<HashMap<String, String>>| {
            let mut state = state.lock().expect("not poisoned");
            let (requests, stored, later) = &mut *state;
            if *requests == after {
                stored.append(later);
            }
            stored.sort();
            *requests += 1;
            let number = |name: &str| asked[name].parse::<i64>().expect("a number");
            let range = number("start") - NOW..number("end") - NOW;
            let mut lines: Vec<_> = stored.iter().filter(|(time, _)| range.contains(time)).collect();
            if asked["direction"] == "backward" {
                lines.reverse();
            }
            lines.truncate(usize::try_from(number("limit")).expect("a limit"));
            let values: Vec<_> = lines.iter().map(|(time, text)| json!([(NOW + time).to_string(), text])).collect();
            let result = json!([{"stream": {"app": "x"}, "values": values}]);
            async move { Json(json!({"data": {"resultType": "streams", "result": result}})) }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
        let router = Router::new().route("/loki/api/v1/query_range", get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Endpoint::new(Access::default().client(EVERY * 60).expect("a client"), &url, &[])
    }

    /// Takes so many bytes that are line ends, and then no more.
    struct Lines {
        text: Vec<u8>,
        left: usize,
    }

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.left = self.left.saturating_sub(bytes.iter().filter(|byte| **byte == b'\n').count());
            self.text.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            if self.left == 0 { Err(std::io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
        }
    }

    /// The lines that are shown, until there are at least so many.
    async fn shown(server: Endpoint, limit: u32, count: usize) -> Vec<String> {
        let mut out = Lines { text: Vec::new(), left: count };
        let range = (NOW - 3600 * SECOND, limit);
        let connect = || Ok(server.clone());
        let following = run(connect, "{app=\"x\"}", range, (Form::Raw, false), (&mut out, || NOW));
        tokio::time::timeout(Duration::from_secs(120), following).await.expect("all lines").expect("followed");
        String::from_utf8(out.text).expect("text").lines().map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn what_the_limit_leaves_out_is_not_shown_after_newer_lines() {
        let stored = (1..=20).map(|at| (-at * SECOND, format!("{at}"))).collect();
        let server = server(stored, (6, vec![(-SECOND / 2, "new".to_owned())])).await;
        assert_eq!(shown(server, 3, 4).await, ["3", "2", "1", "new"]);
    }

    #[tokio::test]
    async fn a_line_that_comes_long_after_its_time_is_shown() {
        let stored = vec![(-28 * SECOND, "first".to_owned())];
        let server = server(stored, (2, vec![(-20 * SECOND, "late".to_owned())])).await;
        assert_eq!(shown(server, 3, 2).await, ["first", "late"]);
    }

    #[tokio::test]
    async fn more_lines_of_one_time_than_an_answer_holds_do_not_keep_back_those_behind() {
        let burst = (0..6000).map(|at| (-2 * SECOND, format!("{at:04}")));
        let later = burst.chain([(-SECOND, "behind".to_owned())]).collect();
        let server = server(vec![(-3600 * SECOND, "first".to_owned())], (1, later)).await;
        let shown = shown(server, 3, 5002).await;
        assert_eq!((shown.len(), &*shown[0], &*shown[5001]), (5002, "first", "behind"));
    }

    #[tokio::test]
    async fn many_lines_that_come_at_once_are_shown_in_their_order() {
        let later: Stored = (0..12_000).map(|at| (-2 * SECOND + at, format!("{at:05}"))).collect();
        let texts: Vec<String> = later.iter().map(|(_, text)| text.clone()).collect();
        let server = server(vec![(-3600 * SECOND, "first".to_owned())], (1, later)).await;
        assert_eq!(shown(server, 3, 12_001).await[1..], texts);
    }
}
