//! The words of operators: what the parser reads and the printer writes.

use lab_algebra::Operator;

use crate::logql::syntax::ast::LineOp;

/// What a line filter begins with.
pub(crate) const LINE_OPS: [(&str, LineOp); 6] = [
    ("|=", LineOp::Contains),
    ("!=", LineOp::NotContains),
    ("|~", LineOp::Regex),
    ("!~", LineOp::NotRegex),
    ("|>", LineOp::Pattern),
    ("!>", LineOp::NotPattern),
];

/// Comparisons of label filters; `=` with a number is read as `==`.
pub(crate) const COMPARISONS: [(&str, Operator); 6] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    (">", Operator::Greater),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    ("<=", Operator::LessOrEqual),
];

/// The word of a value in one of the tables above.
pub(crate) fn word_of<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("?", |(word, _)| word)
}

/// What a word of one of the tables above means; keywords may stand in upper or lower case.
pub(crate) fn meaning<T: Copy>(table: &[(&'static str, T)], word: &str) -> Option<T> {
    table.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, value)| *value)
}
