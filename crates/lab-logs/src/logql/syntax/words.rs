//! The names of functions and operators: what the parser reads and the printer writes.

use crate::logql::syntax::ast::{AggregateOp, BinaryOp, Comparison, LineOp};

/// Functions over series.
pub(crate) const AGGREGATE_OPS: [(&str, AggregateOp); 11] = [
    ("sum", AggregateOp::Sum),
    ("avg", AggregateOp::Avg),
    ("min", AggregateOp::Min),
    ("max", AggregateOp::Max),
    ("count", AggregateOp::Count),
    ("stddev", AggregateOp::Stddev),
    ("stdvar", AggregateOp::Stdvar),
    ("topk", AggregateOp::Topk),
    ("bottomk", AggregateOp::Bottomk),
    ("sort", AggregateOp::Sort),
    ("sort_desc", AggregateOp::SortDesc),
];

/// Operators between expressions with their precedence: the higher binds the tighter.
pub(crate) const BINARY_OPS: [(&str, BinaryOp, u8); 15] = [
    ("or", BinaryOp::Or, 1),
    ("and", BinaryOp::And, 2),
    ("unless", BinaryOp::Unless, 2),
    ("==", BinaryOp::Compare(Comparison::Equal), 3),
    ("!=", BinaryOp::Compare(Comparison::NotEqual), 3),
    (">", BinaryOp::Compare(Comparison::Greater), 3),
    (">=", BinaryOp::Compare(Comparison::GreaterEqual), 3),
    ("<", BinaryOp::Compare(Comparison::Less), 3),
    ("<=", BinaryOp::Compare(Comparison::LessEqual), 3),
    ("+", BinaryOp::Add, 4),
    ("-", BinaryOp::Subtract, 4),
    ("*", BinaryOp::Multiply, 5),
    ("/", BinaryOp::Divide, 5),
    ("%", BinaryOp::Modulo, 5),
    ("^", BinaryOp::Power, 6),
];

/// Line filters.
pub(crate) const LINE_OPS: [(&str, LineOp); 6] = [
    ("|=", LineOp::Contains),
    ("!=", LineOp::NotContains),
    ("|~", LineOp::Regex),
    ("!~", LineOp::NotRegex),
    ("|>", LineOp::Pattern),
    ("!>", LineOp::NotPattern),
];

/// Comparisons of label filters; `=` with a number is read as `==`.
pub(crate) const COMPARISONS: [(&str, Comparison); 6] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterEqual),
    ("<", Comparison::Less),
    ("<=", Comparison::LessEqual),
];

/// The word of a value in one of the tables above.
pub(crate) fn word_of<T: PartialEq>(table: &[(&'static str, T)], value: &T) -> &'static str {
    table.iter().find(|(_, known)| known == value).map_or("?", |(word, _)| word)
}

/// What a word of one of the tables above means.
pub(crate) fn meaning<T: Copy>(table: &[(&'static str, T)], word: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}
