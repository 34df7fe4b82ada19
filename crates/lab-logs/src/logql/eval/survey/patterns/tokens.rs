//! A line cut into words and what stands between them.

/// Bytes of a line that are looked at; the rest counts as one word that varies.
const LOOKED_AT: usize = 3000;
/// Pieces of a line that are looked at; what comes after them counts as one word that varies.
const MOST_PIECES: usize = 256;
/// Bytes that the text of a token takes beside its own.
const BYTES_A_TEXT: usize = 16;
/// The keys of a JSON line under which its message stands, the first of them that there is.
const MESSAGE_KEYS: [&str; 6] = [r#""log""#, r#""message""#, r#""msg""#, r#""msg_""#, r#""_msg""#, r#""content""#];

/// A piece of a line, which still stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'l> {
    /// What stands between words: one sign, or white space.
    Between(&'l str),
    Word(&'l str),
    /// Something that differs from line to line.
    Varies,
}

/// A piece that many lines have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// What stands between words: one sign, or white space.
    Between(Box<str>),
    Word(Box<str>),
    /// Something that differs from line to line.
    Varies,
}

impl From<Piece<'_>> for Token {
    fn from(piece: Piece<'_>) -> Self {
        match piece {
            Piece::Between(text) => Self::Between(text.into()),
            Piece::Word(text) => Self::Word(text.into()),
            Piece::Varies => Self::Varies,
        }
    }
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

/// Puts the pieces of a line in place of those that were there; of a JSON line with a message those of the message, with
/// something that varies before and after.
pub(crate) fn cut<'l>(line: &'l str, pieces: &mut Vec<Piece<'l>>) {
    pieces.clear();
    match message(line) {
        Some(message) => {
            pieces.push(Piece::Varies);
            cut_text(message, pieces);
            pieces.push(Piece::Varies);
        }
        None => cut_text(line, pieces),
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

fn cut_text<'l>(text: &'l str, pieces: &mut Vec<Piece<'l>>) {
    let end = (0..=LOOKED_AT.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let (looked_at, rest) = text.split_at(end);
    let bytes = looked_at.as_bytes();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        let length = sign(looked_at, at);
        if length == 0 {
            at += 1;
            continue;
        }
        if pieces.len() >= MOST_PIECES {
            pieces.push(Piece::Varies);
            return;
        }
        if at > from {
            pieces.push(Piece::Word(&looked_at[from..at]));
        }
        from = at + length;
        if space(looked_at, at) > 0 {
            while from < bytes.len() {
                match space(looked_at, from) {
                    0 => break,
                    length => from += length,
                }
            }
        }
        pieces.push(Piece::Between(&looked_at[at..from]));
        at = from;
    }
    if from < looked_at.len() {
        pieces.push(Piece::Word(&looked_at[from..]));
    }
    if !rest.is_empty() {
        pieces.push(Piece::Varies);
    }
}

/// How many bytes the sign takes that begins at this byte and stands between words; 0 if none does.
fn sign(text: &str, at: usize) -> usize {
    match text.as_bytes()[at] {
        b'=' | b',' | b';' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'"' | b'\'' | b'|' | b'&'
        | b'?' | b'#' => 1,
        _ => space(text, at),
    }
}

/// How many bytes the white space takes that begins at this byte; 0 if none does.
fn space(text: &str, at: usize) -> usize {
    match text.as_bytes()[at] {
        b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => 1,
        // White space that is not ASCII begins with one of these bytes.
        0xc2 | 0xe1..=0xe3 => {
            let next = text.get(at..).and_then(|rest| rest.chars().next());
            next.filter(|next| next.is_whitespace()).map_or(0, char::len_utf8)
        }
        _ => 0,
    }
}

/// The message of a JSON line, as it is written there.
fn message(line: &str) -> Option<&str> {
    let line = line.trim();
    if !(line.starts_with('{') && line.ends_with('}')) {
        return None;
    }
    MESSAGE_KEYS.iter().find_map(|key| {
        let after = &line[line.find(key)? + key.len()..];
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

    fn of(line: &str) -> Vec<Token> {
        let mut pieces = Vec::new();
        cut(line, &mut pieces);
        pieces.into_iter().map(Token::from).collect()
    }

    #[test]
    fn a_line_is_cut_into_words_and_signs_and_put_together_again() {
        let lines =
            ["", " ", "user 7  left", "a=1, b=\"x y\" (z)", "ä=ö\tü", "x <b> y", "a\u{a0} \u{2003}b\u{85}c\u{e9}"];
        for line in lines {
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
        assert_eq!(of("a\u{a0} \u{2003}b").len(), 3, "that of other scripts, too");
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
        assert!(tokens.len() <= MOST_PIECES + 1 && tokens.last() == Some(&Token::Varies), "{}", tokens.len());
        let line = "ü".repeat(1000) + "xü" + &"ü".repeat(1000);
        assert!(matches!(of(&line)[..], [Token::Word(_), Token::Varies]));
    }
}
