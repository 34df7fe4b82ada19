//! Why a text is no regular expression, in the words of Go's package `regexp/syntax`.

/// What the library says, what Go says, and whether Go quotes only the part of the expression that is wrong.
const WORDS: [(&str, &str, bool); 8] = [
    ("unclosed group", "missing closing )", false),
    ("unopened group", "unexpected )", false),
    ("unclosed character class", "missing closing ]", true),
    ("repetition operator missing expression", "missing argument to repetition operator", true),
    ("unrecognized escape sequence", "invalid escape sequence", true),
    ("invalid character class range", "invalid character class range", true),
    ("incomplete escape sequence", "trailing backslash at end of expression", true),
    ("invalid repetition count range", "invalid repeat count", true),
];

/// Why an expression cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) reason: String,
    /// The part that is wrong; nothing if it is the whole.
    pub(super) part: Option<String>,
}

impl From<String> for Problem {
    fn from(reason: String) -> Self {
        Self { reason, part: None }
    }
}

impl Problem {
    /// Reads the library's explanation: the expression, carets below the part that is wrong, and in the last line what it is.
    pub(super) fn read(explanation: &str) -> Self {
        let reason = explanation.lines().last().unwrap_or_default().trim_start_matches("error: ");
        let Some((_, go, is_partial)) = WORDS.iter().find(|(word, ..)| reason.starts_with(word)) else {
            return Self { reason: reason.to_owned(), part: None };
        };
        let part = if *is_partial { marked(explanation, reason.starts_with("unclosed")) } else { None };
        Self { reason: (*go).to_owned(), part }
    }
}

/// What stands above the carets; up to the end if the part is not closed.
fn marked(explanation: &str, is_open: bool) -> Option<String> {
    let lines: Vec<&str> = explanation.lines().collect();
    let carets = lines.iter().position(|line| line.contains('^') && line.trim_matches([' ', '^']).is_empty())?;
    let start = lines[carets].find('^')?;
    let length = if is_open { usize::MAX } else { lines[carets].trim().len() };
    Some(lines.get(carets.checked_sub(1)?)?.chars().skip(start).take(length).collect())
}

#[cfg(test)]
mod tests {
    use crate::matcher::expression::{anchored, anywhere};

    #[test]
    fn mistakes_are_named_as_go_names_them() {
        for (pattern, expected) in [
            ("(", "missing closing ): `(`"),
            ("a)", "unexpected ): `a)`"),
            ("x[a", "missing closing ]: `[a`"),
            ("*x", "missing argument to repetition operator: `*`"),
            (r"a\q", r"invalid escape sequence: `\q`"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("a{3,1}", "invalid repeat count: `{3,1}`"),
        ] {
            let expected = format!("error parsing regexp: {expected}");
            assert_eq!(anywhere(pattern).expect_err("wrong").to_string(), expected);
            assert_eq!(anchored(pattern).expect_err("wrong").to_string(), expected);
        }
    }
}
