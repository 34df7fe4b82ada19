//! Whether a report is well-formed XML.

/// What is wrong: an element that is not closed where it should be, or a bare ampersand.
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
    fn what_is_not_well_formed_is_named() {
        assert_eq!(problem("<a x=\"1\"><b/>&amp;</a>"), None);
        for bad in ["<a>", "<a></b>", "a & b", "<a x=\"1></a>"] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }
}
