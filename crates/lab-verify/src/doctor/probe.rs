//! A question to which a hanging server gives no answer for long.

use std::time::Duration;

use tokio::time::timeout;

use crate::stack::endpoint::{Answer, AskError, Reason};

/// A server that takes longer than this to answer is said not to answer.
const PROBE: Duration = Duration::from_secs(5);

/// An answer within a few seconds, where a hanging server would take longer.
pub(crate) async fn probe(
    asked: impl Future<Output = Result<Answer, AskError>>,
    base: &str,
) -> Result<Answer, AskError> {
    match timeout(PROBE, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(AskError { url: base.to_owned(), reason: Reason::Timeout(PROBE) }),
    }
}
