//! How an answer breaks the contract of the services.

use serde_json::Value;

use crate::stack::endpoint::AskError;

/// What is wrong with an answer whose status is right.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(super) enum Breach {
    #[error(transparent)]
    NotJson(#[from] AskError),
    #[error("the list of dice is empty: identifiers has no entry, or is missing")]
    NoDice,
    #[error("service, max_delay_seconds or max_batch is missing in {0}")]
    NoSelfDescription(Value),
    #[error("the page has no form")]
    NoForm,
    #[error("the header Allow is {0:?}, without GET")]
    Allow(String),
    #[error("the answer to HEAD has a body")]
    Body,
    #[error("/metrics has no sample")]
    NoSamples,
    #[error("the problem does not name {die}: its detail is {detail:?}")]
    DieNotNamed { die: &'static str, detail: String },
    #[error("the problem does not name the parameter {parameter}: its errors are {errors}")]
    ParameterNotNamed { parameter: String, errors: Value },
    #[error("the header traceresponse is {0:?}, not 00-<trace id>-<span id>-<flags>")]
    TraceResponse(String),
    #[error("an error of type {0:?}, not application/problem+json")]
    ContentType(String),
    #[error("the problem has no {0}")]
    Field(&'static str),
    #[error("the problem says status {0}, the answer has another")]
    Status(Value),
}
