//! The inside of `{{ … }}` as tokens.

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Word(String),
    /// `$name.field`: the name, and what follows the dot.
    Variable(String, Option<String>),
    /// `.Name.field`: the same from the dot.
    Field(String, Option<String>),
    Number(f64),
    Text(String),
    Open,
    Close,
    Pipe,
}

/// Splits an action.
pub(crate) fn tokens(action: &str) -> Result<Vec<Token>, String> {
    let (mut rest, mut tokens) = (action.trim_start(), Vec::new());
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '|' => (Token::Pipe, 1),
            '"' | '`' => quoted(rest, first)?,
            '$' => path(&rest[1..], 1, Token::Variable)?,
            '.' => path(&rest[1..], 1, Token::Field)?,
            c if c.is_ascii_digit() || matches!(c, '-' | '+') => number(rest)?,
            c if c.is_alphabetic() || c == '_' => {
                let length = word(rest);
                (Token::Word(rest[..length].to_owned()), length)
            }
            c => return Err(format!("unexpected {c:?} in {action:?}")),
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn word(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn path(text: &str, sign: usize, make: fn(String, Option<String>) -> Token) -> Result<(Token, usize), String> {
    let length = word(text);
    let name = text[..length].to_owned();
    let Some(after) = text[length..].strip_prefix('.') else { return Ok((make(name, None), sign + length)) };
    let field = word(after);
    if field == 0 {
        return Err(format!("a name is missing after {name:?}."));
    }
    Ok((make(name, Some(after[..field].to_owned())), sign + length + 1 + field))
}

fn number(text: &str) -> Result<(Token, usize), String> {
    let end = |c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '+');
    let length = text.find(end).unwrap_or(text.len());
    let number = text[..length].parse().map_err(|_| format!("{:?} is no number", &text[..length]))?;
    Ok((Token::Number(number), length))
}

fn quoted(text: &str, quote: char) -> Result<(Token, usize), String> {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => {
                value.push(match c {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' | '"' => c,
                    other => return Err(format!("unknown escape \\{other}")),
                });
                escaped = false;
            }
            '\\' if quote == '"' => escaped = true,
            c if c == quote => return Ok((Token::Text(value), at + 1)),
            c => value.push(c),
        }
    }
    Err(format!("unterminated text {text}"))
}
