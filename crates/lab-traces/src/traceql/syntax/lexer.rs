//! Text to tokens.
//!
//! An attribute's name runs on until white space or one of `(){}=~!<>&|^,`; so arithmetic needs white space
//! around its operators, as in Tempo, and a comment needs it before it. Parts of a name may be quoted:
//! `span."a b".c`.

use lab_syntax::literal::dialect::TRACEQL;
use lab_syntax::literal::string::{self, Problem};
use lab_syntax::{Fault, Scanner};

use crate::traceql::duration;
use crate::traceql::syntax::token::{SYMBOLS, Token, TokenKind, is_attribute_char};

/// What an attribute may begin with before its dot.
const SCOPES: [&str; 6] = ["span", "resource", "parent", "event", "link", "instrumentation"];

/// Splits a query into tokens; the last one is [`TokenKind::End`].
pub(crate) fn tokenize(text: &str) -> Result<Vec<Token>, Fault> {
    let mut scanner = Scanner::new(text);
    let mut tokens = Vec::new();
    loop {
        skip_blanks_and_comments(&mut scanner)?;
        let start = scanner.at();
        let kind = token(&mut scanner)?;
        let end = kind == TokenKind::End;
        tokens.push(Token { kind, place: scanner.since(start) });
        if end {
            return Ok(tokens);
        }
    }
}

/// Passes white space, `// to the end of a line` and `/* … */`.
fn skip_blanks_and_comments(scanner: &mut Scanner<'_>) -> Result<(), Fault> {
    loop {
        scanner.take_while(char::is_whitespace);
        let start = scanner.at();
        if scanner.rest().starts_with("//") {
            scanner.take_while(|c| c != '\n');
        } else if let Some(comment) = scanner.rest().strip_prefix("/*") {
            let Some(end) = comment.find("*/") else {
                return Err(Fault::new(scanner.since(start), "syntax error: comment not terminated"));
            };
            scanner.advance("/*".len() + end + "*/".len());
        } else {
            return Ok(());
        }
    }
}

fn token(scanner: &mut Scanner<'_>) -> Result<TokenKind, Fault> {
    let Some(c) = scanner.peek() else { return Ok(TokenKind::End) };
    if matches!(c, '"' | '`') {
        return quoted(scanner).map(TokenKind::Text);
    }
    if scanner.is_at_number() {
        return number(scanner);
    }
    if c == '.' {
        scanner.take();
        return Ok(TokenKind::Attribute { scope: String::new(), name: attribute_name(scanner)? });
    }
    if c.is_alphabetic() || c == '_' {
        return word(scanner);
    }
    let start = scanner.at();
    if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| scanner.rest().starts_with(symbol)) {
        scanner.advance(symbol.len());
        return Ok(TokenKind::Symbol(symbol));
    }
    scanner.take();
    Err(Fault::new(scanner.since(start), format!("syntax error: unexpected character {c:?}")))
}

/// An identifier, a scoped intrinsic (`span:id`) or a scoped attribute (`span.http.method`).
fn word(scanner: &mut Scanner<'_>) -> Result<TokenKind, Fault> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut word = scanner.take_while(is_word).to_owned();
    match scanner.peek() {
        Some('.') if SCOPES.contains(&word.as_str()) => {
            scanner.take();
            if word == "parent" {
                let inner = ["span.", "resource."].into_iter().find(|inner| scanner.rest().starts_with(inner));
                if let Some(inner) = inner {
                    scanner.advance(inner.len());
                    word = format!("parent.{}", inner.trim_end_matches('.'));
                }
            }
            Ok(TokenKind::Attribute { scope: word, name: attribute_name(scanner)? })
        }
        Some(':') => {
            scanner.take();
            let name = scanner.take_while(is_word);
            Ok(TokenKind::Identifier(format!("{word}:{name}")))
        }
        _ => Ok(TokenKind::Identifier(word)),
    }
}

fn attribute_name(scanner: &mut Scanner<'_>) -> Result<String, Fault> {
    let start = scanner.at();
    let mut name = String::new();
    while let Some(c) = scanner.peek() {
        if c == '"' {
            name += &quoted_name(scanner)?;
        } else if is_attribute_char(c) {
            name += scanner.take_while(is_attribute_char);
        } else {
            break;
        }
    }
    if name.is_empty() {
        let message = "syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER";
        return Err(Fault::new(scanner.since(start), message));
    }
    Ok(name)
}

/// A quoted part of a name. Unlike a string it may hold line breaks as they are, as in Tempo.
fn quoted_name(scanner: &mut Scanner<'_>) -> Result<String, Fault> {
    let (start, rest) = (scanner.at(), scanner.rest());
    let mut is_escaped = true; // the opening quote ends nothing
    let end = rest.char_indices().find(|(_, c)| {
        let ends = *c == '"' && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        ends
    });
    let Some((end, _)) = end.filter(|(end, _)| rest[..*end].contains('\n') && !rest[..*end].contains("\\\n")) else {
        return quoted(scanner);
    };
    let written = rest[..=end].replace('\n', "\\n");
    scanner.advance(end + 1);
    quoted(&mut Scanner::new(&written)).map_err(|fault| Fault::new(scanner.since(start), fault.message))
}

/// A string; escapes of regular expressions such as `\d` have to be written `\\d`.
fn quoted(scanner: &mut Scanner<'_>) -> Result<String, Fault> {
    let start = scanner.at();
    let read = string::take(scanner, &TRACEQL).map_err(|mistake| match mistake.problem {
        Problem::Unterminated | Problem::UnfinishedEscape => "syntax error: literal not terminated".to_owned(),
        Problem::UnknownEscape(c) => format!("syntax error: invalid escape \\{c}"),
        _ => "syntax error: invalid escape sequence of digits".to_owned(),
    });
    let bytes = read.map_err(|message| Fault::new(scanner.since(start), message))?;
    String::from_utf8(bytes).map_err(|_| {
        Fault::new(
            scanner.since(start),
            "syntax error: the bytes of the string are not UTF-8, so no attribute has them",
        )
    })
}

fn number(scanner: &mut Scanner<'_>) -> Result<TokenKind, Fault> {
    let start = scanner.at();
    let is_part = |c: char| c.is_alphanumeric() || c == '.' || c == '_';
    scanner.take_while(is_part);
    if is_before_exponent(scanner, start) {
        scanner.take();
        scanner.take_while(is_part);
    }
    let text = scanner.text_since(start);
    if let Some(nanoseconds) = duration::parse(text) {
        return Ok(TokenKind::Duration(nanoseconds));
    }
    if let Ok(number) = text.parse() {
        return Ok(TokenKind::Integer(number));
    }
    if text.bytes().all(|c| c.is_ascii_digit()) {
        let message = format!("syntax error: {text} is beyond the whole numbers, which end at {}", i64::MAX);
        return Err(Fault::new(scanner.since(start), message));
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(TokenKind::Float(number)),
        _ => {
            let message = format!("syntax error: {text:?} is not a number or a duration");
            Err(Fault::new(scanner.since(start), message))
        }
    }
}

/// True if `1e` has been read and a sign with a digit follows, as in `1e-9`.
fn is_before_exponent(scanner: &Scanner<'_>, start: usize) -> bool {
    let mantissa = scanner.text_since(start).strip_suffix(['e', 'E']);
    let rest = scanner.rest().strip_prefix(['+', '-']);
    let digit_follows = rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    digit_follows && mantissa.is_some_and(|mantissa| mantissa.bytes().all(|c| c.is_ascii_digit() || c == b'.'))
}
