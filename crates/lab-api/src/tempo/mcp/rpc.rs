//! JSON-RPC 2.0: what is asked, and how an answer or a failure is written.

use serde::Deserialize;
use serde_json::{Value, json};

/// What a client asks; without an id it waits for no answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Call {
    #[serde(default, deserialize_with = "present")]
    pub(super) id: Option<Value>,
    #[serde(default)]
    pub(super) method: String,
    #[serde(default)]
    pub(super) params: Value,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    code: i32,
    message: String,
}

impl Failure {
    pub(super) fn method(name: &str) -> Self {
        Self { code: -32_601, message: format!("the method {name:?} is not known here") }
    }

    pub(super) fn params(message: String) -> Self {
        Self { code: -32_602, message }
    }

    /// A resource that is not there has a code of its own.
    pub(super) fn resource(message: String) -> Self {
        Self { code: -32_002, message }
    }
}

/// The call in a body; a failure comes with the id of the call, if it has one.
pub(super) fn read(body: &[u8]) -> Result<Call, (Failure, Value)> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        (Failure { code: -32_700, message: format!("the body is not valid JSON: {error}") }, Value::Null)
    })?;
    let id = value["id"].clone();
    let invalid = |why: &str| (Failure { code: -32_600, message: why.to_owned() }, id.clone());
    if value.is_array() {
        return Err(invalid("several messages in one body are not taken; send one at a time"));
    }
    if value["jsonrpc"] != "2.0" {
        return Err(invalid("the body is no message of JSON-RPC 2.0: \"jsonrpc\" has to be \"2.0\""));
    }
    serde_json::from_value(value).map_err(|error| invalid(&format!("the message cannot be read: {error}")))
}

/// The answer to the call with this id.
pub(super) fn done(result: Value, id: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "result": result}).to_string()
}

/// An answer that says why there is none.
pub(super) fn failed(failure: &Failure, id: &Value) -> String {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": failure.code, "message": failure.message}}).to_string()
}

/// An id that is `null` is there, unlike one that is left out.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
