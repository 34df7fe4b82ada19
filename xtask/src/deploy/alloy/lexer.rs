//! Words of Alloy's configuration language: names, texts, numbers and signs, each with its line.

/// What the parser reads, one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A name or a keyword, such as `loki` or `true`.
    Name(String),
    /// `"…"` or `` `…` ``, without its quotes, escapes as they stand
    Text(String),
    /// A number, such as `42` or `0.5`.
    Number(String),
    /// one of `{ } [ ] ( ) = , .`
    Sign(char),
}

/// The words of a text with their lines, counted from 1.
pub(crate) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            _ if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            _ if rest.starts_with("/*") => {
                let end = rest.find("*/").ok_or_else(|| format!("{line}: a comment without an end"))?;
                (None, end + 2)
            }
            c if c.is_whitespace() => (None, c.len_utf8()),
            '"' | '`' => {
                let end = end_of_text(rest, first).ok_or_else(|| format!("{line}: a text without an end"))?;
                (Some(Token::Text(rest[1..end].to_owned())), end + 1)
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                (Some(Token::Name(rest[..end].to_owned())), end)
            }
            c if c.is_ascii_digit() => {
                let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
                (Some(Token::Number(rest[..end].to_owned())), end)
            }
            '{' | '}' | '[' | ']' | '(' | ')' | '=' | ',' | '.' => (Some(Token::Sign(first)), 1),
            other => return Err(format!("{line}: `{other}` means nothing here")),
        };
        tokens.extend(token.map(|token| (line, token)));
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// Where the closing quote stands.
fn end_of_text(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            '\n' if quote == '"' => return None,
            c if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}
