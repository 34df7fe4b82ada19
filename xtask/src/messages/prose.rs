//! Whether a text is written for a person.

/// Words with which texts for machines begin.
const FOR_MACHINES: [&str; 14] = [
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
    "CREATE ",
    "DROP ",
    "PRAGMA ",
    "ALTER ",
    "WITH ",
    "HTTP/",
    "text/",
    "M ",
    "application/",
    "BEGIN ",
];

/// At least two words of letters, and not a query, a header or a media type.
pub(crate) fn is_prose(text: &str) -> bool {
    let trimmed = text.trim();
    let is_word = |word: &&str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        word.len() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'')
    };
    let words = trimmed.split_whitespace().filter(is_word).count();
    words >= 2 && !FOR_MACHINES.iter().any(|start| trimmed.starts_with(start))
}

/// A text on one line, as it is shown in the list.
pub(crate) fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::is_prose;

    #[test]
    fn sentences_are_prose_and_queries_are_not() {
        for text in ["no such series", "{} has ended: {}", "the die's file"] {
            assert!(is_prose(text), "{text}");
        }
        for text in
            ["SELECT a FROM series", "application/json; charset=utf-8", "name", "{}: {}", "a_b c_d", "%Y-%m-%d %H"]
        {
            assert!(!is_prose(text), "{text}");
        }
    }
}
