//! Values in log lines, by their key: in JSON, and behind `key=` as logfmt writes it.

use serde_json::Value;

use crate::redact::values::Values;

/// Takes them out of a line.
pub(crate) fn take(values: &mut Values, line: &mut String) {
    if line.trim_start().starts_with('{')
        && let Ok(mut json) = serde_json::from_str::<Value>(line)
    {
        if walk(values, &mut json) {
            *line = json.to_string();
        }
        return;
    }
    if line.contains('=') {
        *line = pairs(values, line);
    }
}

/// Whether anything was taken.
fn walk(values: &mut Values, json: &mut Value) -> bool {
    match json {
        Value::Object(map) => {
            let mut changed = false;
            for (key, value) in map {
                if values.are_of(key) {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    *value = Value::String(values.replacement(&text));
                    changed = true;
                } else {
                    changed |= walk(values, value);
                }
            }
            changed
        }
        Value::Array(items) => {
            let mut changed = false;
            for item in items {
                changed |= walk(values, item);
            }
            changed
        }
        _ => false,
    }
}

/// The line with the values behind `key=` taken out.
fn pairs(values: &mut Values, line: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(at) = rest.find('=') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let is_of_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
        let key = &before[before.rfind(|c| !is_of_key(c)).map_or(0, |at| at + width(&before[at..]))..];
        out.push_str(&rest[..=at]);
        rest = after;
        if !key.is_empty() && values.are_of(key) {
            let (value, length) = value_at(after);
            out.push_str(&values.replacement(&value));
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
    (quoted[..end].replace("\\\"", "\""), (end + 2).min(text.len()))
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
        assert_eq!(taken(r#"user.id="x \"y\" z" c="d""#), r#"user.id=redacted-2 c="d""#);
        assert_eq!(taken(r#"user.id="never closed"#), "user.id=redacted-3");
        assert_eq!(taken("GET /?user-id=é&b=1"), "GET /?user-id=redacted-4&b=1");
        assert_eq!(taken("the_user_id=x é=y"), "the_user_id=x é=y");
        assert_eq!(taken(r#"[{"user_id": 1}]"#), r#"[{"user_id": 1}]"#, "a list is no line of fields");
        assert_eq!(taken(r#"{"a": [{"user_id": 17}]}"#), r#"{"a":[{"user_id":"redacted-5"}]}"#);
        assert_eq!(taken(r#"{"a": 1}"#), r#"{"a": 1}"#, "what holds nothing stays as it was");
    }
}
