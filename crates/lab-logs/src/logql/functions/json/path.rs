//! Paths such as `a.b[0]["c"]`, and the names and values of the labels that they give.

use crate::logql::functions::json::lenient::{self, Kind, Raw};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Field(String),
    Index(usize),
}

/// What may come first in a path.
const START: &str = "LSB or FIELD";

/// Reads a path.
pub(crate) fn parse(text: &str) -> Result<Vec<Step>, String> {
    let fail = |at: &str, expected: &str| {
        let found = match at.chars().next() {
            Some('.') => "DOT",
            Some('[') => "LSB",
            Some(']') => "RSB",
            Some(c) if is_part(c) => "FIELD",
            _ => "$end",
        };
        let expecting = if expected.is_empty() { String::new() } else { format!(", expecting {expected}") };
        format!("cannot parse expression [{text}]: syntax error: unexpected {found}{expecting}")
    };
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() || steps.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            if let Some(quoted) = inside.strip_prefix('"') {
                let (name, after) = quoted.split_once("\"]").ok_or_else(|| fail("", "RSB"))?;
                steps.push(Step::Field(name.to_owned()));
                rest = after;
            } else {
                let (index, after) = inside.split_once(']').ok_or_else(|| fail("", "STRING or INDEX"))?;
                steps.push(Step::Index(index.parse().map_err(|_| fail(index, "STRING or INDEX"))?));
                rest = after;
            }
        } else {
            let (field, expected) = match rest.strip_prefix('.') {
                Some(field) if !steps.is_empty() => (field, "FIELD"),
                None if !steps.is_empty() => return Err(fail(rest.trim_start(), "")),
                _ => (rest, START),
            };
            let length = field.find(|c| !is_part(c)).unwrap_or(field.len());
            if length == 0 {
                return Err(fail(field, expected));
            }
            steps.push(Step::Field(field[..length].to_owned()));
            rest = &field[length..];
        }
    }
    Ok(steps)
}

/// Whether a character may stand in the name of a field without quotes.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// The value below another one to which a path leads, if there is one.
pub(crate) fn below<'t>(value: Raw<'t>, path: &[Step]) -> Option<Raw<'t>> {
    path.iter().try_fold(value, |raw, step| match step {
        Step::Field(name) if raw.kind == Kind::Object => lenient::field(raw.text, name).ok().flatten(),
        Step::Index(index) if raw.kind == Kind::Array => lenient::elements(raw.text).0.get(*index).copied(),
        _ => None,
    })
}

/// What a label becomes that is extracted by a path: an object as it is written, and nothing for null.
pub(crate) fn label_value(raw: Raw<'_>) -> String {
    match raw.kind {
        Kind::Null => String::new(),
        Kind::Object => raw.text.to_owned(),
        _ => lenient::unescape(raw.text).unwrap_or_default(),
    }
}

/// A key as (part of) a label name: what does not fit becomes `_`.
pub(crate) fn push_sanitized(name: &mut String, key: &str) {
    if name.is_empty() && key.starts_with(|c: char| c.is_ascii_digit()) {
        name.push('_');
    }
    name.extend(key.trim().chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_nested_fields_and_array_elements() {
        let text = r#"{"a": {"b": [1.50, {"c d": "x"}]}, "a": 2}"#;
        let line = Raw { kind: Kind::Object, text };
        let at = |path: &str| below(line, &parse(path).expect("valid")).map(label_value);
        assert_eq!(at("a.b[0]").as_deref(), Some("1.50"));
        assert_eq!(at(r#"a.b[1]["c d"]"#).as_deref(), Some("x"));
        assert_eq!(at("a.b[1]").as_deref(), Some(r#"{"c d": "x"}"#));
        assert_eq!(at("a.x"), None);
        for bad in ["", ".", "a.", "a[", "a[x]", "a b", "[\"a]"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
