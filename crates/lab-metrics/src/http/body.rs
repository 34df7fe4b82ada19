//! The body of an answer, up to a bound.

use crate::http::cause::cause;

/// Reads the body; the error is for people.
pub(crate) async fn read(mut answer: reqwest::Response, limit: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(|error| cause(&error))? {
        bytes.extend_from_slice(&part);
        if bytes.len() > limit {
            return Err(format!("the answer has more than {limit} bytes"));
        }
    }
    Ok(bytes)
}
