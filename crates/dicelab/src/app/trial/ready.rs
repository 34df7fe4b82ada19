//! Whether a program is ready: a URL of it answers well.

use std::time::Duration;

use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Endpoint, ServerUrl};
use tokio::time::{sleep, timeout};

/// How long a program may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks whether it is.
const READY_PAUSE: Duration = Duration::from_millis(50);

/// Waits until a URL answers with a status below 400; an error says why it does not.
pub(super) async fn until_ready(url: &str) -> Result<(), String> {
    let answered = timeout(READY_WITHIN, until_answered(url)).await;
    answered.unwrap_or_else(|_| Err(format!("{url} does not answer after {READY_WITHIN:?}")))
}

async fn until_answered(url: &str) -> Result<(), String> {
    let (base, path) = match url.match_indices('/').nth(2) {
        Some((at, _)) => url.split_at(at),
        None => (url, "/"),
    };
    let base: ServerUrl = base.parse().map_err(|error| format!("{error}"))?;
    let client = Access::default().client(Duration::from_secs(2)).map_err(|error| error.to_string())?;
    loop {
        // A new endpoint each time: one that is silent for long is given up.
        let answer = Endpoint::new(client.clone(), &base, &[]).get(path, &[]).await;
        if answer.is_ok_and(|answer| answer.status < 400) {
            return Ok(());
        }
        sleep(READY_PAUSE).await;
    }
}
