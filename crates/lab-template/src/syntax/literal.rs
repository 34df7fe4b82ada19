//! Strings and characters in quotes, with the mistakes that Go's `text/template` finds in them.

use lab_syntax::literal::dialect::TEMPLATE;
use lab_syntax::literal::string;

const INVALID: &str = "invalid syntax";

/// The bytes that a string in double quotes or back quotes stands for.
pub(crate) fn unquote(quoted: &str) -> Result<Vec<u8>, String> {
    match string::read(quoted, &TEMPLATE) {
        Ok((bytes, length)) if length == quoted.len() => Ok(bytes),
        _ => Err(INVALID.to_owned()),
    }
}

/// The number of a character in single quotes.
pub(crate) fn character(quoted: &str) -> Result<i64, String> {
    let (code, length) = string::character(quoted).map_err(|_| INVALID.to_owned())?;
    if &quoted[length..] != "'" {
        return Err(format!("malformed character constant: {quoted}"));
    }
    Ok(i64::from(code))
}
