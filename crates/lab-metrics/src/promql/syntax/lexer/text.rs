//! Where a string ends, and whether its escape sequences are right.

/// The length of the string with which `text` begins, quotes included.
pub(super) fn scan(text: &str) -> Result<usize, String> {
    let mut chars = text.char_indices();
    let Some((_, quote)) = chars.next() else { return Err("unterminated quoted string".to_owned()) };
    let raw = quote == '`';
    let unterminated = if raw { "unterminated raw string" } else { "unterminated quoted string" };
    while let Some((at, c)) = chars.next() {
        match c {
            '\u{fffd}' => return Err("invalid UTF-8 rune".to_owned()),
            '\n' if !raw => break,
            '\\' if !raw => escape(&mut chars, quote)?,
            c if c == quote => return Ok(at + c.len_utf8()),
            _ => {}
        }
    }
    Err(unterminated.to_owned())
}

/// Passes the escape sequence behind a backslash.
fn escape(chars: &mut std::str::CharIndices<'_>, quote: char) -> Result<(), String> {
    const UNFINISHED: &str = "escape sequence not terminated";
    let (_, c) = chars.next().ok_or(UNFINISHED)?;
    let (start, digits, radix, most) = match c {
        'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' => return Ok(()),
        c if c == quote => return Ok(()),
        '0'..='7' => (c.to_digit(8).unwrap_or_default(), 2, 8, 0xff),
        'x' => (0, 2, 16, 0xff),
        'u' => (0, 4, 16, 0x10_ffff),
        'U' => (0, 8, 16, 0x10_ffff),
        c => return Err(format!("unknown escape sequence {}", named(c))),
    };
    let mut code = u64::from(start);
    for _ in 0..digits {
        let (_, c) = chars.next().ok_or(UNFINISHED)?;
        let digit = c.to_digit(radix).ok_or_else(|| format!("illegal character {} in escape sequence", named(c)))?;
        code = code * u64::from(radix) + u64::from(digit);
    }
    if code > most || (0xd800..0xe000).contains(&code) {
        return Err("escape sequence is an invalid Unicode code point".to_owned());
    }
    Ok(())
}

/// `U+0071 'q'`
fn named(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if c.is_control() { code } else { format!("{code} {c:?}") }
}
