//! The parser of logfmt lines: `level=info msg="two words" flag`.

use std::fmt;

use crate::logql::functions::json::lenient;
use crate::logql::functions::json::path::push_sanitized;
use crate::logql::plan::hints::{Hints, Next};
use crate::logql::scope::Scope;

/// A pair that breaks the rules, such as `a=b=c`: what is wrong, and at which byte from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    at: usize,
    what: String,
}

/// The error of a line that breaks the rules.
const PARSER_ERROR: &str = "LogfmtParserErr";

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "logfmt syntax error at pos {} : {}", self.at, self.what)
    }
}

/// Extracts every key that is asked for; false if the line is dropped. A pair that breaks the rules is left out; if the
/// reading is strict, it ends there, and the line has an error.
pub(crate) fn extract_all(scope: &mut Scope<'_>, hints: &Hints, strict: bool, keep_empty: bool) -> bool {
    let (line, mut name) = (scope.line.clone(), String::new());
    for pair in (Pairs { line: &line, at: 0 }) {
        let (key, value) = match pair {
            Ok(pair) => pair,
            Err(_) if !strict => continue,
            Err(fault) => {
                hints.fail(scope, PARSER_ERROR, fault.to_string());
                return true;
            }
        };
        name.clear();
        push_sanitized(&mut name, key);
        if name.is_empty() || (value.is_empty() && !keep_empty) {
            continue;
        }
        match hints.extract(scope, &name, || value) {
            Next::Continue => {}
            Next::Enough => break,
            Next::Drop => return false,
        }
    }
    true
}

/// Extracts the keys that `wanted` names (label, key), in a line that is read as by [`extract_all`].
pub(crate) fn extract(scope: &mut Scope<'_>, hints: &Hints, strict: bool, wanted: &[(String, String)]) {
    let (line, mut name) = (scope.line.clone(), String::new());
    for (label, _) in wanted {
        // A label of the stream keeps its value if the line has none.
        if scope.find(label).is_none() {
            scope.extract_anew(label, String::new());
        }
    }
    for pair in (Pairs { line: &line, at: 0 }) {
        let (key, value) = match pair {
            Ok(pair) => pair,
            Err(_) if !strict => continue,
            Err(fault) => return hints.fail(scope, PARSER_ERROR, fault.to_string()),
        };
        name.clear();
        push_sanitized(&mut name, key);
        // A key that is called as one of the labels counts, too.
        let of_key = wanted.iter().find(|(_, wanted)| *wanted == name);
        let Some((label, _)) = of_key.or_else(|| wanted.iter().find(|(label, _)| *label == name)) else { continue };
        let free = scope.free_name(label);
        if free != label.as_str() && (scope.has_extracted(&free) || !hints.want(&free)) {
            // Nobody asks for a second value of a label that the line has otherwise.
            break;
        }
        // So Loki answers a value with bytes that were no text.
        let value = if value.contains(char::REPLACEMENT_CHARACTER) { String::new() } else { value };
        scope.extract_anew(label, value);
        if hints.are_met(scope) {
            break;
        }
    }
}

/// The key that an expression such as `caller` or `"two words"` names; an error in the words of Loki.
pub(crate) fn key_of(expression: &str) -> Result<String, String> {
    let fail = |problem: String| format!("cannot parse expression [{expression}]: {problem}");
    let syntax = |found: &str, expecting: &str| fail(format!("syntax error: unexpected {found}{expecting}"));
    let (mut rest, mut key) = (expression, None);
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n']);
        let Some(first) = rest.chars().next() else {
            return key.ok_or_else(|| syntax("$end", ", expecting STRING or KEY"));
        };
        let word = if let Some(inside) = rest.strip_prefix('"') {
            let (text, after) = inside.split_once(['"', ']']).unwrap_or((inside, ""));
            rest = after;
            text
        } else if first.is_ascii_alphabetic() || first == '_' {
            if key.is_some() {
                return Err(syntax("KEY", ""));
            }
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (text, after) = rest.split_at(end);
            rest = after;
            text
        } else if key.is_none() {
            return Err(syntax("$end", ", expecting STRING or KEY"));
        } else {
            return Err(fail(format!("unexpected char {first}")));
        };
        key.get_or_insert_with(|| word.to_owned());
    }
}

/// The pairs of a line, one after the other.
pub(crate) struct Pairs<'l> {
    pub(crate) line: &'l str,
    pub(crate) at: usize,
}

impl<'l> Iterator for Pairs<'l> {
    type Item = Result<(&'l str, String), Malformed>;

    /// The next pair; a bare key has an empty value.
    fn next(&mut self) -> Option<Self::Item> {
        self.at += self.line[self.at..].find(|c| !separates(c))?;
        let key = self.take(|c| separates(c) || matches!(c, '=' | '"'));
        if key.contains(char::REPLACEMENT_CHARACTER) {
            let fault = self.fault("invalid key");
            self.take(separates);
            return Some(Err(fault));
        }
        match self.peek() {
            Some('=') if !key.is_empty() => {}
            Some(found @ ('=' | '"')) => return Some(Err(self.unexpected(found))),
            _ => return Some(Ok((key, String::new()))),
        }
        self.at += 1;
        if self.peek() == Some('"') {
            return Some(self.quoted().map(|value| (key, value)));
        }
        let value = self.take(|c| separates(c) || matches!(c, '=' | '"'));
        Some(match self.peek() {
            Some(found @ ('=' | '"')) => Err(self.unexpected(found)),
            _ => Ok((key, value.to_owned())),
        })
    }
}

impl<'l> Pairs<'l> {
    fn peek(&self) -> Option<char> {
        self.line[self.at..].chars().next()
    }

    /// What comes before the next character that `ends` names.
    fn take(&mut self, ends: impl Fn(char) -> bool) -> &'l str {
        let rest = &self.line[self.at..];
        let length = rest.find(ends).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// The value up to the closing quote.
    fn quoted(&mut self) -> Result<String, Malformed> {
        let inside = &self.line[self.at + 1..];
        let mut is_escaped = false;
        let end = inside.bytes().position(|byte| {
            let closes = byte == b'"' && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            closes
        });
        let Some(end) = end else {
            self.at = self.line.len();
            return Err(self.fault("unterminated quoted value"));
        };
        self.at += end + 2;
        lenient::unescape(&inside[..end]).ok_or_else(|| self.fault("invalid quoted value"))
    }

    /// The error of a character that may not stand here; what comes up to the next blank is left out.
    fn unexpected(&mut self, found: char) -> Malformed {
        let fault = self.fault(format!("unexpected {found:?}"));
        self.take(separates);
        fault
    }

    fn fault(&self, what: impl Into<String>) -> Malformed {
        Malformed { at: self.at + 1, what: what.into() }
    }
}

/// True for blanks and control characters, which separate pairs.
fn separates(c: char) -> bool {
    c <= ' '
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Vec<String>, Vec<String>) {
        let (mut found, mut faults) = (Vec::new(), Vec::new());
        for pair in (Pairs { line, at: 0 }) {
            match pair {
                Ok((key, value)) => found.push(format!("{key}={value}")),
                Err(fault) => faults.push(format!("{} {}", fault.at, fault.what)),
            }
        }
        (found, faults)
    }

    #[test]
    fn keys_and_values_are_read_and_malformed_pairs_reported() {
        let (found, faults) = read(r#" level=info msg="two \"words\" \u00e9" flag empty= "#);
        assert_eq!(found, ["level=info", "msg=two \"words\" \u{e9}", "flag=", "empty="]);
        assert!(faults.is_empty());
        for (line, found, fault) in [
            ("a=\"open", &[][..], "8 unterminated quoted value"),
            ("=x b=1", &["b=1"], "1 unexpected '='"),
            ("a=b=c d=1", &["d=1"], "4 unexpected '='"),
            ("k\"y=1 z=2", &["z=2"], "2 unexpected '\"'"),
            ("a=1 b\u{fffd}k=2 c=3", &["a=1", "c=3"], "10 invalid key"),
            ("\u{fffd} c=\u{fffd}", &["c=\u{fffd}"], "4 invalid key"),
        ] {
            assert_eq!(read(line), (found.iter().map(ToString::to_string).collect(), vec![fault.to_owned()]), "{line}");
        }
    }
}
