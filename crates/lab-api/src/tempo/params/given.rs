//! The parameters of a request as they were given.

use std::collections::HashMap;

use crate::error::PlainError;

/// Query parameters; of repeated ones the last counts.
pub(crate) type Params = HashMap<String, String>;

/// A parameter that is there and not empty.
pub(crate) fn text<'a>(params: &'a Params, name: &str) -> Option<&'a str> {
    params.get(name).map(String::as_str).filter(|text| !text.is_empty())
}

/// A number without a sign.
pub(crate) fn unsigned(params: &Params, name: &str) -> Result<Option<usize>, PlainError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    // Tempo's numbers have 32 bits.
    text.parse::<u32>().map(|number| Some(number as usize)).map_err(|_| {
        PlainError::bad_request(format!("invalid {name}: strconv.ParseUint: parsing {text:?}: invalid syntax"))
    })
}

/// A number that is used if it can be read, as Tempo does with limits.
pub(crate) fn lenient(params: &Params, name: &str) -> Option<usize> {
    unsigned(params, name).ok().flatten().filter(|number| *number > 0)
}
