//! `tail`: new lines as they come, over a WebSocket. Parameters: `query`, `limit` and `start` of the backlog
//! that comes first, `delay_for` (0–5 s).
//!
//! A line may reach the store some time after it was written, so every look asks for the last [`SLACK`] anew and
//! leaves out what was sent. At most [`MOST_PER_FRAME`] lines go into a frame; of the older ones beyond, the newest are named
//! in `dropped_entries`, and `dropped_total`, which Loki does not have, counts all of them. A client that does not read is
//! let go.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use lab_logs::LogLine;
use lab_logs::logql::eval::lines::{self, Direction, LinesRequest};
use lab_logs::logql::syntax::ast::{LogQuery, Query};
use lab_logs::logql::syntax::parser;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::error::PlainError;
use crate::loki::answer::{by_stream, streams};
use crate::loki::params;
use crate::loki::state::{LokiState, MOST_TAILS};
use crate::params::Params;

const SECOND: i64 = 1_000_000_000;
/// The time between two looks at the store.
const EVERY: Duration = Duration::from_millis(400);
/// A ping is sent after this many looks at the store.
const LOOKS_PER_PING: u32 = 3;
/// How long after it was written a line may arrive and still be sent.
const SLACK: i64 = 5 * SECOND;
/// Lines that one frame holds at most.
const MOST_PER_FRAME: usize = 1000;
/// Lines that were left out and that one frame names at most.
const MOST_DROPPED: usize = 100;
/// How often a look at the store asks for older lines, to count what is left out.
const MOST_PAGES: usize = 50;
/// How far back the backlog goes unless told otherwise.
const BACKLOG: i64 = 3600 * SECOND;
/// Largest `delay_for`, in seconds.
const LONGEST_DELAY: i64 = 5;
/// How long a client may take to accept a frame.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// Largest message from a client, which has nothing to say.
const MOST_FROM_CLIENT: usize = 1 << 10;

pub(crate) async fn upgrade(
    State(state): State<LokiState>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    headers: HeaderMap,
    request: Params,
) -> Result<Response, PlainError> {
    let upgrade = upgrade.map_err(|_| PlainError::bad_request("Bad Request"))?;
    let Query::Logs(query) = parser::parse(request.get("query").unwrap_or_default())? else {
        return Err(PlainError::bad_request(
            "tail follows log lines, but this query computes samples; ask for the log lines themselves",
        ));
    };
    let limit = params::limit(&request)?.min(MOST_PER_FRAME);
    let delay = match request.get("delay_for").map(str::parse::<i64>) {
        None => 0,
        Some(Ok(seconds @ 0..=LONGEST_DELAY)) => seconds * SECOND,
        Some(_) => return Err(PlainError::bad_request(format!("delay_for can't be greater than {LONGEST_DELAY}"))),
    };
    let categorize = streams::categorizes(&headers);
    let start = params::time(&request, "start")?.unwrap_or_else(|| state.clock.now_ns() - BACKLOG);
    let place = state.tails.clone().try_acquire_owned().map_err(|_| {
        let message =
            format!("max concurrent tail requests limit exceeded, count > limit ({MOST_TAILS} > {MOST_TAILS})");
        PlainError::new(StatusCode::TOO_MANY_REQUESTS, message)
    })?;
    let tail = Tail { state, query, categorize, delay, floor: start, sent: BTreeSet::new() };
    Ok(upgrade.max_message_size(MOST_FROM_CLIENT).on_upgrade(move |socket| run(socket, tail, limit, place)))
}

async fn run(mut socket: WebSocket, mut tail: Tail, limit: usize, _place: OwnedSemaphorePermit) {
    let mut looks = interval(EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut frame = tail.backlog(limit, tail.state.clock.now_ns()).await;
    for look in 1_u32.. {
        match frame {
            Ok(None) => {}
            Ok(Some(text)) => {
                if !send(&mut socket, Message::text(text.to_string())).await {
                    return;
                }
            }
            Err(error) => {
                let reason = error.message.chars().take(40).collect::<String>();
                let close = CloseFrame { code: close_code::ERROR, reason: reason.into() };
                send(&mut socket, Message::Close(Some(close))).await;
                return;
            }
        }
        if look.is_multiple_of(LOOKS_PER_PING) && !send(&mut socket, Message::Ping(Bytes::new())).await {
            return;
        }
        loop {
            tokio::select! {
                _ = looks.tick() => break,
                heard = socket.recv() => if !matches!(heard, Some(Ok(message)) if !matches!(message, Message::Close(_))) {
                    return;
                },
            }
        }
        frame = tail.news(tail.state.clock.now_ns()).await;
    }
}

/// False if the client has gone or does not read.
async fn send(socket: &mut WebSocket, message: Message) -> bool {
    timeout(SEND_WITHIN, socket.send(message)).await.is_ok_and(|sent| sent.is_ok())
}

/// What is followed and what of it was sent.
struct Tail {
    state: LokiState,
    query: LogQuery,
    /// Whether the labels of stream, metadata and parsers are kept apart.
    categorize: bool,
    /// How long lines are held back (ns).
    delay: i64,
    /// Lines before this time are never sent (ns).
    floor: i64,
    /// Time and hash of the lines sent within the slack.
    sent: BTreeSet<(i64, u64)>,
}

impl Tail {
    /// The newest lines so far, oldest first.
    async fn backlog(&mut self, limit: usize, now: i64) -> Result<Option<Value>, PlainError> {
        let lines = self.lines(self.floor, now - self.delay, limit).await?;
        if lines.len() == limit {
            self.floor = lines.first().map_or(self.floor, |line| line.timestamp);
        }
        self.sent.extend(lines.iter().map(mark));
        Ok(frame(&lines, MOST_PER_FRAME, 0, self.categorize))
    }

    /// What has come since.
    async fn news(&mut self, now: i64) -> Result<Option<Value>, PlainError> {
        let end = now - self.delay;
        let start = self.floor.max(end - SLACK);
        self.sent = self.sent.split_off(&(start, 0));
        let most = self.state.limits.entries;
        let mut lines = self.lines(start, end, most).await?;
        let mut oldest = lines.first().filter(|_| lines.len() == most).map(|line| line.timestamp);
        lines.retain(|line| self.sent.insert(mark(line)));
        let mut beyond = 0;
        for _ in 0..MOST_PAGES {
            // More lines came than one query answers: the others are too old to be sent, but they are counted.
            let Some(end) = oldest else { break };
            let older = self.lines(start, end, most).await?;
            oldest =
                older.first().filter(|first| older.len() == most && first.timestamp < end).map(|line| line.timestamp);
            beyond += older.iter().filter(|line| self.sent.insert(mark(line))).count();
        }
        Ok(frame(&lines, MOST_PER_FRAME, beyond, self.categorize))
    }

    /// The newest lines up to and at `end`, oldest first.
    async fn lines(&self, start: i64, end: i64, limit: usize) -> Result<Vec<LogLine>, PlainError> {
        let wanted =
            LinesRequest { start, end: end.saturating_add(1), limit, direction: Direction::Backward, interval: 0 };
        let query = self.query.clone();
        let found = self.state.run(move |store, limits, i| lines::lines(store, &query, wanted, limits, i)).await?;
        let mut lines = found.lines;
        lines.reverse();
        Ok(lines)
    }
}

fn mark(line: &LogLine) -> (i64, u64) {
    let mut hasher = DefaultHasher::new();
    (line.labels(), &line.line).hash(&mut hasher);
    (line.timestamp, hasher.finish())
}

/// A frame of the newest `most` lines, which come oldest first; nothing if there are none. `beyond` older lines are not
/// even among them.
fn frame(lines: &[LogLine], most: usize, beyond: usize, categorize: bool) -> Option<Value> {
    let (dropped, kept) = lines.split_at(lines.len().saturating_sub(most));
    if kept.is_empty() {
        return None;
    }
    let mut frame = json!({ "streams": by_stream::grouped(kept, categorize) });
    if categorize {
        frame["encodingFlags"] = json!(["categorize-labels"]);
    }
    if dropped.len() + beyond > 0 {
        frame["dropped_total"] = json!(dropped.len() + beyond);
        let named = dropped.iter().rev().take(MOST_DROPPED);
        let entry = |line: &LogLine| json!({ "timestamp": line.timestamp.to_string(), "labels": line.labels() });
        frame["dropped_entries"] = named.map(entry).collect();
    }
    Some(frame)
}

#[cfg(test)]
mod tests;
