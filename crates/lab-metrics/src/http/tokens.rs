//! Tokens by OAuth 2: fetched with the credentials of a client, kept until shortly before they expire.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::http::body;
use crate::http::cause::cause;
use crate::http::percent::encode;
use crate::ingest::scrape::config::http::oauth2::OAuth2;
use crate::ingest::scrape::config::shown::secrets;

/// How long before its end a token is fetched anew.
const EARLY: Duration = Duration::from_secs(10);
/// How long a request for a token may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer.
const MAX_BYTES: usize = 1 << 20;
/// Most tokens that are kept; more of them are left over from earlier configurations.
const KEPT: usize = 1_000;

/// How long it is remembered that a token could not be fetched, so that not every target asks anew.
const REMEMBERED: Duration = Duration::from_secs(5);

/// The tokens that were fetched, by the settings that they were fetched with.
#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<OAuth2, Arc<Mutex<Slot>>>);

/// What came of the last request for a token, and when, if there was one.
#[derive(Debug, Default)]
pub(super) struct Slot(Option<(Instant, Result<Token, String>)>);

/// What the header `Authorization` says.
#[derive(Clone)]
pub(super) struct Token {
    header: String,
    /// When it ends, if it ever does.
    ends: Option<Instant>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("ends", &self.ends).finish_non_exhaustive()
    }
}

impl Tokens {
    /// The place of the token that is fetched with these settings.
    pub(super) fn slot(&mut self, oauth2: &OAuth2) -> Arc<Mutex<Slot>> {
        if let Some(slot) = self.0.get(oauth2) {
            return slot.clone();
        }
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.entry(oauth2.clone()).or_default().clone()
    }
}

impl Slot {
    /// The header of a token that is still good, or why there was none just now.
    pub(super) fn known(&self) -> Option<Result<String, String>> {
        let (at, result) = self.0.as_ref()?;
        match result {
            Ok(token) => {
                let is_good = token.ends.is_none_or(|ends| Instant::now() + EARLY < ends);
                is_good.then(|| Ok(token.header.clone()))
            }
            Err(error) => (at.elapsed() < REMEMBERED).then(|| Err(error.clone())),
        }
    }

    /// Keeps what came of a request, and gives the header.
    pub(super) fn keep(&mut self, result: Result<Token, String>) -> Result<String, String> {
        let header = result.as_ref().map(|token| token.header.clone()).map_err(Clone::clone);
        self.0 = Some((Instant::now(), result));
        header
    }
}

/// Fetches a token by a request that has its address only.
pub(super) async fn token_request(request: RequestBuilder, oauth2: &OAuth2, in_header: bool) -> Result<Token, String> {
    let shown = secrets::shown_url(&oauth2.token_url);
    let fail = |reason: String| format!("oauth2: cannot fetch a token from {shown:?}: {reason}");
    let secret = oauth2.client_secret.or_from(oauth2.client_secret_file.as_deref()).await?;
    let mut parameters = vec![("grant_type", "client_credentials".to_owned())];
    if !oauth2.scopes.is_empty() {
        parameters.push(("scope", oauth2.scopes.join(" ")));
    }
    let given = oauth2.endpoint_params.iter().map(|(name, value)| (name.as_str(), value.reveal().to_owned()));
    parameters.extend(given);
    let id = oauth2.client_id.reveal();
    let request = if in_header {
        request.basic_auth(encode(id), Some(encode(&secret)))
    } else {
        parameters.extend([("client_id", id.to_owned()), ("client_secret", secret)]);
        request
    };
    let pairs = parameters.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    let body = pairs.collect::<Vec<_>>().join("&");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(body).timeout(PATIENCE);
    let answer = request.send().await.map_err(|error| fail(cause(&error)))?;
    if !answer.status().is_success() {
        return Err(fail(format!("server returned HTTP status {}", answer.status())));
    }
    let bytes = body::read(answer, MAX_BYTES).await.map_err(fail)?;
    let read: Value = serde_json::from_slice(&bytes).map_err(|_| fail("the answer is not JSON".to_owned()))?;
    token(&read).ok_or_else(|| fail("the answer has no access_token".to_owned()))
}

fn token(answer: &Value) -> Option<Token> {
    let token = answer["access_token"].as_str().filter(|token| !token.is_empty())?;
    let kind = answer["token_type"].as_str().filter(|kind| !kind.is_empty() && !kind.eq_ignore_ascii_case("bearer"));
    let lasts = answer["expires_in"].as_u64().or_else(|| answer["expires_in"].as_str()?.parse().ok());
    let lasts = lasts.filter(|seconds| *seconds > 0).map(Duration::from_secs);
    // One that ends later than this machine can tell does not end.
    let ends = lasts.and_then(|lasts| Instant::now().checked_add(lasts));
    Some(Token { header: format!("{} {token}", kind.unwrap_or("Bearer")), ends })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_last_longer_than_a_clock_can_tell() {
        let read = |expires: &str| {
            let answer = format!(r#"{{"access_token": "x", "expires_in": {expires}}}"#);
            token(&serde_json::from_str(&answer).expect("JSON")).expect("a token").ends
        };
        for endless in ["18446744073709551615", "\"18446744073709551615\"", "0", "-1", "null"] {
            assert_eq!(read(endless), None, "{endless}");
        }
        assert!(read("60").is_some_and(|ends| ends > Instant::now() + EARLY));
    }

    #[tokio::test]
    async fn each_server_has_a_lock_of_its_own_and_a_failure_is_remembered_for_a_while() {
        let of = |url: &str| OAuth2 { token_url: url.to_owned(), ..OAuth2::default() };
        let mut tokens = Tokens::default();
        let dead = tokens.slot(&of("http://dead"));
        let mut dead = dead.lock().await;
        assert!(tokens.slot(&of("http://dead")).try_lock().is_err(), "one request at a time");
        assert!(tokens.slot(&of("http://other")).try_lock().is_ok(), "nobody else waits");
        assert_eq!(dead.known(), None);
        let _ = dead.keep(Err("no answer".to_owned()));
        assert_eq!(dead.known(), Some(Err("no answer".to_owned())));
        let before = Instant::now().checked_sub(REMEMBERED).expect("a clock that has run for seconds");
        dead.0 = Some((before, Err("no answer".to_owned())));
        assert_eq!(dead.known(), None);
    }
}
