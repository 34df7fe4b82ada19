//! Groups whose names begin with a digit, which Go knows and the `regex` crate does not: they are written without a name, and a
//! replacement that refers to one, such as `${1a}`, is given its number.

use std::borrow::Cow;

/// The groups of one expression that have such a name, and their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NumberedGroups(Vec<(String, usize)>);

impl NumberedGroups {
    /// Takes note of a group if the crate does not know its name, and a reference to it is no number anyway.
    pub(super) fn add(&mut self, name: &str, number: usize) {
        let is_number = name.bytes().all(|c| c.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
        if is_unknown(name) && !is_number {
            self.0.push((name.to_owned(), number));
        }
    }

    /// The replacement with numbers in place of these names.
    pub(super) fn replacement<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.0.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut out, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let (reference, behind) = reference(&rest[at..]);
            match self.0.iter().find(|(own, _)| Some(own.as_str()) == name(reference)) {
                Some((_, number)) => out.push_str(&format!("${{{number}}}")),
                None => out.push_str(reference),
            }
            rest = behind;
        }
        Cow::Owned(out + rest)
    }
}

/// The crate knows no groups that are called so.
pub(super) fn is_unknown(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}

/// What the dollar sign at the start of `text` begins, and what follows it.
fn reference(text: &str) -> (&str, &str) {
    let behind = &text[1..];
    let length = match behind.chars().next() {
        Some('$') => 1,
        Some('{') => behind.find('}').map_or(1, |end| end + 1),
        _ => behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(behind.len()),
    };
    text.split_at(1 + length)
}

/// The name in `$name` or `${name}`.
fn name(reference: &str) -> Option<&str> {
    let name = reference.strip_prefix('$')?;
    name.strip_prefix('{').map_or(Some(name), |name| name.strip_suffix('}'))
}

#[cfg(test)]
mod tests {
    use crate::matcher::expression::{anchored, anywhere};

    #[test]
    fn a_replacement_refers_to_names_that_begin_with_a_digit_as_in_go() {
        let regex = anywhere("(?P<1a>x)(y)(?i:(?<b>z))(?P<2>w)").expect("valid");
        for (replacement, expected) in [
            ("${1a}", "x"),
            ("$1a-$b", "x-z"),
            ("$$1a$1", "$1ax"),
            ("$1ab|${1a|$", "|${1a|$"),
            ("$2-${2}", "y-y"),
            ("é${1a}é", "éxé"),
        ] {
            assert_eq!(regex.replace("xyzw", &*regex.replacement(replacement)), expected, "{replacement}");
        }
        let regex = anchored(r"\((a)(?:b)(?P<0>c)").expect("valid");
        assert_eq!(regex.replace("(abc", &*regex.replacement("$0$1")), "(abca");
    }
}
