//! One request to the world outside, repeated with growing pauses until it is taken or refused for good.

use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use tokio_util::sync::CancellationToken;

use crate::http::Clients;
use crate::http::cause::cause;
use crate::ingest::scrape::config::http::HttpSettings;
use crate::ingest::scrape::config::shown::secrets;

/// How a request is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) timeout: Duration,
    /// The pause after the first failure; it doubles up to the longest.
    pub(crate) first_pause: Duration,
    pub(crate) longest_pause: Duration,
    /// How often it is sent at most; 0 = until it is taken.
    pub(crate) attempts: u32,
    /// Repeats what is answered 429, too.
    pub(crate) on_429: bool,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Taken,
    /// The receiver does not want it, or there were too many attempts; the reason is for people.
    Refused(String),
    /// The lab ends.
    Stopped,
}

/// A message on its way.
pub(crate) struct Delivery<'a> {
    pub(crate) clients: &'a Clients,
    pub(crate) settings: &'a HttpSettings,
    pub(crate) url: &'a str,
    pub(crate) headers: HeaderMap,
    pub(crate) body: bytes::Bytes,
}

impl Delivery<'_> {
    /// Sends it until it is taken; `failed` is called before each repetition.
    pub(crate) async fn send(
        &self,
        patience: Patience,
        stop: &CancellationToken,
        mut failed: impl FnMut(&str),
    ) -> Outcome {
        let mut pause = patience.first_pause;
        for attempt in 1.. {
            let (reason, wait) = match self.once(patience).await {
                Ok(()) => return Outcome::Taken,
                Err(Failure { reason, repeat: false, .. }) => return Outcome::Refused(reason),
                Err(Failure { reason, wait, .. }) => (reason, wait),
            };
            if attempt == patience.attempts {
                return Outcome::Refused(reason);
            }
            failed(&reason);
            tokio::select! {
                () = stop.cancelled() => return Outcome::Stopped,
                () = tokio::time::sleep(wait.unwrap_or(pause)) => {}
            }
            pause = (pause * 2).min(patience.longest_pause);
        }
        Outcome::Stopped
    }

    async fn once(&self, patience: Patience) -> Result<(), Failure> {
        let shown = secrets::shown_url(self.url);
        let fail = |reason: String| Failure { reason: format!("Post {shown:?}: {reason}"), repeat: true, wait: None };
        let request = self.clients.post(self.url, self.settings).await.map_err(fail)?;
        let request = request.headers(self.headers.clone()).timeout(patience.timeout).body(self.body.clone());
        let answer = request.send().await.map_err(|error| fail(cause(&error)))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let wait = answer.headers().get(RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.parse().ok());
        let wait = wait.map(|seconds: u64| Duration::from_secs(seconds).min(patience.longest_pause));
        // The beginning of the answer says what the receiver does not like.
        let text = answer.text().await.unwrap_or_default();
        let text: String = text.trim().chars().take(256).collect();
        let repeat = status.is_server_error() || (status.as_u16() == 429 && patience.on_429);
        Err(Failure { reason: format!("{shown}: server returned HTTP status {status}: {text}"), repeat, wait })
    }
}

struct Failure {
    reason: String,
    repeat: bool,
    /// How long the receiver wants to be left alone.
    wait: Option<Duration>,
}
