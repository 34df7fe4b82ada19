//! `| pattern "<ip> - <_> \"<method> <path>\""`: literal texts with captures between them.

/// A literal, or a capture up to the literal after it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// Empty for `<_>`.
    Capture(String),
}

/// Literals and captures in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

impl Pattern {
    /// Reads a pattern for extraction: at least one named capture, no two side by side.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let pattern = Self::pieces(text)?;
        if !pattern.0.iter().any(|piece| matches!(piece, Piece::Capture(name) if !name.is_empty())) {
            return Err(format!("at least one capture is required in pattern {text:?}"));
        }
        Ok(pattern)
    }

    /// Reads a pattern for a line filter: captures have no names.
    pub(crate) fn parse_filter(text: &str) -> Result<Self, String> {
        let pattern = Self::pieces(text)?;
        if pattern.0.iter().any(|piece| matches!(piece, Piece::Capture(name) if !name.is_empty())) {
            return Err(format!("named captures are not allowed in the line filter {text:?}"));
        }
        Ok(pattern)
    }

    /// Shows each named capture and what it holds; a line that goes another way ends it early.
    pub(crate) fn extract<'l>(&self, line: &'l str, mut found: impl FnMut(&str, &'l str)) {
        self.walk(line, &mut found);
    }

    /// True if the pattern is somewhere in the line.
    pub(crate) fn matches(&self, line: &str) -> bool {
        let mut rest = line;
        self.0.iter().all(|piece| match piece {
            Piece::Literal(literal) => match rest.find(literal.as_str()) {
                Some(at) => {
                    rest = &rest[at + literal.len()..];
                    true
                }
                None => false,
            },
            Piece::Capture(_) => true,
        })
    }

    fn walk<'l>(&self, line: &'l str, found: &mut dyn FnMut(&str, &'l str)) {
        let mut rest = line;
        let mut pieces = self.0.iter().peekable();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Literal(literal) => match rest.strip_prefix(literal.as_str()) {
                    Some(after) => rest = after,
                    None => return,
                },
                Piece::Capture(name) => {
                    let end = match pieces.peek() {
                        Some(Piece::Literal(literal)) => rest.find(literal.as_str()),
                        _ => Some(rest.len()),
                    };
                    let Some(end) = end else { return };
                    if !name.is_empty() {
                        found(name, &rest[..end]);
                    }
                    rest = &rest[end..];
                }
            }
        }
    }

    fn pieces(text: &str) -> Result<Self, String> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if let Some((name, after)) = capture(rest) {
                if !literal.is_empty() {
                    pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                }
                if matches!(pieces.last(), Some(Piece::Capture(_))) {
                    return Err(format!(
                        "found consecutive capture {:?} in pattern {text:?}",
                        &rest[..rest.len() - after.len()]
                    ));
                }
                pieces.push(Piece::Capture(if name == "_" { String::new() } else { name.to_owned() }));
                rest = after;
            } else {
                literal.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        if pieces.is_empty() { Err("empty pattern".into()) } else { Ok(Self(pieces)) }
    }
}

/// `<name>` at the start of `text`, and what comes after it.
fn capture(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('<')?.split_once('>')?;
    lab_model::labels::is_label_name(name).then_some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extract(pattern: &str, line: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        Pattern::parse(pattern).expect("valid").extract(line, |name, value| found.push((name.into(), value.into())));
        found
    }

    #[test]
    fn captures_end_at_the_next_literal() {
        let line = r#"10.0.0.1 - - "GET /roll HTTP/1.1" 200"#;
        let found = extract(r#"<ip> - - "<method> <path> <_>" <status>"#, line);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            found,
            [pair("ip", "10.0.0.1"), pair("method", "GET"), pair("path", "/roll"), pair("status", "200")]
        );
        assert!(extract("x <a>", line).is_empty());
        for bad in ["", "no capture", "<_>", "<a><b>"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
        assert!(Pattern::parse_filter("POST <_> 200").is_ok_and(|pattern| !pattern.matches(line)));
        assert!(Pattern::parse_filter("GET <_>\" 200").is_ok_and(|pattern| pattern.matches(line)));
    }
}
