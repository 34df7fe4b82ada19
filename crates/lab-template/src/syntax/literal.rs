//! Strings and characters in quotes, as in Go source.

/// The bytes that a string in double quotes or back quotes stands for.
pub(crate) fn unquote(quoted: &str) -> Result<Vec<u8>, String> {
    if let Some(raw) = quoted.strip_prefix('`') {
        return Ok(raw.trim_end_matches('`').replace('\r', "").into_bytes());
    }
    let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or("invalid syntax")?;
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while !rest.is_empty() {
        let (part, after) = part(rest, '"')?;
        match part {
            Part::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Part::Byte(byte) => bytes.push(byte),
        }
        rest = after;
    }
    Ok(bytes)
}

/// The number of a character in single quotes.
pub(crate) fn character(quoted: &str) -> Result<i64, String> {
    let inside = quoted.strip_prefix('\'').ok_or("invalid syntax")?;
    let (part, rest) = part(inside, '\'')?;
    if rest != "'" {
        return Err(format!("malformed character constant: {quoted}"));
    }
    Ok(match part {
        Part::Char(c) => i64::from(u32::from(c)),
        Part::Byte(byte) => i64::from(byte),
    })
}

enum Part {
    Char(char),
    Byte(u8),
}

/// The first character or escape sequence, and what follows it.
fn part(text: &str, quote: char) -> Result<(Part, &str), String> {
    let invalid = || "invalid syntax".to_owned();
    let mut chars = text.chars();
    let first = chars.next().filter(|c| *c != quote).ok_or_else(invalid)?;
    if first != '\\' {
        return Ok((Part::Char(first), chars.as_str()));
    }
    let escape = chars.next().ok_or_else(invalid)?;
    let rest = chars.as_str();
    let simple = match escape {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        '\'' | '"' if escape == quote => quote,
        'x' => return coded(rest, 2, 16).and_then(|(code, rest)| Ok((byte(code)?, rest))),
        'u' => return coded(rest, 4, 16).and_then(|(code, rest)| Ok((of_code(code)?, rest))),
        'U' => return coded(rest, 8, 16).and_then(|(code, rest)| Ok((of_code(code)?, rest))),
        '0'..='7' => return coded(&text[1..], 3, 8).and_then(|(code, rest)| Ok((byte(code)?, rest))),
        _ => return Err(invalid()),
    };
    Ok((Part::Char(simple), rest))
}

fn coded(text: &str, length: usize, base: u32) -> Result<(u32, &str), String> {
    let digits = text.get(..length).filter(|digits| digits.chars().all(|c| c.is_digit(base)));
    let code = digits.and_then(|digits| u32::from_str_radix(digits, base).ok());
    code.map(|code| (code, &text[length..])).ok_or_else(|| "invalid syntax".to_owned())
}

fn byte(code: u32) -> Result<Part, String> {
    u8::try_from(code).map(Part::Byte).map_err(|_| "invalid syntax".to_owned())
}

fn of_code(code: u32) -> Result<Part, String> {
    char::from_u32(code).map(Part::Char).ok_or_else(|| "invalid syntax".to_owned())
}
