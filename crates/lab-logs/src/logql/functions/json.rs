//! Parsers of JSON lines: `| json`, `| json name="a.b[0]"` and `| unpack`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::logql::functions::json::lenient::{Kind, Malformed, Raw};
use crate::logql::functions::json::path::{Step, push_sanitized};
use crate::logql::plan::hints::{Hints, Next};
use crate::logql::scope::Scope;

pub(crate) mod lenient;
pub(crate) mod path;
pub(crate) mod search;

/// The error of a line that cannot be read.
const PARSER_ERROR: &str = "JSONParserErr";
/// The field that holds the line that was packed.
const PACKED: &str = "_entry";
/// How deep fields are flattened.
const DEEPEST: usize = 32;

/// Why the reading of a line ends before the line does: the hints say that there is enough, or the line is dropped.
const STOPPED: Malformed = "the rest of the line need not be read";

/// Extracts every field that is asked for; false if the line is dropped.
pub(crate) fn extract_all(scope: &mut Scope<'_>, hints: &Hints) -> bool {
    let (line, mut name, mut next) = (scope.line.clone(), String::new(), Next::Continue);
    let read = flatten(&line, hints, &mut name, 0, &mut |name, raw| {
        next = hints.extract(scope, name, || scalar(raw));
        if next == Next::Continue { Ok(()) } else { Err(STOPPED) }
    });
    if let (Next::Continue, Err(details)) = (next, read) {
        hints.fail(scope, PARSER_ERROR, details);
    }
    next != Next::Drop
}

/// Extracts the fields that `wanted` names with their paths; a label whose path leads to nothing is empty.
pub(crate) fn extract(scope: &mut Scope<'_>, hints: &Hints, wanted: &[(String, Vec<Step>)]) {
    let line = scope.line.clone();
    if line.is_empty() {
        return;
    }
    if !line.starts_with(['"', '{', '[']) {
        return hints.fail(scope, PARSER_ERROR, "");
    }
    let paths: Vec<&[Step]> = wanted.iter().map(|(_, path)| path.as_slice()).collect();
    let mut found = 0;
    let walked = search::search(&line, &paths, &mut |at, value| match value {
        Ok(value) => {
            found += 1;
            scope.extract_anew(&wanted[at].0, path::label_value(value));
        }
        Err(details) => hints.fail(scope, PARSER_ERROR, details),
    });
    if let Err(details) = walked {
        hints.fail(scope, PARSER_ERROR, details);
    }
    if found < wanted.len() {
        for (name, _) in wanted {
            if scope.find(name).is_none() {
                scope.extract_anew(name, String::new());
            }
        }
    }
}

/// Shows every scalar field by its name, which is joined from the keys on the way to it; arrays and nulls are left out, and
/// objects below which nothing is asked for.
fn flatten(
    text: &str,
    hints: &Hints,
    name: &mut String,
    depth: usize,
    found: &mut dyn FnMut(&str, Raw<'_>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    lenient::fields(text, &mut |key, raw| {
        let length = name.len();
        if !key.trim().is_empty() {
            if !name.is_empty() {
                name.push('_');
            }
            push_sanitized(name, key);
        }
        let inner = match raw.kind {
            Kind::Object if depth < DEEPEST && hints.want_below(name) => {
                flatten(raw.text, hints, name, depth + 1, found)
            }
            Kind::String | Kind::Number | Kind::Boolean if !name.is_empty() => found(name, raw),
            _ => Ok(()),
        };
        name.truncate(length);
        inner
    })
}

/// The keys on the way to every field that becomes a label, by the name of that label. What cannot be read is left out.
pub(crate) fn paths(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(text.to_owned(), String::new(), Vec::new())];
    while let Some((text, name, keys)) = waiting.pop() {
        // What is wrong with the object is said where its fields are read.
        let _ = lenient::fields(&text, &mut |key, raw| {
            let (mut name, mut keys) = (name.clone(), keys.clone());
            if !key.trim().is_empty() {
                if !name.is_empty() {
                    name.push('_');
                }
                push_sanitized(&mut name, key);
            }
            keys.push(key.to_owned());
            match raw.kind {
                Kind::Object if keys.len() <= DEEPEST => waiting.push((raw.text.to_owned(), name, keys)),
                Kind::String | Kind::Number | Kind::Boolean => {
                    found.entry(name).or_insert(keys);
                }
                _ => {}
            }
            Ok(())
        });
    }
    found
}

/// The value of a label: a number as it is written, a string without its escapes, which is empty if they are wrong.
fn scalar(raw: Raw<'_>) -> String {
    match raw.kind {
        Kind::String => lenient::unescape(raw.text).unwrap_or_default(),
        _ => raw.text.to_owned(),
    }
}

/// Undoes what Promtail's `pack` stage does: string fields become labels, and `_entry` becomes the line. A line without
/// `_entry` was not packed and stays as it is. False if the line is dropped.
pub(crate) fn unpack(scope: &mut Scope<'_>, hints: &Hints) -> bool {
    let line = scope.line.clone();
    if line.is_empty() {
        return true;
    }
    if !line.starts_with('{') {
        hints.fail(scope, PARSER_ERROR, "expecting json object(6), but it is not");
        return true;
    }
    let mut labels = Vec::new();
    let mut entry = None;
    let read = lenient::fields(&line, &mut |key, raw| {
        if raw.kind == Kind::String && key == PACKED {
            entry = Some(lenient::unescape(raw.text).unwrap_or_default());
        } else if raw.kind == Kind::String {
            let mut name = String::new();
            push_sanitized(&mut name, key);
            labels.push((name, scalar(raw)));
        }
        Ok(())
    });
    match (read, entry) {
        (Err(details), _) => hints.fail(scope, PARSER_ERROR, details),
        (Ok(()), None) => {}
        (Ok(()), Some(entry)) => {
            scope.line = Cow::Owned(entry);
            return labels.into_iter().all(|(name, value)| hints.extract(scope, &name, || value) != Next::Drop);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_fields_become_labels_with_joined_names() {
        let text = r#"{"a": {"b-c": 1, "d": [1]}, "0": true, "s": "x", "n": null, "f": 0.50, "": 1}"#;
        let mut found = Vec::new();
        let see = &mut |name: &str, raw: Raw<'_>| {
            found.push(format!("{name}={}", scalar(raw)));
            Ok(())
        };
        flatten(text, &Hints::default(), &mut String::new(), 0, see).expect("read");
        assert_eq!(found, ["a_b_c=1", "_0=true", "s=x", "f=0.50"]);
    }
}
