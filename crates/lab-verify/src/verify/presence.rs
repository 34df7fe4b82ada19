//! Whether there is anything to ask at all.

use std::time::Duration;

use crate::stack::Stack;
use crate::stack::endpoint::{AskError, Reason};
use crate::stack::services::Service;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Nobody listens where the frontend and the three stores should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is nothing to judge: nobody listens at {} (frontend), {} (metrics), {} (logs) and {} (traces). \
     Start the lab with `dicelab up`, or say where it is with --port-offset or --frontend-url, --prometheus-url, --loki-url \
     and --tempo-url.",
    .0[0], .0[1], .0[2], .0[3]
)]
pub struct Nobody([String; 4]);

/// Asks the frontend and the three stores at the same time; good if one of them accepts the connection.
pub(crate) async fn somebody_listens(stack: &Stack) -> Result<(), Nobody> {
    let frontend = async { stack.services.get(Service::Frontend, "/healthz", &[]).await.map(drop) };
    let (frontend, metrics, logs, traces) = tokio::join!(
        is_there(frontend),
        is_there(stack.prometheus.ready()),
        is_there(stack.loki.ready()),
        is_there(stack.tempo.ready())
    );
    if frontend || metrics || logs || traces {
        return Ok(());
    }
    let frontend = stack.services.base(Service::Frontend);
    let bases = [frontend, stack.prometheus.base(), stack.loki.base(), stack.tempo.base()];
    Err(Nobody(bases.map(ToOwned::to_owned)))
}

/// Whether somebody accepts the connection, whatever he answers; one who is slow counts as there.
async fn is_there(answer: impl Future<Output = Result<(), AskError>>) -> bool {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(Err(AskError { reason: Reason::Unreachable(why), .. })) => !is_absence(&why),
        Ok(_) | Err(_) => true,
    }
}

/// Whether an error says that no connection was accepted; one that broke, or failed over TLS, has been.
fn is_absence(why: &str) -> bool {
    ["refused", "resolve", "lookup", "no such host", "unreachable", "Name or service"]
        .iter()
        .any(|part| why.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::StackArgs;
    use crate::time::clock::Clock;

    #[tokio::test]
    async fn where_nobody_listens_one_message_names_every_address() {
        let nobody = || Some("http://127.0.0.1:1".parse().expect("a URL"));
        let args = StackArgs {
            prometheus_url: nobody(),
            loki_url: nobody(),
            tempo_url: nobody(),
            frontend_url: nobody(),
            ..StackArgs::default()
        };
        let stack = args.stack(0, Clock::new(|| 0)).expect("a stack");
        let error = somebody_listens(&stack).await.expect_err("nobody listens").to_string();
        assert_eq!(error.matches("http://127.0.0.1:1").count(), 4, "{error}");
        assert!(error.contains("dicelab up"), "{error}");

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let there = format!("http://{}", listener.local_addr().expect("an address"));
        let args = StackArgs { tempo_url: Some(there.parse().expect("a URL")), ..args };
        let stack = args.stack(0, Clock::new(|| 0)).expect("a stack");
        // It accepts the connection and never answers.
        assert_eq!(somebody_listens(&stack).await, Ok(()));
    }
}
