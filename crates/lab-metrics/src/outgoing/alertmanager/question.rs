//! What an Alertmanager is asked beside taking alerts: its silences, its alerts, what it is.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

use crate::http::Clients;
use crate::http::{body, cause::cause};
use crate::ingest::scrape::config::shown::secrets;
use crate::outgoing::alertmanager::managers::Manager;

/// Bytes of an answer that are read.
const LARGEST: usize = 16 << 20;

/// A request to the API of an Alertmanager.
#[derive(Clone, Debug)]
pub struct Question {
    pub method: Method,
    /// The path below `/api/v2`, with its leading slash, and the query behind it.
    pub path: String,
    /// What is sent, with its type; empty for none.
    pub body: Bytes,
    pub content_type: String,
}

/// What an Alertmanager answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// Why nothing was answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error("no Alertmanager is configured; name one under `alerting` in the file of --scrape-config")]
    Nobody,
    /// Those that were asked, each with the reason.
    #[error("no Alertmanager answered: {0}")]
    Silent(String),
}

/// Asks one after the other, until one can be reached: several of them are taken for one cluster, which shares its silences.
pub(super) async fn ask(clients: &Clients, managers: &[Manager], question: &Question) -> Result<Reply, AskError> {
    let mut reasons = Vec::new();
    for manager in managers {
        match once(clients, manager, question).await {
            Ok(reply) => return Ok(reply),
            Err(Failure { reason, is_sent }) => {
                reasons.push(reason);
                // What may have been done must not be done twice.
                if is_sent && question.method != Method::GET {
                    break;
                }
            }
        }
    }
    Err(if reasons.is_empty() { AskError::Nobody } else { AskError::Silent(reasons.join("; ")) })
}

struct Failure {
    reason: String,
    /// Whether the Alertmanager may have seen the request.
    is_sent: bool,
}

async fn once(clients: &Clients, manager: &Manager, question: &Question) -> Result<Reply, Failure> {
    let base = manager.url.strip_suffix("/alerts").unwrap_or(&manager.url);
    let url = format!("{base}{}", question.path);
    let shown = secrets::shown_url(base);
    let fail = |reason: String, is_sent: bool| Failure { reason: format!("{shown}: {reason}"), is_sent };
    let request = clients.of(question.method.clone(), &url, &manager.config.http).await;
    let mut request = request.map_err(|reason| fail(reason, false))?.timeout(manager.config.timeout);
    if !question.body.is_empty() {
        request = request.header(CONTENT_TYPE, &question.content_type).body(question.body.clone());
    }
    let answer = request.send().await.map_err(|error| fail(cause(&error), !error.is_connect()))?;
    let status = answer.status().as_u16();
    let content_type = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let content_type = content_type.unwrap_or("application/json").to_owned();
    let body = body::read(answer, LARGEST).await.map_err(|reason| fail(reason, true))?;
    Ok(Reply { status, content_type, body })
}
