//! Classes in brackets.

use super::escape::{ANYTHING, NOTHING, escape, is_perl_class, perl_class};
use super::unicode::unicode_class;
use super::weight::Weight;
use crate::matcher::expression::error::ExpressionError;

/// The classes that have a name.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];
/// The codes that are no characters.
const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);
/// How many codes there are.
const CODES: u32 = 0x11_0000;
/// How many characters ASCII has.
const ASCII: u32 = 0x80;

/// How the class has to be read.
#[derive(Clone, Copy)]
pub(super) struct Around {
    /// Case does not matter.
    pub(super) is_folded: bool,
    /// The length of the pattern from its last `:]` on, if it has one: no other name of a class can end later. To look for
    /// the end of each `[:` anew would take the square of the length.
    pub(super) last_name: Option<usize>,
}

/// A class in the other syntax.
pub(super) struct Class<'a> {
    pub(super) text: String,
    pub(super) weight: Weight,
    /// What follows it.
    pub(super) rest: &'a str,
}

/// A part of a class.
struct Member<'a> {
    text: String,
    /// How many characters it has at most.
    width: u32,
    /// What it weighs beside them.
    weight: Weight,
    rest: &'a str,
}

impl<'a> Member<'a> {
    fn new(text: String, width: u32, rest: &'a str) -> Self {
        Self { text, width, weight: Weight::default(), rest }
    }
}

/// The class that `whole` begins with.
pub(super) fn class(whole: &str, around: Around) -> Result<Class<'_>, ExpressionError> {
    let mut rest = &whole[1..];
    let is_negated = rest.starts_with('^');
    rest = rest.strip_prefix('^').unwrap_or(rest);
    let (mut members, mut is_first) = (String::new(), true);
    let (mut width, mut weight) = (0_u32, Weight::default());
    loop {
        if let Some(rest) = rest.strip_prefix(']').filter(|_| !is_first) {
            // However many ranges there are, they are made one before their characters are looked at.
            weight += Weight::of_ranges(width.min(CODES), around.is_folded);
            return Ok(Class { text: written(&members, is_negated), weight, rest });
        }
        is_first = false;
        let member = member(rest, whole, around)?;
        members.push_str(&member.text);
        width = width.saturating_add(member.width);
        weight += member.weight;
        rest = member.rest;
    }
}

fn written(members: &str, is_negated: bool) -> String {
    match (members.is_empty(), is_negated) {
        (true, false) => NOTHING.to_owned(),
        (true, true) => ANYTHING.to_owned(),
        (false, false) => format!("[{members}]"),
        (false, true) => format!("[^{members}]"),
    }
}

/// A class, a character or a range of characters.
fn member<'a>(text: &'a str, whole: &str, around: Around) -> Result<Member<'a>, ExpressionError> {
    let has_name = |inner: &&str| around.last_name.is_some_and(|length| inner.len() >= length);
    if let Some((name, rest)) = text.strip_prefix("[:").filter(has_name).and_then(|inner| inner.split_once(":]")) {
        let is_known = NAMED.contains(&name.strip_prefix('^').unwrap_or(name));
        let part = &text[..text.len() - rest.len()];
        let wrong = || ExpressionError::new("invalid character class range", part);
        let width = if name.starts_with('^') { CODES } else { ASCII };
        return is_known.then(|| Member::new(part.to_owned(), width, rest)).ok_or_else(wrong);
    }
    match text.strip_prefix('\\').and_then(|text| text.chars().next()) {
        Some('p' | 'P') => {
            let (property, rest) = unicode_class(text)?;
            return Ok(Member { weight: Weight::of_property(around.is_folded), ..Member::new(property, 0, rest) });
        }
        Some(c) if is_perl_class(c) => {
            let width = if c.is_ascii_uppercase() { CODES } else { ASCII };
            return Ok(Member::new(perl_class(c).to_owned(), width, &text[2..]));
        }
        _ => {}
    }
    let (low, mut rest) = character(text, whole)?;
    let mut high = low;
    if let Some(end) = rest.strip_prefix('-').filter(|end| !end.is_empty() && !end.starts_with(']')) {
        (high, rest) = character(end, whole)?;
    }
    if high < low {
        return Err(ExpressionError::new("invalid character class range", &text[..text.len() - rest.len()]));
    }
    Ok(Member::new(range(low, high), high - low + 1, rest))
}

fn character<'a>(text: &'a str, whole: &str) -> Result<(u32, &'a str), ExpressionError> {
    match text.chars().next() {
        None => Err(ExpressionError::new("missing closing ]", whole)),
        Some('\\') => escape(text),
        Some(c) => Ok((u32::from(c), &text[c.len_utf8()..])),
    }
}

/// The characters between two codes; codes that are no characters match nothing.
fn range(low: u32, high: u32) -> String {
    let is_none = |code: u32| (SURROGATES.0..=SURROGATES.1).contains(&code);
    let low = if is_none(low) { SURROGATES.1 + 1 } else { low };
    let high = if is_none(high) { SURROGATES.0 - 1 } else { high };
    match low.cmp(&high) {
        std::cmp::Ordering::Less => format!(r"\x{{{low:x}}}-\x{{{high:x}}}"),
        std::cmp::Ordering::Equal => format!(r"\x{{{low:x}}}"),
        std::cmp::Ordering::Greater => String::new(),
    }
}
