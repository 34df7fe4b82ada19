//! Values in log lines and other texts: by their key, in JSON and behind `key=` as logfmt writes it, and wherever they stand.
//!
//! What is JSON is decoded first, because a value may be written in many ways there, and is written again only if it changed.

use serde_json::Value;

use crate::redact::values::{Finder, Values};

/// Takes them out of a line.
pub(crate) fn take(values: &mut Values, line: &mut String) {
    if !in_json(line, |json| walk(values, json, true)) {
        *line = pairs(values, line);
    }
}

/// Takes those behind `key=` out of the texts of a document, whose own keys mean something else.
pub(crate) fn take_texts(values: &mut Values, document: &mut String) {
    if !in_json(document, |json| walk(values, json, false)) {
        *document = pairs(values, document);
    }
}

/// Takes what was found out of a line: out of the texts of JSON, where a number may be a value, too.
pub(crate) fn clean(finder: &Finder, line: &mut String) {
    if finder.may_be_in(line) && !in_json(line, |json| cleaned(finder, json, true)) {
        finder.clean(line);
    }
}

/// Takes what was found out of the texts of a document; its numbers stay.
pub(crate) fn clean_texts(finder: &Finder, document: &mut String) {
    if finder.may_be_in(document) && !in_json(document, |json| cleaned(finder, json, false)) {
        finder.clean(document);
    }
}

/// Whether a text is JSON; if so, it is changed there.
fn in_json(text: &mut String, change: impl FnOnce(&mut Value) -> bool) -> bool {
    if !text.trim_start().starts_with(['{', '[']) {
        return false;
    }
    let Ok(mut json) = serde_json::from_str::<Value>(text) else { return false };
    if change(&mut json) {
        *text = json.to_string();
    }
    true
}

/// Takes values out of JSON; says whether there were any.
fn walk(values: &mut Values, json: &mut Value, by_key: bool) -> bool {
    let mut changed = false;
    match json {
        Value::Object(map) => {
            for (key, value) in map {
                if by_key && values.are_of(key) {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    *value = Value::String(values.replacement(&text));
                    changed = true;
                } else {
                    changed |= walk(values, value, by_key);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                changed |= walk(values, item, by_key);
            }
        }
        Value::String(text) => {
            let before = text.clone();
            if by_key {
                take(values, text);
            } else {
                take_texts(values, text);
            }
            changed = *text != before;
        }
        _ => {}
    }
    changed
}

/// Takes what was found out of JSON; says whether there was anything.
fn cleaned(finder: &Finder, json: &mut Value, with_numbers: bool) -> bool {
    let mut changed = false;
    match json {
        Value::Object(map) => {
            for (mut key, mut value) in std::mem::take(map) {
                let before = key.clone();
                finder.clean(&mut key);
                changed |= key != before;
                changed |= cleaned(finder, &mut value, with_numbers);
                map.insert(key, value);
            }
        }
        Value::Array(items) => {
            for item in items {
                changed |= cleaned(finder, item, with_numbers);
            }
        }
        Value::String(text) => {
            let before = text.clone();
            if with_numbers {
                clean(finder, text);
            } else {
                clean_texts(finder, text);
            }
            changed = *text != before;
        }
        Value::Number(number) if with_numbers => {
            if let Some(replacement) = finder.whole(&number.to_string()) {
                *json = Value::String(replacement.to_owned());
                changed = true;
            }
        }
        _ => {}
    }
    changed
}

/// The line with the values behind `key=` taken out.
pub(crate) fn pairs(values: &mut Values, line: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(at) = rest.find('=') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let is_of_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        let key = &before[before.rfind(|c| !is_of_key(c)).map_or(0, |at| at + width(&before[at..]))..];
        out.push_str(&rest[..=at]);
        rest = after;
        if !key.is_empty() && values.are_of(key) {
            // `=~"x"` is how queries write it.
            let after = after
                .strip_prefix('~')
                .filter(|after| after.starts_with('"'))
                .inspect(|_| out.push('~'))
                .unwrap_or(after);
            let (value, length) = value_at(after);
            let quote = if after.starts_with('"') { "\"" } else { "" };
            out.extend([quote, &values.replacement(&value), quote]);
            rest = &after[length..];
        }
    }
    out + rest
}

fn width(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// The value at the beginning of a text, and how many bytes it takes there.
fn value_at(text: &str) -> (String, usize) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '&')).unwrap_or(text.len());
        return (text[..end].to_owned(), end);
    };
    let mut escaped = false;
    let end = quoted.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    let end = end.unwrap_or(quoted.len());
    let length = (end + 2).min(text.len());
    let decoded = serde_json::from_str(&text[..length]);
    (decoded.unwrap_or_else(|_| quoted[..end].replace("\\\"", "\"")), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_behind_their_key() {
        let mut values = Values::of(&["user.id".to_owned()]);
        let mut taken = |line: &str| {
            let mut line = line.to_owned();
            take(&mut values, &mut line);
            line
        };
        assert_eq!(taken("a=b user_id=x c=d"), "a=b user_id=redacted-1 c=d");
        assert_eq!(taken(r#"user.id="x \"y\" z" c="d""#), r#"user.id="redacted-2" c="d""#);
        assert_eq!(taken(r#"user.id="never closed"#), r#"user.id="redacted-3""#);
        assert_eq!(taken("GET /?user-id=é&b=1"), "GET /?user-id=redacted-4&b=1");
        assert_eq!(taken("the_user_id=x é=y"), "the_user_id=x é=y");
        assert_eq!(taken(r#"{"a": [{"user_id": 17}]}"#), r#"{"a":[{"user_id":"redacted-5"}]}"#);
        assert_eq!(taken(r#"{"a": 1}"#), r#"{"a": 1}"#, "what holds nothing stays as it was");
        assert_eq!(taken(r#"[{"user_id": 1}]"#), r#"[{"user_id":"redacted-6"}]"#);
        assert_eq!(taken(r#"{"msg":"user_id=carl"}"#), r#"{"msg":"user_id=redacted-7"}"#);
        assert_eq!(taken(r#"up{user_id=~"a|b"}"#), r#"up{user_id=~"redacted-8"}"#);
        assert_eq!(taken(r#"{"e":"{\"user_id\":5}"}"#), r#"{"e":"{\"user_id\":\"redacted-9\"}"}"#, "JSON within JSON");
    }

    #[test]
    fn values_are_found_however_they_are_written() {
        let mut values = Values::of(&[]);
        for value in ["O\"Neil", "Müller", "100"] {
            values.replacement(value);
        }
        let finder = values.finder().expect("few values");
        let cleaned = |line: &str| {
            let mut line = line.to_owned();
            clean(&finder, &mut line);
            line
        };
        assert_eq!(cleaned(r#"{"by":"O\"Neil","to":"M\u00fcller"}"#), r#"{"by":"redacted-1","to":"redacted-2"}"#);
        assert_eq!(cleaned(r#"{"ms":1795100,"id":100}"#), r#"{"ms":1795100,"id":"redacted-3"}"#);
        assert_eq!(cleaned(r#"{"Müller": 1}"#), r#"{"redacted-2":1}"#, "a key, too");
        assert_eq!(cleaned(r#"it was "O\"Neil" or "M\u00FCller""#), r#"it was "redacted-1" or "redacted-2""#);
        assert_eq!(cleaned(r#"{"a": 7}"#), r#"{"a": 7}"#);
    }
}
