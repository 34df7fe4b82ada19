//! Reading JSON as leniently as Loki's library does: a value counts as soon as its end is found, whatever comes after
//! it; numbers stay as they are written; and what is wrong is said only where the reading stops.

/// What kind of value a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    String,
    Number,
    Boolean,
    Null,
    Object,
    Array,
}

/// A value as it is written; a string without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raw<'t> {
    pub(crate) kind: Kind,
    pub(crate) text: &'t str,
}

/// What is wrong with a text, in the words of Loki's library.
pub(crate) type Malformed = &'static str;

/// What is wrong with a text whose parts make no sense together.
pub(crate) const JSON: Malformed = "Malformed JSON error";
const STRING: Malformed = "Value is string, but can't find closing '\"' symbol";
const ARRAY: Malformed = "Value is array, but can't find closing ']' symbol";
const OBJECT: Malformed = "Value looks like object, but can't find closing '}' symbol";
const UNKNOWN: Malformed = "Unknown value type";
const ESCAPE: Malformed = "Encountered an invalid escape sequence in a string";

/// Shows every field of an object with its key, until the object ends, something is wrong, or `found` says so.
pub(crate) fn fields<'t>(
    text: &'t str,
    found: &mut dyn FnMut(&str, Raw<'t>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    entries(text, &mut |key, value| found(key, value?))
}

/// The first field of this name, as far as the object can be read; an error if the field itself cannot.
pub(crate) fn field<'t>(text: &'t str, wanted: &str) -> Result<Option<Raw<'t>>, Malformed> {
    let mut found = Ok(None);
    // What is wrong with the rest of the object does not matter.
    let _ = entries(text, &mut |key, value| {
        if key != wanted {
            return value.map(|_| ());
        }
        found = value.map(Some);
        Err(OBJECT)
    });
    found
}

/// What a walk over the fields shows of each: its key, and its value or what is wrong with it.
type Show<'f, 't> = &'f mut dyn FnMut(&str, Result<Raw<'t>, Malformed>) -> Result<(), Malformed>;

/// Shows every field of an object until it ends, something is wrong with a key, or `show` says so.
fn entries<'t>(text: &'t str, show: Show<'_, 't>) -> Result<(), Malformed> {
    let rest = blank(text);
    let mut rest = blank(rest.strip_prefix('{').ok_or(OBJECT)?);
    if rest.is_empty() {
        return Err(JSON);
    }
    loop {
        match rest.chars().next() {
            Some('}') => return Ok(()),
            Some('"') => {}
            _ => return Err(OBJECT),
        }
        let (key, after) = string(rest).ok_or(JSON)?;
        let key = if key.contains('\\') { unescape(key).ok_or(ESCAPE)? } else { key.to_owned() };
        let read = value(blank(blank(after).strip_prefix(':').ok_or(JSON)?));
        show(&key, read.map(|(value, _)| value))?;
        rest = blank(read?.1);
        match rest.chars().next() {
            None => return Err(ARRAY),
            Some('}') => return Ok(()),
            Some(',') => rest = blank(&rest[1..]),
            Some(_) => return Err(OBJECT),
        }
        if rest.is_empty() {
            return Err(JSON);
        }
    }
}

/// The elements of an array, as far as they can be read, and what comes after them.
pub(crate) fn elements(text: &str) -> (Vec<Raw<'_>>, &str) {
    let mut found = Vec::new();
    let mut rest = blank(blank(text).strip_prefix('[').unwrap_or_default());
    while let Ok((element, after)) = value(rest) {
        found.push(element);
        rest = blank(after);
        let Some(after) = rest.strip_prefix(',') else { break };
        rest = blank(after);
    }
    (found, rest)
}

/// The value at the start of a text, and what comes after it.
pub(crate) fn value(text: &str) -> Result<(Raw<'_>, &str), Malformed> {
    let block = |kind, closed: Option<usize>, error| {
        let (text, after) = text.split_at(closed.ok_or(error)?);
        Ok((Raw { kind, text }, after))
    };
    match text.chars().next() {
        None => Err(JSON),
        Some('"') => string(text).map(|(text, after)| (Raw { kind: Kind::String, text }, after)).ok_or(STRING),
        Some('{') => block(Kind::Object, closing(text, b'{', b'}'), OBJECT),
        Some('[') => block(Kind::Array, closing(text, b'[', b']'), ARRAY),
        Some(first) => {
            let end = text.find([' ', '\n', '\r', '\t', ',', '}', ']']).unwrap_or(text.len());
            let (word, after) = text.split_at(end);
            let kind = match (first, word) {
                (_, "true" | "false") => Kind::Boolean,
                (_, "null") => Kind::Null,
                ('0'..='9' | '-', _) => Kind::Number,
                _ => return Err(UNKNOWN),
            };
            Ok((Raw { kind, text: word }, after))
        }
    }
}

/// The text of a string with its escapes replaced; none if an escape is wrong.
pub(crate) fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next()? {
            'b' => plain.push('\u{8}'),
            'f' => plain.push('\u{c}'),
            'n' => plain.push('\n'),
            'r' => plain.push('\r'),
            't' => plain.push('\t'),
            'u' => {
                let unit = hexadecimal(&mut chars)?;
                if !(0xD800..0xE000).contains(&unit) {
                    plain.push(char::from_u32(unit)?);
                    continue;
                }
                // The second half of a pair must follow.
                if (chars.next()?, chars.next()?) != ('\\', 'u') {
                    return None;
                }
                let low = hexadecimal(&mut chars)?;
                if !(0xDC00..0xE000).contains(&low) || unit >= 0xDC00 {
                    return None;
                }
                plain.push(char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))?);
            }
            c @ ('"' | '\\' | '/') => plain.push(c),
            _ => return None,
        }
    }
    Some(plain)
}

fn hexadecimal(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |sum, _| Some(sum * 16 + chars.next()?.to_digit(16)?))
}

/// The text between the quotes at the start, and what comes after them.
pub(crate) fn string(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut is_escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some((&inside[..at], &inside[at + 1..])),
            _ => {}
        }
    }
    None
}

/// Where the block that opens at the start ends.
pub(crate) fn closing(text: &str, open: u8, close: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'"' {
            at = text.len() - string(&text[at..])?.1.len();
            continue;
        }
        at += 1;
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The text without what is blank at its start.
pub(crate) fn blank(text: &str) -> &str {
    text.trim_start_matches([' ', '\n', '\r', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Result<(), Malformed>) {
        let mut found = Vec::new();
        let end = fields(text, &mut |key, raw| {
            found.push(format!("{key}={}", raw.text));
            Ok(())
        });
        (found, end)
    }

    #[test]
    fn fields_before_a_fault_are_found_and_the_fault_is_named() {
        for (text, fields, end) in [
            (r#" {"a":1,"b":"x\"y"} rest"#, &["a=1", r#"b=x\"y"#][..], Ok(())),
            (r#"{"a":01,}"#, &["a=01"], Ok(())),
            (r#"{"a":1,"b":"cut"#, &["a=1"], Err(STRING)),
            (r#"{"a":{"b":"}"},"c":[1,[2]]}"#, &[r#"a={"b":"}"}"#, "c=[1,[2]]"], Ok(())),
            (r#"{"a":tru}"#, &[], Err(UNKNOWN)),
            (r#"{"a":1 "b":2}"#, &["a=1"], Err(OBJECT)),
            ("[1]", &[], Err(OBJECT)),
            ("{", &[], Err(JSON)),
        ] {
            assert_eq!(read(text), (fields.iter().map(ToString::to_string).collect(), end), "{text}");
        }
    }

    #[test]
    fn escapes_are_replaced_and_half_a_pair_is_refused() {
        assert_eq!(unescape(r"a\n\u00e9\ud83c\udfb2\/").as_deref(), Some("a\n\u{e9}\u{1f3b2}/"));
        for bad in [r"\ud800x", r"\q", r"\u12", "\\"] {
            assert_eq!(unescape(bad), None, "{bad}");
        }
    }

    #[test]
    fn elements_of_an_array_are_split() {
        let texts: Vec<&str> = elements(r#"[1, "a,b", {"c":[2]}, null]"#).0.into_iter().map(|raw| raw.text).collect();
        assert_eq!(texts, ["1", "a,b", r#"{"c":[2]}"#, "null"]);
    }
}
