//! In which form an answer is written: protobuf for a client that accepts it, and else JSON.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::request::Parts;
use lab_model::{MemoryError, QueryMemory};
use prost::Message;

use crate::loki::answer::messages::{QueryResponse, Reply, Status};

/// The media type of JSON.
const JSON: &str = "application/json; charset=UTF-8";
/// The media type of protobuf, by which Loki's clients ask for it, too.
const PROTOBUF: &str = "application/vnd.google.protobuf";

/// The form that a client accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Protobuf,
}

impl<S: Sync> FromRequestParts<S> for Form {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let accepted = parts.headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut types = accepted.flat_map(|value| value.split(',')).filter_map(|one| one.split(';').next());
        Ok(if types.any(|one| one.trim() == PROTOBUF) { Self::Protobuf } else { Self::Json })
    }
}

impl Form {
    /// Takes the memory of an answer that has about so many bytes when it is written. As protobuf all of it is there as messages,
    /// too, until the last of them is written.
    pub(crate) fn take(
        self,
        memory: &QueryMemory,
        written: usize,
        messages: impl FnOnce() -> usize,
    ) -> Result<(), MemoryError> {
        memory.take(match self {
            Self::Json => written,
            Self::Protobuf => written.saturating_add(messages()),
        })
    }

    /// Writes an answer in this form; only what is wanted is made.
    pub(crate) fn write(self, json: impl FnOnce() -> String, message: impl FnOnce() -> Reply) -> Written {
        match self {
            Self::Json => Written::Json(json()),
            Self::Protobuf => {
                let response = QueryResponse { status: Some(Status {}), reply: Some(message()) };
                Written::Protobuf(response.encode_to_vec())
            }
        }
    }
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Written {
    Json(String),
    Protobuf(Vec<u8>),
}

impl IntoResponse for Written {
    fn into_response(self) -> Response {
        match self {
            Self::Json(body) => ([(CONTENT_TYPE, JSON)], body).into_response(),
            Self::Protobuf(body) => ([(CONTENT_TYPE, PROTOBUF)], body).into_response(),
        }
    }
}
