//! Classes by a property of Unicode: `\pL`, `\p{Greek}`, `\P{Lu}`, `\p{^Han}`.

use crate::matcher::expression::error::ExpressionError;

/// Names that are neither categories nor scripts.
const OTHERS: [&str; 3] = ["any", "ascii", "assigned"];

/// The class that `text` begins with, in the other syntax, and what follows it.
pub(super) fn unicode_class(text: &str) -> Result<(String, &str), ExpressionError> {
    let wrong = |part| ExpressionError::new("invalid character class range", part);
    let behind = &text[2..];
    let end = match behind.chars().next() {
        None => return Err(wrong(text)),
        Some('{') => 2 + behind.find('}').ok_or_else(|| wrong(text))? + 1,
        Some(c) => 2 + c.len_utf8(),
    };
    let (part, rest) = text.split_at(end);
    let name = part[2..].trim_start_matches('{').trim_end_matches('}');
    let (is_negated, name) = name.strip_prefix('^').map_or((false, name), |name| (true, name));
    let property = property(name).ok_or_else(|| wrong(part))?;
    let letter = if part.starts_with(r"\P") == is_negated { 'p' } else { 'P' };
    Ok((format!(r"\{letter}{{{property}}}"), rest))
}

/// The property with this name as the crate names it. Go knows categories and scripts only.
fn property(name: &str) -> Option<String> {
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || " _-".contains(c));
    let name = Some(name).filter(|_| is_name)?;
    if OTHERS.iter().any(|other| other.eq_ignore_ascii_case(name)) {
        return Some(name.to_owned());
    }
    let kinds = ["gc", "sc"].map(|kind| format!("{kind}={name}"));
    kinds.into_iter().find(|property| regex::Regex::new(&format!(r"\p{{{property}}}")).is_ok())
}
