//! A probe: a request that is given up after a few seconds, because a hanging server would keep the doctor waiting.

use std::time::Duration;

use tokio::time::timeout;

use crate::stack::endpoint::{Answer, AskError, Reason};

/// A server that needs longer than this is reported as not answering.
const PROBE: Duration = Duration::from_secs(5);

/// The answer, or a timeout after [`PROBE`].
pub(crate) async fn probe(
    asked: impl Future<Output = Result<Answer, AskError>>,
    base: &str,
) -> Result<Answer, AskError> {
    match timeout(PROBE, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(AskError { url: base.to_owned(), reason: Reason::Timeout(PROBE) }),
    }
}
