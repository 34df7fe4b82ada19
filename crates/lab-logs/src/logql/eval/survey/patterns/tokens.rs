//! A line cut into words and what stands between them.

/// Bytes of a line that are looked at; the rest counts as one word that varies.
const LOOKED_AT: usize = 3000;
/// Tokens of a line that are looked at; what comes after them counts as one word that varies.
const MOST_TOKENS: usize = 256;
/// Bytes that the text of a token takes beside its own.
const BYTES_A_TEXT: usize = 16;
/// The keys of a JSON line under which its message stands, the first of them that there is.
const MESSAGE_KEYS: [&str; 6] = ["log", "message", "msg", "msg_", "_msg", "content"];

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// What stands between words: one sign, or white space.
    Between(Box<str>),
    Word(Box<str>),
    /// Something that differs from line to line.
    Varies,
}

impl Token {
    /// Bytes that it takes in memory, about.
    pub(crate) fn size(&self) -> usize {
        let text = match self {
            Self::Between(text) | Self::Word(text) => text.len() + BYTES_A_TEXT,
            Self::Varies => 0,
        };
        size_of::<Self>() + text
    }
}

/// How a word that varies is written, as in LogQL's filter `|>`.
pub(crate) const VARIES: &str = "<_>";

/// The pieces of a line; of a JSON line with a message those of the message, with something that varies before and after.
pub(crate) fn of(line: &str) -> Vec<Token> {
    match message(line) {
        Some(message) => {
            let mut tokens = vec![Token::Varies];
            cut(message, &mut tokens);
            tokens.push(Token::Varies);
            tokens
        }
        None => {
            let mut tokens = Vec::new();
            cut(line, &mut tokens);
            tokens
        }
    }
}

/// The tokens as a pattern that the filter `|>` takes.
pub(crate) fn pattern(tokens: &[Token]) -> String {
    let mut text = String::new();
    let mut varies = false;
    for (at, token) in tokens.iter().enumerate() {
        let varied = std::mem::replace(&mut varies, matches!(token, Token::Varies) || is_named(tokens, at));
        match token {
            // Two of them beside each other would be no pattern.
            _ if varies && varied => {}
            _ if varies => text.push_str(VARIES),
            Token::Between(piece) | Token::Word(piece) => text.push_str(piece),
            Token::Varies => {}
        }
    }
    text
}

/// True of a word in angle brackets, which a pattern would take for the name of something that varies.
fn is_named(tokens: &[Token], at: usize) -> bool {
    let is = |token: Option<&Token>, sign: &str| matches!(token, Some(Token::Between(text)) if **text == *sign);
    matches!(tokens[at], Token::Word(_))
        && is(at.checked_sub(1).and_then(|before| tokens.get(before)), "<")
        && is(tokens.get(at + 1), ">")
}

fn cut(text: &str, tokens: &mut Vec<Token>) {
    let end = (0..=LOOKED_AT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let (looked_at, rest) = text.split_at(end);
    let mut from = 0;
    let mut signs = looked_at.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        if !is_between(sign) {
            continue;
        }
        if tokens.len() >= MOST_TOKENS {
            tokens.push(Token::Varies);
            return;
        }
        if at > from {
            tokens.push(Token::Word(looked_at[from..at].into()));
        }
        from = at + sign.len_utf8();
        while sign.is_whitespace()
            && let Some((next, _)) = signs.next_if(|(_, next)| next.is_whitespace())
        {
            from = next + looked_at[next..].chars().next().map_or(0, char::len_utf8);
        }
        tokens.push(Token::Between(looked_at[at..from].into()));
    }
    if from < looked_at.len() {
        tokens.push(Token::Word(looked_at[from..].into()));
    }
    if !rest.is_empty() {
        tokens.push(Token::Varies);
    }
}

fn is_between(sign: char) -> bool {
    sign.is_whitespace()
        || matches!(sign, '=' | ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '"' | '\'')
        || matches!(sign, '|' | '&' | '?' | '#')
}

/// The message of a JSON line, as it is written there.
fn message(line: &str) -> Option<&str> {
    let line = line.trim();
    if !(line.starts_with('{') && line.ends_with('}')) {
        return None;
    }
    MESSAGE_KEYS.iter().find_map(|key| {
        let quoted = format!("\"{key}\"");
        let after = &line[line.find(&quoted)? + quoted.len()..];
        let value = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        let mut escaped = false;
        let end = value.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        (end > 0).then(|| &value[..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_into_words_and_signs_and_put_together_again() {
        for line in ["", " ", "user 7  left", "a=1, b=\"x y\" (z)", "ä=ö\tü", "x <b> y"] {
            let tokens = of(line);
            let text: String = tokens
                .iter()
                .map(|token| match token {
                    Token::Between(text) | Token::Word(text) => &**text,
                    Token::Varies => VARIES,
                })
                .collect();
            assert_eq!(text, line);
        }
        assert_eq!(of("a  b").len(), 3, "white space is one piece");
        assert_eq!(pattern(&of("x <b> <_> y")), "x <<_>> <<_>> y");
    }

    #[test]
    fn of_json_the_message_counts() {
        let shown = |line: &str| pattern(&of(line));
        assert_eq!(shown(r#"{"level":"info", "msg" : "it \"works\"", "n":1}"#), r#"<_>it \"works\"<_>"#);
        assert_eq!(shown(r#"{"n":1}"#), r#"{"n":1}"#);
        assert_eq!(shown(r#"{"msg":""}"#), r#"{"msg":""}"#);
        assert_eq!(shown(r#"{"msg":"cut"#), r#"{"msg":"cut"#);
    }

    #[test]
    fn a_long_line_ends_with_something_that_varies() {
        let line = "word ".repeat(1000) + "ü";
        assert!(matches!(of(&line).last(), Some(Token::Varies)));
        let line = "a,".repeat(1000);
        let tokens = of(&line);
        assert!(tokens.len() <= MOST_TOKENS + 1 && tokens.last() == Some(&Token::Varies), "{}", tokens.len());
        let line = "ü".repeat(1000) + "xü" + &"ü".repeat(1000);
        assert!(matches!(of(&line)[..], [Token::Word(_), Token::Varies]));
    }
}
