//! Parsers of JSON lines: `| json`, `| json name="a.b[0]"` and `| unpack`.

use std::borrow::Cow;

use serde_json::Value;

use crate::logql::functions::json::path::Step;
use crate::logql::scope::Scope;

pub(crate) mod path;

/// The error of a line that cannot be read.
const PARSER_ERROR: &str = "JSONParserErr";

/// Extracts the fields that `wanted` names with their paths, or every field if it is empty.
pub(crate) fn extract(scope: &mut Scope<'_>, wanted: &[(String, Vec<Step>)]) {
    let line = scope.line.clone();
    match serde_json::from_str::<Value>(&line) {
        Err(error) => scope.fail(PARSER_ERROR, error.to_string()),
        Ok(value) if !value.is_object() => scope.fail(PARSER_ERROR, "Value is not an object"),
        Ok(value) if wanted.is_empty() => path::flatten(&value, &mut |name, value| scope.extract(name, value)),
        Ok(value) => {
            for (name, path) in wanted {
                scope.extract(name, path::lookup(&value, path).unwrap_or_default());
            }
        }
    }
}

/// Undoes what Promtail's `pack` stage does: string fields become labels, and `_entry` becomes the line.
pub(crate) fn unpack(scope: &mut Scope<'_>) {
    let line = scope.line.clone();
    match serde_json::from_str::<Value>(&line) {
        Ok(Value::Object(fields)) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "_entry" => scope.line = Cow::Owned(text),
                    Value::String(text) => scope.extract(&name, text),
                    _ => {}
                }
            }
        }
        Ok(_) => scope.fail(PARSER_ERROR, "expecting json object, but it is not"),
        Err(error) => scope.fail(PARSER_ERROR, error.to_string()),
    }
}
