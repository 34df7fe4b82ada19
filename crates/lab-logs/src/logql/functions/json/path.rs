//! JSON lines: every field flattened to labels (`a.b` becomes `a_b`), or the ones that paths such as
//! `a.b[0]["c"]` name.

use serde_json::Value;

/// How deep fields are flattened.
const DEEPEST: usize = 32;

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

/// What a path leads to, as a label value.
pub(crate) fn lookup(value: &Value, path: &[Step]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, step| match step {
        Step::Field(name) => value.get(name),
        Step::Index(index) => value.get(index),
    })?;
    match found {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Shows every scalar field by its flattened name; arrays and nulls are left out, as in Loki.
pub(crate) fn flatten(value: &Value, found: &mut dyn FnMut(&str, String)) {
    let mut name = String::new();
    walk(value, &mut name, 0, found);
}

fn walk(value: &Value, name: &mut String, depth: usize, found: &mut dyn FnMut(&str, String)) {
    match value {
        Value::Object(fields) if depth < DEEPEST => {
            for (key, value) in fields {
                let length = name.len();
                if !name.is_empty() {
                    name.push('_');
                }
                push_sanitized(name, key);
                walk(value, name, depth + 1, found);
                name.truncate(length);
            }
        }
        Value::String(text) => found(name, text.clone()),
        Value::Number(number) => found(name, number.to_string()),
        Value::Bool(flag) => found(name, flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {}
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
    fn nested_fields_become_labels_with_joined_names() {
        let value = serde_json::json!({"a": {"b-c": 1, "d": [1]}, "0": true, "s": "x", "n": null, "f": 0.5});
        let mut found = Vec::new();
        flatten(&value, &mut |name, value| found.push(format!("{name}={value}")));
        assert_eq!(found, ["a_b_c=1", "_0=true", "s=x", "f=0.5"]);
    }

    #[test]
    fn a_path_finds_nested_fields_and_array_elements() {
        let value = serde_json::json!({"a": {"b": [1, {"c d": "x"}]}});
        let at = |path: &str| lookup(&value, &parse(path).expect("valid"));
        assert_eq!(at("a.b[0]").as_deref(), Some("1"));
        assert_eq!(at(r#"a.b[1]["c d"]"#).as_deref(), Some("x"));
        assert_eq!(at("a.b[1]").as_deref(), Some(r#"{"c d":"x"}"#));
        assert_eq!(at("a.x"), None);
        for bad in ["", ".", "a.", "a[", "a[x]", "a b", "[\"a]"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
