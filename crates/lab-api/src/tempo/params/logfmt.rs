//! `key=value` pairs separated by white space; values may be quoted. A key by itself has the empty value.

/// Reads the pairs of a `tags` parameter.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let key = &rest[..end];
        if key.is_empty() {
            return Err(format!("invalid tags: expected key=value at {rest:?}"));
        }
        let (value, left) = match rest[end..].strip_prefix('=') {
            Some(after) => value(after).ok_or_else(|| format!("invalid tags: quote of {key} not closed"))?,
            None => (String::new(), &rest[end..]),
        };
        pairs.push((key.to_owned(), value));
        rest = left.trim_start();
    }
    Ok(pairs)
}

fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return Some((text[..end].to_owned(), &text[end..]));
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &quoted[at + 1..])),
            '\\' => value.push(chars.next()?.1),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_and_broken_ones_named() {
        let pairs = parse(r#"service.name=a  name="GET \"/\"" empty="#).expect("valid");
        let pairs: Vec<_> = pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("service.name", "a"), ("name", "GET \"/\""), ("empty", "")]);
        assert_eq!(parse(""), Ok(Vec::new()));
        let pairs = parse("a b=c").expect("a key by itself");
        assert_eq!(pairs, [("a".to_owned(), String::new()), ("b".to_owned(), "c".to_owned())]);
        for bad in ["=b", "a=\"b", "a =b"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
