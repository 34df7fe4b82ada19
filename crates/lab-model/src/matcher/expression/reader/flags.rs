//! Flags, and what opens a group.

use crate::matcher::expression::error::ExpressionError;

/// The flags in the order in which they are kept.
const NAMES: [char; 4] = ['i', 'm', 's', 'U'];

/// Which flags are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags([bool; 4]);

/// What an opening parenthesis begins.
pub(super) enum Opening<'a> {
    /// Flags for the rest of the group that it stands in.
    Flags(Flags),
    /// A group without captures: the text that opens it, and the flags in it.
    Group(String, Flags),
    /// A group that captures, and its name.
    Capture(Option<&'a str>),
}

impl Flags {
    /// The flags with which a pattern begins; a whole text is matched with `s`.
    pub(super) fn at_start(is_whole_text: bool) -> Self {
        Self(NAMES.map(|name| name == 's' && is_whole_text))
    }

    /// Case does not matter.
    pub(super) fn is_folded(self) -> bool {
        self.0[0]
    }

    /// Flags in the pattern that make `other` of these, up to the character `end`.
    pub(super) fn change_to(self, other: Self, end: char) -> String {
        let named = |is_wanted: bool| {
            let all = NAMES.iter().zip(self.0).zip(other.0);
            all.filter(move |((_, now), then)| now != then && *then == is_wanted).map(|((name, _), _)| *name)
        };
        let (on, off): (String, String) = (named(true).collect(), named(false).collect());
        let minus = if off.is_empty() { "" } else { "-" };
        if on.is_empty() && off.is_empty() && end == ')' { String::new() } else { format!("(?{on}{minus}{off}{end}") }
    }
}

/// What begins with the parenthesis at the start of `text`, and what follows it.
pub(super) fn opening(text: &str, flags: Flags) -> Result<(Opening<'_>, &str), ExpressionError> {
    let bytes = text.as_bytes();
    if bytes.get(1) != Some(&b'?') {
        return Ok((Opening::Capture(None), &text[1..]));
    }
    if bytes.get(2) == Some(&b'<') && bytes.len() > 3 {
        return named(text, 3);
    }
    if bytes.get(2..4) == Some(b"P<") && bytes.len() > 4 {
        return named(text, 4);
    }
    changed(text, flags)
}

/// A group with a name, which begins at `start`.
fn named(text: &str, start: usize) -> Result<(Opening<'_>, &str), ExpressionError> {
    let wrong = |part| ExpressionError::new("invalid named capture", part);
    let end = text.find('>').ok_or_else(|| wrong(text))?;
    let name = text.get(start..end).filter(|name| !name.is_empty());
    let is_word = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let name = name.filter(is_word).ok_or_else(|| wrong(&text[..=end]))?;
    Ok((Opening::Capture(Some(name)), &text[end + 1..]))
}

/// Flags, alone or for a group.
fn changed(text: &str, now: Flags) -> Result<(Opening<'_>, &str), ExpressionError> {
    let (mut flags, mut value, mut is_new) = (now, true, false);
    let mut chars = text[2..].char_indices();
    for (at, c) in chars.by_ref() {
        let behind = &text[2 + at + c.len_utf8()..];
        match (c, NAMES.iter().position(|name| *name == c)) {
            (_, Some(flag)) => (flags.0[flag], is_new) = (value, true),
            ('-', _) if value => (value, is_new) = (false, false),
            (':' | ')', _) if value || is_new => {
                let opening =
                    if c == ')' { Opening::Flags(flags) } else { Opening::Group(now.change_to(flags, ':'), flags) };
                return Ok((opening, behind));
            }
            _ => return Err(unsupported(&text[..text.len() - behind.len()])),
        }
    }
    Err(unsupported(text))
}

fn unsupported(part: &str) -> ExpressionError {
    ExpressionError::new("invalid or unsupported Perl syntax", part)
}
