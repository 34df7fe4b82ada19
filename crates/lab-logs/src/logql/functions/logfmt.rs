//! The parser of logfmt lines: `level=info msg="two words" flag`.

use crate::logql::functions::json::lenient;
use crate::logql::functions::json::path::push_sanitized;
use crate::logql::scope::Scope;

/// A pair that breaks the rules, such as `a=b=c`: what is wrong, and at which byte from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    at: usize,
    what: String,
}

/// Extracts the keys that `wanted` names (label, key), or every key if it is empty. A pair that breaks the rules is left
/// out; if the reading is strict, it ends there, and the line has an error.
pub(crate) fn extract(scope: &mut Scope<'_>, strict: bool, keep_empty: bool, wanted: &[(String, String)]) {
    let line = scope.line.clone();
    for (name, _) in wanted {
        // A label of the stream keeps its value if the line has none.
        if scope.find(name).is_none() {
            scope.extract_anew(name, String::new());
        }
    }
    let mut name = String::new();
    for pair in (Pairs { line: &line, at: 0 }) {
        let (key, value) = match pair {
            Ok(pair) => pair,
            Err(_) if !strict => continue,
            Err(Malformed { at, what }) => {
                scope.fail("LogfmtParserErr", format!("logfmt syntax error at pos {at} : {what}"));
                return;
            }
        };
        name.clear();
        push_sanitized(&mut name, key);
        if wanted.is_empty() {
            if !name.is_empty() && (keep_empty || !value.is_empty()) {
                scope.extract(&name, value);
            }
        } else if let Some((label, _)) = wanted.iter().find(|(_, wanted)| *wanted == name) {
            scope.extract_anew(label, value);
        }
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
        ] {
            assert_eq!(read(line), (found.iter().map(ToString::to_string).collect(), vec![fault.to_owned()]), "{line}");
        }
    }
}
