//! The parser of logfmt lines: `level=info msg="two words" flag`.

use crate::logql::functions::json::path::push_sanitized;
use crate::logql::scope::Scope;

/// A pair that breaks the rules, as `key = value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Extracts the keys that `wanted` names (label, key), or every key if it is empty.
pub(crate) fn extract(scope: &mut Scope<'_>, strict: bool, keep_empty: bool, wanted: &[(String, String)]) {
    let line = scope.line.clone();
    let mut name = String::new();
    let read = pairs(&line, |key, value| {
        if value.is_empty() && !keep_empty {
            return;
        }
        if wanted.is_empty() {
            name.clear();
            push_sanitized(&mut name, key);
            scope.extract(&name, value);
        } else if let Some((name, _)) = wanted.iter().find(|(_, wanted)| wanted == key) {
            scope.extract(name, value);
        }
    });
    if read.is_err() && strict {
        scope.fail("LogfmtParserErr", "logfmt syntax error");
    }
}

/// Shows every key with its value, which is empty for a bare key.
pub(crate) fn pairs(line: &str, mut found: impl FnMut(&str, String)) -> Result<(), Malformed> {
    let mut result = Ok(());
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let length = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (key, after) = rest.split_at(length);
        let value;
        (value, rest) = match after.strip_prefix('=') {
            None => (String::new(), after),
            Some(after) if after.starts_with('"') => match quoted(&after[1..]) {
                Some(read) => read,
                None => return Err(Malformed),
            },
            Some(after) => {
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                if after[..end].contains(['"', '=']) {
                    result = Err(Malformed);
                }
                (after[..end].to_owned(), &after[end..])
            }
        };
        if key.is_empty() || key.contains('"') {
            result = Err(Malformed);
        } else {
            found(key, value);
        }
        rest = rest.trim_start();
    }
    result
}

/// The text up to the closing quote, and what comes after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Vec<String>, bool) {
        let mut found = Vec::new();
        let whole = pairs(line, |key, value| found.push(format!("{key}={value}"))).is_ok();
        (found, whole)
    }

    #[test]
    fn keys_and_values_are_read_and_malformed_pairs_reported() {
        let (found, whole) = read(r#" level=info msg="two \"words\"" flag empty= "#);
        assert_eq!(found, ["level=info", "msg=two \"words\"", "flag=", "empty="]);
        assert!(whole);
        assert!(!read("a=\"open").1 && !read("=x").1 && !read("a=b=c").1);
        assert_eq!(read("=x b=1").0, ["b=1"]);
    }
}
