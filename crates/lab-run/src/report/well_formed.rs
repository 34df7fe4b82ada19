//! Texts as XML and HTML hold them.

/// A text with the characters escaped that mean something in XML, and without those that XML cannot hold.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Checks in tests that a text is well-formed: each element closed where it should be, no bare ampersand.
#[cfg(test)]
pub(crate) fn problem(xml: &str) -> Option<String> {
    let (mut open, mut rest) = (Vec::new(), xml);
    while let Some(at) = rest.find(['<', '&']) {
        let tail = &rest[at..];
        if tail.starts_with('&') {
            let end = tail.find(';').filter(|end| tail[1..*end].chars().all(|c| c.is_ascii_alphanumeric() || c == '#'));
            match end {
                Some(end) => rest = &tail[end + 1..],
                None => return Some(format!("a bare ampersand: {tail:.20}")),
            }
            continue;
        }
        let Some(end) = tail.find('>') else { return Some(format!("an element without its end: {tail:.20}")) };
        let element = &tail[1..end];
        rest = &tail[end + 1..];
        if element.starts_with(['?', '!']) || element.ends_with('/') {
            continue;
        }
        if element.matches('"').count() % 2 == 1 {
            return Some(format!("an open quote: <{element}>"));
        }
        match element.strip_prefix('/') {
            Some(name) if open.last() == Some(&name) => drop(open.pop()),
            Some(name) => return Some(format!("</{name}> closes {:?}", open.last())),
            None => open.push(element.split_whitespace().next().unwrap_or_default()),
        }
    }
    (!open.is_empty()).then(|| format!("not closed: {open:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escaped("a<b & \"c\"\u{1b}[0m\u{0}\n"), "a&lt;b &amp; &quot;c&quot;\u{fffd}[0m\u{fffd}\n");
        assert_eq!(problem("<a x=\"1\"><b/>&amp;</a>"), None);
        for bad in ["<a>", "<a></b>", "a & b", "<a x=\"1></a>"] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
