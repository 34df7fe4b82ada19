//! The characters of names.

/// True of letters, digits and `:`.
pub(super) fn is_metric_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == ':'
}

/// True if there is nothing but `_`.
pub(super) fn is_underscores(name: &str) -> bool {
    name.chars().all(|c| c == '_')
}

/// One `_` for each row of them.
pub(super) fn collapsed(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '_' || !collapsed.ends_with('_') {
            collapsed.push(c);
        }
    }
    collapsed
}
