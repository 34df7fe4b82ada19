//! Paths such as `a.b[0]["c"]`, and the value of a JSON line to which one leads.

use crate::logql::functions::json::lenient::{self, Kind, Malformed, Raw};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Field(String),
    Index(usize),
}

/// Reads a path.
pub(crate) fn parse(text: &str) -> Result<Vec<Step>, String> {
    let fail = || format!("cannot parse expression [{text}]");
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            if let Some(quoted) = inside.strip_prefix('"') {
                let (name, after) = quoted.split_once("\"]").ok_or_else(fail)?;
                steps.push(Step::Field(name.to_owned()));
                rest = after;
            } else {
                let (index, after) = inside.split_once(']').ok_or_else(fail)?;
                steps.push(Step::Index(index.parse().map_err(|_| fail())?));
                rest = after;
            }
        } else {
            let field = if steps.is_empty() { rest } else { rest.strip_prefix('.').ok_or_else(fail)? };
            let length = field.find(['.', '[']).unwrap_or(field.len());
            let name = &field[..length];
            if name.is_empty() || name.contains(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))) {
                return Err(fail());
            }
            steps.push(Step::Field(name.to_owned()));
            rest = &field[length..];
        }
    }
    if steps.is_empty() { Err(fail()) } else { Ok(steps) }
}

/// The value that a path leads to, as a label value, if there is one; an object or an array as it is written.
pub(crate) fn lookup(text: &str, path: &[Step]) -> Result<Option<String>, Malformed> {
    let mut found = Some(lenient::value(text.trim_start())?.0);
    for step in path {
        found = match (found, step) {
            (Some(raw), Step::Field(name)) if raw.kind == Kind::Object => field(raw.text, name),
            (Some(raw), Step::Index(index)) if raw.kind == Kind::Array => {
                lenient::elements(raw.text).get(*index).copied()
            }
            _ => None,
        };
    }
    Ok(found.map(|raw| match raw.kind {
        Kind::Null => String::new(),
        Kind::Object => raw.text.to_owned(),
        _ => lenient::unescape(raw.text).unwrap_or_default(),
    }))
}

/// The first field of this name, as far as the object can be read.
fn field<'t>(text: &'t str, wanted: &str) -> Option<Raw<'t>> {
    let mut found = None;
    // What is wrong with the object does not matter here.
    let _ = lenient::fields(text, &mut |key, raw| {
        if found.is_none() && key == wanted {
            found = Some(raw);
        }
        Ok(())
    });
    found
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
        let text = r#"{"a": {"b": [1.50, {"c d": "x"}]}, "a": 2"#;
        let line = format!("{text}}}");
        let at = |path: &str| lookup(&line, &parse(path).expect("valid"));
        assert_eq!(at("a.b[0]").as_ref().map(Option::as_deref), Ok(Some("1.50")));
        assert_eq!(at(r#"a.b[1]["c d"]"#).as_ref().map(Option::as_deref), Ok(Some("x")));
        assert_eq!(at("a.b[1]").as_ref().map(Option::as_deref), Ok(Some(r#"{"c d": "x"}"#)));
        assert_eq!(at("a.x").as_ref().map(Option::as_deref), Ok(None));
        for bad in ["", ".", "a.", "a[", "a[x]", "a b", "[\"a]"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
