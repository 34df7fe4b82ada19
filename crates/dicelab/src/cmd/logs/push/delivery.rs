//! Batches of lines on their way to a server. A batch that it refuses is halved until the lines are found that it does not
//! take: those are counted and reported, and all others are pushed.

use std::time::Duration;

use anyhow::bail;
use lab_verify::stack::endpoint::Endpoint;
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::cmd::logs::push::input::Line;

/// How long a server may have no room, or not answer, before the push fails.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// The time between two attempts.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// So many refused lines are reported one by one, the others by their number alone.
const REPORTED: u64 = 10;
/// So many characters of a reason, and of a line, are shown.
const SHOWN: (usize, usize) = (300, 60);

/// Where lines go, and what became of those so far.
pub(super) struct Delivery<'a> {
    server: &'a Endpoint,
    labels: serde_json::Map<String, serde_json::Value>,
    pub(super) pushed: u64,
    pub(super) refused: u64,
}

/// What a server says of a batch that it answers.
enum Said {
    Taken,
    /// It does not take at least one of the lines.
    Refused(String),
}

impl<'a> Delivery<'a> {
    /// Lines with these labels, to this server.
    pub(super) fn new(server: &'a Endpoint, labels: &[(String, String)]) -> Self {
        let labels = labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        Self { server, labels, pushed: 0, refused: 0 }
    }

    /// Pushes what the server takes of a batch. An error means that no more lines need be tried.
    pub(super) async fn push(&mut self, lines: &[Line]) -> anyhow::Result<()> {
        let mut parts = vec![lines];
        while let Some(part) = parts.pop() {
            match (self.send(part).await?, part) {
                (Said::Taken, _) => self.pushed += part.len() as u64,
                (Said::Refused(why), [(_, line)]) => {
                    self.refused += 1;
                    self.report(line, &why);
                }
                (Said::Refused(_), _) => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([second, first]);
                }
            }
        }
        Ok(())
    }

    fn report(&self, line: &str, why: &str) {
        let why: String = why.trim().chars().take(SHOWN.0).collect();
        let line: String = line.chars().take(SHOWN.1).collect();
        match self.refused {
            ..=REPORTED => {
                eprintln!("dicelab: {} refuses the line that begins with {line:?}: {why}", self.server.base());
            }
            count if count == REPORTED + 1 => {
                eprintln!("dicelab: more lines are refused; their number is told when the input ends");
            }
            _ => {}
        }
    }

    /// Sends lines, again and again while that may help.
    async fn send(&self, lines: &[Line]) -> anyhow::Result<Said> {
        let values: Vec<_> = lines.iter().map(|(time, line)| json!([time.to_string(), line])).collect();
        let body = json!({"streams": [{"stream": self.labels, "values": values}]}).to_string();
        let until = Instant::now() + PATIENCE;
        loop {
            let why = match self.server.post_json("/loki/api/v1/push", body.clone()).await {
                Ok(answer) if (200..300).contains(&answer.status) => return Ok(Said::Taken),
                Ok(answer) if answer.status == 429 || answer.status >= 500 => answer.text(),
                // These are about lines, or about too many of them. Anything else would be said of all that follow, too.
                Ok(answer) if matches!(answer.status, 400 | 413 | 422) && answer.wants().is_none() => {
                    return Ok(Said::Refused(answer.text()));
                }
                Ok(answer) => {
                    let why = answer.wants().map_or_else(|| answer.text(), str::to_owned);
                    bail!("{} refuses the lines with status {}: {}", self.server.base(), answer.status, why.trim());
                }
                Err(error) => error.to_string(),
            };
            if Instant::now() >= until {
                bail!("the lines cannot be pushed for {PATIENCE:?}: {}", why.trim());
            }
            sleep(AGAIN_AFTER).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::http::StatusCode;
    use axum::routing::post;
    use axum::{Json, Router};
    use lab_verify::options::access::Access;
    use serde_json::Value;

    use super::*;

    /// A server that takes no batch with a line that is `bad`, and keeps the lines of the others.
    async fn server(kept: Arc<Mutex<Vec<String>>>) -> Endpoint {
        let receive = move |Json(body): Json<Value>| {
            let values = body["streams"][0]["values"].as_array().cloned().unwrap_or_default();
            let lines: Vec<String> = values.iter().filter_map(|value| value[1].as_str().map(str::to_owned)).collect();
            let is_bad = lines.iter().any(|line| line == "bad");
            let status = if is_bad { StatusCode::BAD_REQUEST } else { StatusCode::NO_CONTENT };
            if !is_bad {
                kept.lock().expect("not poisoned").extend(lines);
            }
            async move { (status, "no line of mine") }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
        let router = Router::new().route("/loki/api/v1/push", post(receive));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Endpoint::new(Access::default().client(PATIENCE).expect("a client"), &url, &[])
    }

    #[tokio::test]
    async fn all_lines_but_those_that_are_refused_are_pushed_in_their_order() {
        let kept = Arc::default();
        let server = server(Arc::clone(&kept)).await;
        let mut delivery = Delivery::new(&server, &[("app".to_owned(), "x".to_owned())]);
        let text = |at: i64| if [0, 7, 8, 99].contains(&at) { "bad".to_owned() } else { format!("line {at}") };
        let lines: Vec<Line> = (0..100).map(|at| (at, text(at))).collect();
        delivery.push(&lines).await.expect("goes on");
        delivery.push(&[(100, "line 100".to_owned())]).await.expect("goes on");
        assert_eq!((delivery.pushed, delivery.refused), (97, 4));
        let good: Vec<String> = (0..=100).map(text).filter(|line| line != "bad").collect();
        assert_eq!(*kept.lock().expect("not poisoned"), good);
    }
}
