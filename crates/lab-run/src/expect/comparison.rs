//! What an answer is held against: `empty`, `not empty`, or a number such as `> 0` and `<= 200ms`.

use std::fmt;
use std::str::FromStr;

use lab_model::duration;

/// A comparison, with the words in which it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    test: Test,
    written: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Test {
    Empty,
    NotEmpty,
    Number(Operator, f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Why a text is no comparison.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no comparison; write `empty`, `not empty`, or an operator and a number, such as `> 0`, `== 3` or `<= 200ms`"
)]
pub struct ComparisonError(String);

/// The longer operators first, so that `>=` is not read as `>`.
const OPERATORS: [(&str, Operator); 7] = [
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("<", Operator::Less),
    (">", Operator::More),
    ("=", Operator::Equal),
];

impl Comparison {
    /// Whether a number meets it. `empty` means none, so 0 does.
    pub fn holds(&self, value: f64) -> bool {
        match self.test {
            Test::Empty => value == 0.0,
            Test::NotEmpty => value != 0.0 && !value.is_nan(),
            Test::Number(operator, bound) => match operator {
                Operator::Equal => value == bound,
                Operator::NotEqual => value != bound,
                Operator::Less => value < bound,
                Operator::AtMost => value <= bound,
                Operator::More => value > bound,
                Operator::AtLeast => value >= bound,
            },
        }
    }

    /// Whether it holds of a number of which only is known that it is at least so large; `None` if that does not decide it.
    pub fn holds_from(&self, least: f64) -> Option<bool> {
        match self.test {
            Test::Empty => (least > 0.0).then_some(false),
            Test::NotEmpty => (least > 0.0).then_some(true),
            Test::Number(operator, bound) => match operator {
                Operator::Equal | Operator::AtMost => (least > bound).then_some(false),
                Operator::NotEqual | Operator::More => (least > bound).then_some(true),
                Operator::Less => (least >= bound).then_some(false),
                Operator::AtLeast => (least >= bound).then_some(true),
            },
        }
    }

    /// Whether it is about how much there is, not about a value: `empty` and `not empty`.
    pub fn is_about_presence(&self) -> bool {
        !matches!(self.test, Test::Number(..))
    }

    /// Whether it would hold of a run in which nothing happened. Such an expectation needs a witness: something has to have
    /// come from the service and the signal that it is about.
    pub fn holds_of_nothing(&self) -> bool {
        self.holds(0.0)
    }
}

impl FromStr for Comparison {
    type Err = ComparisonError;

    fn from_str(text: &str) -> Result<Self, ComparisonError> {
        let wrong = || ComparisonError(text.to_owned());
        let trimmed = text.trim();
        let test = match trimmed {
            "empty" => Test::Empty,
            "not empty" => Test::NotEmpty,
            _ => {
                let found = OPERATORS.iter().find_map(|(sign, operator)| Some((trimmed.strip_prefix(sign)?, operator)));
                let (number, operator) = found.ok_or_else(wrong)?;
                Test::Number(*operator, number_of(number.trim()).ok_or_else(wrong)?)
            }
        };
        Ok(Self { test, written: trimmed.to_owned() })
    }
}

/// A number, or a duration in seconds.
fn number_of(text: &str) -> Option<f64> {
    match text.parse::<f64>() {
        Ok(number) => (!number.is_nan()).then_some(number),
        Err(_) => duration::parse(text).ok().map(|duration| duration.as_secs_f64()),
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(text: &str) -> Comparison {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn of_what_is_not_counted_to_its_end_only_some_is_known() {
        let table = [
            ("> 4000", Some(true)),
            (">= 5000", Some(true)),
            ("not empty", Some(true)),
            ("empty", Some(false)),
            ("< 5000", Some(false)),
            ("<= 4999", Some(false)),
            ("== 4999", Some(false)),
            ("!= 3", Some(true)),
            ("== 5000", None),
            ("!= 6000", None),
            ("> 5000", None),
            ("< 6000", None),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<Comparison>().expect("good").holds_from(5000.0), expected, "{text}");
        }
    }

    #[test]
    fn numbers_durations_and_presence_are_compared() {
        let table = [
            ("> 0", 1.0, true),
            ("> 0", 0.0, false),
            (">=3", 3.0, true),
            ("== 3", 3.1, false),
            ("!= 3", 3.1, true),
            ("< 200ms", 0.19, true),
            ("<= 200ms", 0.21, false),
            ("= -1.5", -1.5, true),
            ("empty", 0.0, true),
            ("empty", 2.0, false),
            ("not empty", 2.0, true),
            ("> 0", f64::NAN, false),
            ("not empty", f64::NAN, false),
        ];
        for (text, value, holds) in table {
            assert_eq!(comparison(text).holds(value), holds, "{value} {text}");
        }
    }

    #[test]
    fn what_holds_of_nothing_needs_a_witness() {
        let table =
            [("empty", true), ("== 0", true), ("< 5", true), (">= 0", true), ("> 0", false), ("not empty", false)];
        for (text, of_nothing) in table {
            assert_eq!(comparison(text).holds_of_nothing(), of_nothing, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_what_to_write() {
        for text in ["", "more", ">", "> many", "=> 3", "== NaN"] {
            let error = text.parse::<Comparison>().expect_err(text).to_string();
            assert!(error.contains("`not empty`") && error.contains(&format!("{text:?}")), "{error}");
        }
    }
}
