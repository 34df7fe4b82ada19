//! `| pattern "<ip> - <_> \"<method> <path>\""`: literal texts with captures between them.

/// A literal, or a capture up to the literal after it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// Empty for `<_>`.
    Capture(String),
}

impl Piece {
    /// The name of a capture, if it has one.
    fn name(&self) -> Option<&String> {
        match self {
            Self::Capture(name) if !name.is_empty() => Some(name),
            _ => None,
        }
    }
}

/// Literals and captures in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

impl Pattern {
    /// Reads a pattern for extraction: at least one named capture, no two side by side.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let pattern = Self::pieces(text)?;
        if pattern.0.is_empty() {
            return Err(
                "parse error at line 1, col 1: syntax error: unexpected $end, expecting IDENTIFIER or LITERAL".into()
            );
        }
        if !pattern.0.iter().any(|piece| matches!(piece, Piece::Capture(name) if !name.is_empty())) {
            return Err("at least one capture is required".into());
        }
        let names: Vec<&String> = pattern.0.iter().filter_map(Piece::name).collect();
        if let Some(at) = (1..names.len()).find(|at| names[..*at].contains(&names[*at])) {
            return Err(format!("duplicate capture name ({}): invalid expression", names[at]));
        }
        Ok(pattern)
    }

    /// Reads a pattern for a line filter: captures have no names.
    pub(crate) fn parse_filter(text: &str) -> Result<Self, String> {
        let pattern = Self::pieces(text)?;
        if let Some(name) = pattern.0.iter().find_map(Piece::name) {
            return Err(format!("named captures are not allowed: found '<{name}>'"));
        }
        Ok(pattern)
    }

    /// Shows each named capture and what it holds. The line must begin with the pattern's first literal; a capture whose
    /// literal does not come any more holds the rest of the line.
    pub(crate) fn extract<'l>(&self, line: &'l str, mut found: impl FnMut(&str, &'l str)) {
        let mut rest = line;
        let mut pieces = self.0.iter().peekable();
        if let Some(Piece::Literal(literal)) = pieces.next_if(|piece| matches!(piece, Piece::Literal(_))) {
            let Some(after) = rest.strip_prefix(literal.as_str()) else { return };
            rest = after;
        }
        while let Some(piece) = pieces.next() {
            let Piece::Capture(name) = piece else { continue };
            let split = match pieces.peek() {
                Some(Piece::Literal(literal)) => rest.split_once(literal.as_str()),
                _ => None,
            };
            let (held, after) = split.map_or((rest, None), |(held, after)| (held, Some(after)));
            if !name.is_empty() {
                found(name, held);
            }
            let Some(after) = after else { return };
            rest = after;
        }
    }

    /// True if the line has the literals in their order, something stands for each capture, and nothing follows a
    /// literal at the end.
    pub(crate) fn matches(&self, line: &str) -> bool {
        let mut rest = line;
        for (at, piece) in self.0.iter().enumerate() {
            let Piece::Literal(literal) = piece else { continue };
            match rest.split_once(literal.as_str()) {
                Some((before, _)) if at > 0 && before.is_empty() => return false,
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        let ends_on_capture = matches!(self.0.last(), Some(Piece::Capture(_)));
        ends_on_capture != rest.is_empty()
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
                    let before = pieces.last().and_then(Piece::name).map_or("_", String::as_str);
                    let here = &rest[..rest.len() - after.len()];
                    return Err(format!("found consecutive capture '<{before}>{here}': invalid expression"));
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
        Ok(Self(pieces))
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
    fn a_capture_holds_the_text_up_to_the_next_literal() {
        let line = r#"10.0.0.1 - - "GET /roll HTTP/1.1" 200"#;
        let found = extract(r#"<ip> - - "<method> <path> <_>" <status>"#, line);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            found,
            [pair("ip", "10.0.0.1"), pair("method", "GET"), pair("path", "/roll"), pair("status", "200")]
        );
        // The line must begin as the pattern does; what comes before a literal that is missing is kept.
        assert!(extract("x <a>", line).is_empty());
        assert_eq!(extract("<ip> - <user> [<time>]", line), [pair("ip", "10.0.0.1"), pair("user", &line[11..])]);
        for bad in ["", "no capture", "<_>", "<a><b>"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pattern_filter_must_cover_the_line_to_its_end() {
        for (pattern, line, expected) in [
            ("GET <_> 200", "GET /roll 200", true),
            ("GET <_> 200", "a GET /roll 200", true),
            ("GET <_> 200", "GET /roll 200 1ms", false),
            ("GET <_> 200", "GET  200", false),
            ("POST <_>", "GET /roll", false),
            ("<_> bar", "foo bar baz", false),
            ("<_> baz", "foo bar baz", true),
            ("foo <_>", "foo bar baz", true),
            ("<_> bar <_>", " bar ", false),
            ("<_>bar<_>", " bar ", true),
            ("<_>", "", false),
        ] {
            let pattern = Pattern::parse_filter(pattern).expect("valid");
            assert_eq!(pattern.matches(line), expected, "{pattern:?} in {line:?}");
        }
    }
}
