//! `${name}` in a text: a value that an earlier request has kept, or a variable of the environment.

/// What a text is part of, and so how values are written into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// As they are.
    Text,
    /// Percent-encoded, unless the URL begins with the value.
    Url,
    /// As the inside of a text in double quotes, in any of the three query languages.
    Query,
}

/// A placeholder: its name, and where it stands with its braces.
struct Found<'a> {
    name: &'a str,
    start: usize,
    end: usize,
}

/// The names of a text's placeholders.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    found(text).map(|one| one.name)
}

/// Whether a name is one of a kept value. Those of variables begin with a capital letter.
pub(crate) fn is_kept(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// The text with values in place of the placeholders that `value` knows; the others stay.
pub(crate) fn fill(text: &str, place: Place, value: impl Fn(&str) -> Option<String>) -> String {
    let (mut filled, mut end) = (String::with_capacity(text.len()), 0);
    for one in found(text) {
        let Some(value) = value(one.name) else { continue };
        filled.push_str(&text[end..one.start]);
        match place {
            Place::Url if one.start > 0 => filled.push_str(&percent_encoded(&value)),
            Place::Text | Place::Url => filled.push_str(&value),
            Place::Query => filled.push_str(&value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")),
        }
        end = one.end;
    }
    filled.push_str(&text[end..]);
    filled
}

fn found(text: &str) -> impl Iterator<Item = Found<'_>> {
    text.match_indices("${").filter_map(|(start, _)| {
        let rest = &text[start + 2..];
        let name = &rest[..rest.find('}')?];
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name.then_some(Found { name, start, end: start + 3 + name.len() })
    })
}

/// Everything but what RFC 3986 calls unreserved becomes `%XX`.
pub(crate) fn percent_encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_their_place_needs_them() {
        let value = |name: &str| (name == "id").then(|| "a b/\"c\"".to_owned());
        assert_eq!(fill("/x/${id}?y=${other}", Place::Url, value), "/x/a%20b%2F%22c%22?y=${other}");
        assert_eq!(fill("${id}/x", Place::Url, value), "a b/\"c\"/x", "a URL may begin with a whole one");
        assert_eq!(fill("{ span.id = \"${id}\" }", Place::Query, value), r#"{ span.id = "a b/\"c\"" }"#);
        assert_eq!(fill("${id} ${1} $id ${", Place::Text, value), "a b/\"c\" ${1} $id ${");
        assert_eq!(names("${a}${B}${1}${run_1").collect::<Vec<_>>(), ["a", "B"]);
    }
}
