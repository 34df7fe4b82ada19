//! How PromQL and LogQL write operators, aggregations, groupings and matchings, and how tightly operators bind.

use std::fmt::{self, Display, Formatter};

use lab_model::format_short_float;
use lab_syntax::literal::quote::quote;

use crate::aggregate::grouping::Grouping;
use crate::aggregate::operation::Aggregation;
use crate::operators::matching::{Cardinality, Matching};
use crate::operators::operator::Operator;

pub mod reader;

/// Each operator with its name and how tightly it binds; more is tighter.
const OPERATORS: [(&str, Operator, u8); 18] = [
    ("or", Operator::Or, 1),
    ("and", Operator::And, 2),
    ("unless", Operator::Unless, 2),
    ("==", Operator::Equal, 3),
    ("!=", Operator::NotEqual, 3),
    (">=", Operator::GreaterOrEqual, 3),
    ("<=", Operator::LessOrEqual, 3),
    (">", Operator::Greater, 3),
    ("<", Operator::Less, 3),
    ("</", Operator::KeepBelow, 3),
    (">/", Operator::KeepAbove, 3),
    ("+", Operator::Add, 4),
    ("-", Operator::Subtract, 4),
    ("*", Operator::Multiply, 5),
    ("/", Operator::Divide, 5),
    ("%", Operator::Modulo, 5),
    ("atan2", Operator::Atan2, 5),
    ("^", Operator::Power, 6),
];

const AGGREGATIONS: [(&str, Aggregation); 14] = [
    ("sum", Aggregation::Sum),
    ("avg", Aggregation::Avg),
    ("count", Aggregation::Count),
    ("min", Aggregation::Min),
    ("max", Aggregation::Max),
    ("group", Aggregation::Group),
    ("stddev", Aggregation::Stddev),
    ("stdvar", Aggregation::Stdvar),
    ("topk", Aggregation::Topk),
    ("bottomk", Aggregation::Bottomk),
    ("limitk", Aggregation::Limitk),
    ("limit_ratio", Aggregation::LimitRatio),
    ("quantile", Aggregation::Quantile),
    ("count_values", Aggregation::CountValues),
];

impl Operator {
    /// The operator that is written so, in upper or lower case.
    pub fn named(text: &str) -> Option<Self> {
        OPERATORS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(text)).map(|(_, operator, _)| *operator)
    }

    /// The operator as it is written.
    pub fn name(self) -> &'static str {
        OPERATORS.iter().find(|(_, other, _)| *other == self).map_or("", |(name, ..)| name)
    }

    /// How tightly the operator binds; more is tighter, and the least is 1.
    pub fn binding(self) -> u8 {
        OPERATORS.iter().find(|(_, other, _)| *other == self).map_or(0, |(.., binding)| *binding)
    }

    /// The least binding of an operator in the right operand of this one: only `^` groups from the right.
    pub fn right_binding(self) -> u8 {
        self.binding() + u8::from(self != Self::Power)
    }
}

impl Aggregation {
    /// The aggregation that is written so, in upper or lower case.
    pub fn named(text: &str) -> Option<Self> {
        AGGREGATIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, aggregation)| *aggregation)
    }

    /// The aggregation as it is written.
    pub fn name(self) -> &'static str {
        AGGREGATIONS.iter().find(|(_, other)| *other == self).map_or("", |(name, _)| name)
    }
}

/// `by (a, b)` or `without (a, b)`.
impl Display for Grouping {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", if self.without { "without" } else { "by" }, label_names(&self.labels))
    }
}

/// `on (a)` or `ignoring (a)`, perhaps with `group_left (b)` or `group_right (b)`, and fills; with fills `ignoring ()` may be
/// left out.
impl Display for Matching {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut clauses = Vec::new();
        let fills = self.fills();
        let matches = self.on || !self.labels.is_empty() || self.cardinality != Cardinality::OneToOne;
        if matches || fills.is_empty() {
            clauses.push(format!("{} ({})", if self.on { "on" } else { "ignoring" }, label_names(&self.labels)));
        }
        match self.cardinality {
            Cardinality::OneToOne => {}
            Cardinality::ManyToOne => clauses.push(format!("group_left ({})", label_names(&self.include))),
            Cardinality::OneToMany => clauses.push(format!("group_right ({})", label_names(&self.include))),
        }
        clauses.extend(fills.into_iter().map(|(name, value)| format!("{name} ({})", format_short_float(value))));
        f.write_str(&clauses.join(" "))
    }
}

impl Matching {
    /// The values in place of missing partners, and the words before them.
    fn fills(&self) -> Vec<(&'static str, f64)> {
        match (self.fill_left, self.fill_right) {
            (Some(left), Some(right)) if left == right => vec![("fill", left)],
            (left, right) => {
                let named = [("fill_left", left), ("fill_right", right)];
                named.into_iter().filter_map(|(name, fill)| fill.map(|value| (name, value))).collect()
            }
        }
    }
}

fn label_names(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| label_name(name.as_bytes())).collect();
    names.join(", ")
}

/// The name of a label, in quotes where it is no plain word.
pub fn label_name(name: &[u8]) -> String {
    let is_plain =
        |(at, byte): (usize, &u8)| byte.is_ascii_alphabetic() || *byte == b'_' || (at > 0 && byte.is_ascii_digit());
    if !name.is_empty() && name.iter().enumerate().all(is_plain) {
        String::from_utf8_lossy(name).into_owned()
    } else {
        quote_string(name)
    }
}

/// A string in double quotes. U+FFFD is escaped, which PromQL does not take as it is.
pub fn quote_string(bytes: &[u8]) -> String {
    quote(bytes, |c| c == char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for (name, operator, _) in OPERATORS {
            assert_eq!((Operator::named(name), operator.name()), (Some(operator), name));
        }
        for (name, aggregation) in AGGREGATIONS {
            assert_eq!((Aggregation::named(&name.to_uppercase()), aggregation.name()), (Some(aggregation), name));
        }
    }

    #[test]
    fn only_the_power_groups_from_the_right() {
        let from_the_right = OPERATORS.iter().filter(|(_, operator, binding)| operator.right_binding() == *binding);
        assert_eq!(from_the_right.map(|(name, ..)| *name).collect::<Vec<_>>(), ["^"]);
    }

    #[test]
    fn groupings_and_matchings_quote_what_is_no_plain_word() {
        let labels = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let grouping = Grouping { without: true, labels: labels(&["a", "b c"]) };
        assert_eq!(grouping.to_string(), "without (a, \"b c\")");
        let cardinality = Cardinality::ManyToOne;
        let matching = Matching { on: true, labels: labels(&["a"]), cardinality, ..Matching::default() };
        assert_eq!(matching.to_string(), "on (a) group_left ()");
        assert_eq!(Matching::default().to_string(), "ignoring ()");
        let (fill_left, fill_right) = (Some(0.0), Some(1e9));
        let filled = Matching { fill_left, fill_right, ..Matching::default() };
        assert_eq!(filled.to_string(), "fill_left (0) fill_right (1e+09)");
        let filled = Matching { on: true, fill_left, fill_right: fill_left, ..Matching::default() };
        assert_eq!(filled.to_string(), "on () fill (0)");
    }
}
