//! Text to tokens: names, keywords, functions, strings (`"…"` with Go's escapes, `` `…` `` as it stands), numbers, durations (`5m`),
//! sizes (`10KB`), windows (`[5m]`) and operators. `#` starts a comment.

mod quantity;

use lab_model::duration;
use lab_syntax::literal::dialect::LOGQL;
use lab_syntax::literal::string::{self, Problem};
use lab_syntax::{Fault, Scanner};

use crate::logql::error;
use crate::logql::functions::aggregate::AggregateFunction;
use crate::logql::functions::range::RangeFunction;
use crate::logql::syntax::lexer::quantity::Scanned;
use crate::logql::syntax::token::{Kind, Token, is_keyword};
use crate::logql::units;

/// Operators, longest first.
const SYMBOLS: [&str; 26] = [
    "|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", ">=", "<=", "{", "}", "(", ")", ",", "|", "=", ">", "<", "+", "-",
    "*", "/", "%", "^", ".",
];

/// The flags of `logfmt`.
const FLAGS: [&str; 2] = ["--strict", "--keep-empty"];

/// Splits a query into tokens; the last one is [`Kind::End`]. Where the text cannot be read the tokens end, and the fault says
/// why.
pub(crate) fn tokens(query: &str) -> (Vec<Token>, Option<Fault>) {
    let mut scanner = Scanner::new(query);
    let mut tokens = Vec::new();
    loop {
        skip_blank(&mut scanner);
        let start = scanner.at();
        let (kind, fault) = match token(&mut scanner) {
            Ok(kind) => (kind, None),
            Err(fault) if is_compared(&tokens) => (Kind::End, Some(as_compared(query, fault))),
            Err(fault) => (Kind::End, Some(fault)),
        };
        let end = kind == Kind::End;
        tokens.push(Token { kind, place: scanner.since(start) });
        if end {
            return (tokens, fault);
        }
    }
}

/// True if a label stands before, and a sign that compares it.
fn is_compared(before: &[Token]) -> bool {
    let kind = |from_end: usize| before.len().checked_sub(from_end).map(|at| &before[at].kind);
    let compares = |kind: &Kind| matches!(kind, Kind::Symbol("=" | "==" | "!=" | ">" | ">=" | "<" | "<="));
    matches!(kind(2), Some(Kind::Name(_))) && kind(1).is_some_and(compares)
}

/// The fault of a number with which a label is compared: Loki reads it again there, and names no place.
fn as_compared(query: &str, fault: Fault) -> Fault {
    let written = query.get(fault.place.start..fault.place.end).unwrap_or_default();
    let ends = !query[fault.place.end.min(query.len())..].starts_with(|c: char| c.is_alphanumeric());
    match units::go_number(written) {
        Err(problem) if ends && written.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
            error::without_place(format!("unable to parse literal as a float: {problem}"))
        }
        _ => fault,
    }
}

fn skip_blank(scanner: &mut Scanner<'_>) {
    scanner.take_while(char::is_whitespace);
    while scanner.peek() == Some('#') {
        scanner.take_while(|c| c != '\n');
        scanner.take_while(char::is_whitespace);
    }
}

fn token(scanner: &mut Scanner<'_>) -> Result<Kind, Fault> {
    let Some(next) = scanner.peek() else { return Ok(Kind::End) };
    if scanner.is_at_number() {
        return number(scanner);
    }
    if next.is_ascii_alphabetic() || next == '_' {
        let name = scanner.take_while(|c| c.is_ascii_alphanumeric() || c == '_').to_owned();
        return Ok(match is_keyword(&name) {
            true => Kind::Keyword(name),
            false if is_called(&name, scanner.rest()) => Kind::Function(name),
            false => Kind::Name(name),
        });
    }
    match next {
        '"' | '`' => return text(scanner),
        '\'' => return quoted_character(scanner),
        '[' => return range(scanner),
        '-' => {
            if let Some(flag) = FLAGS.iter().find(|flag| is_flag(scanner.rest(), flag)) {
                scanner.advance(flag.len());
                return Ok(Kind::Flag(flag));
            }
            if let Some((nanoseconds, length)) = quantity::negative_duration(scanner.rest()) {
                scanner.advance(length);
                return Ok(Kind::Duration(nanoseconds));
            }
        }
        _ => {}
    }
    let Some(symbol) = SYMBOLS.iter().find(|symbol| scanner.rest().starts_with(**symbol)) else {
        scanner.take();
        return Ok(Kind::Other(next));
    };
    scanner.advance(symbol.len());
    Ok(Kind::Symbol(symbol))
}

/// True if a text begins with the flag, and not with a longer word.
fn is_flag(text: &str, flag: &str) -> bool {
    text.strip_prefix(flag).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphabetic() || c == '-'))
}

/// True if the word is a function's and `rest` begins with its arguments or its grouping; anywhere else it is a plain name.
fn is_called(word: &str, rest: &str) -> bool {
    let others = ["vector", "label_replace", "bytes", "duration", "duration_seconds", "ip"];
    let is_function = RangeFunction::named(word).is_some()
        || AggregateFunction::named(word).is_some()
        || others.iter().any(|other| other.eq_ignore_ascii_case(word));
    let rest = rest.trim_start();
    let after = |keyword: &str| {
        let begins = rest.get(..keyword.len()).is_some_and(|start| start.eq_ignore_ascii_case(keyword));
        begins && rest[keyword.len()..].trim_start().starts_with('(')
    };
    is_function && (rest.starts_with('(') || after("by") || after("without"))
}

/// A number, a duration or a size.
fn number(scanner: &mut Scanner<'_>) -> Result<Kind, Fault> {
    let start = scanner.at();
    let (scanned, length, problem) = quantity::scan(scanner.rest());
    scanner.advance(length);
    if let Some(problem) = problem {
        return Err(Fault::new(scanner.since(start), problem));
    }
    match scanned {
        Scanned::Duration(nanoseconds) => Ok(Kind::Duration(nanoseconds)),
        Scanned::Bytes(bytes) => Ok(Kind::Bytes(bytes)),
        Scanned::Number(digits) => units::go_number(digits)
            .map(Kind::Number)
            .map_err(|problem| error::without_place(format!("unable to parse literal as a float: {problem}"))),
    }
}

/// A window such as `[5m]`.
fn range(scanner: &mut Scanner<'_>) -> Result<Kind, Fault> {
    let start = scanner.at();
    scanner.take();
    let inside = scanner.take_while(|c| c != ']');
    if scanner.take().is_none() {
        return Err(Fault::new(scanner.since(start), "missing closing ']' in duration"));
    }
    let nanoseconds = duration::parse(inside).ok().and_then(|range| i64::try_from(range.as_nanos()).ok());
    nanoseconds.map(Kind::Range).ok_or_else(|| Fault::new(scanner.since(start), no_duration(inside)))
}

/// Why a text is no window, in the words of Prometheus' library.
fn no_duration(text: &str) -> String {
    let mut rest = text;
    while rest.starts_with(|c: char| c.is_ascii_digit()) {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let length = unit.find(|c: char| c.is_ascii_digit()).unwrap_or(unit.len());
        let known = ["y", "w", "d", "h", "m", "s", "ms"];
        if length > 0 && !known.contains(&&unit[..length]) {
            return format!("unknown unit {:?} in duration {text:?}", &unit[..length]);
        }
        rest = &unit[length..];
    }
    if text.is_empty() { "empty duration string".to_owned() } else { format!("not a valid duration string: {text:?}") }
}

/// `'x'`, which has no meaning in LogQL.
fn quoted_character(scanner: &mut Scanner<'_>) -> Result<Kind, Fault> {
    let start = scanner.at();
    // The closing quote is not part of what is read.
    let read = string::character(scanner.rest()).ok().map(|(_, length)| length);
    let Some(length) = read.filter(|length| scanner.rest()[*length..].starts_with('\'')) else {
        return Err(Fault::new(scanner.since(start), "invalid char literal"));
    };
    scanner.advance(length + 1);
    Ok(Kind::Other('\''))
}

fn text(scanner: &mut Scanner<'_>) -> Result<Kind, Fault> {
    let start = scanner.at();
    let bytes = string::take(scanner, &LOGQL).map_err(|mistake| {
        let message = match mistake.problem {
            Problem::Unterminated | Problem::UnfinishedEscape => "literal not terminated",
            _ => "invalid char escape",
        };
        Fault::new(scanner.since(start), message)
    })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Fault::new(scanner.since(start), "the bytes of the string are not UTF-8, so no line and no label has them")
    })?;
    Ok(Kind::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_of_digits_are_bytes_or_characters() {
        let kinds = |query| tokens(query).0.into_iter().map(|token| token.kind).collect::<Vec<_>>();
        let text = |text: &str| vec![Kind::Text(text.to_owned()), Kind::End];
        assert_eq!(kinds(r#""\xc3\xa9\101\u00e9\U0001f3b2""#), text("\u{e9}A\u{e9}\u{1f3b2}"));
        assert_eq!(kinds(r"`\x41`"), text(r"\x41"));
    }

    #[test]
    fn numbers_durations_and_windows_are_told_apart() {
        let first = |query| tokens(query).0.remove(0).kind;
        for (query, number) in [("1_000", 1000.0), ("0x1p3", 8.0), ("1e3", 1000.0), (".5", 0.5)] {
            assert_eq!(first(query), Kind::Number(number), "{query}");
        }
        for (query, seconds) in [("5m", 300), ("-10s", -10), ("1d", 86_400)] {
            assert_eq!(first(query), Kind::Duration(seconds * 1_000_000_000));
        }
        assert_eq!(first("[1h30m]"), Kind::Range(5_400_000_000_000));
        assert_eq!((first("10KB"), first("-5")), (Kind::Bytes(10_000.0), Kind::Symbol("-")));
        let fault = |query| tokens(query).1.map(|fault| fault.message);
        assert_eq!(fault("rate({}[5])"), Some("not a valid duration string: \"5\"".to_owned()));
        assert_eq!(fault("1e"), Some("exponent has no digits".to_owned()));
        assert_eq!(fault("{a='bc'}"), Some("invalid char literal".to_owned()));
    }

    #[test]
    fn the_name_of_a_function_is_a_plain_name_where_it_is_not_called() {
        let first = |query| tokens(query).0.remove(0).kind;
        for query in ["sum(x)", "sum  by (a) (x)", "RATE(x)", "sum without(a)(x)"] {
            assert!(matches!(first(query), Kind::Function(_)), "{query}");
        }
        for query in ["sum", "sum by a", "sum=\"x\"", "count, b"] {
            assert!(matches!(first(query), Kind::Name(_)), "{query}");
        }
    }
}
