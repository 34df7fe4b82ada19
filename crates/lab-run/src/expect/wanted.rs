//! What a value has to be: the value itself, or a comparison such as `"< 50ms"`, `"!= 500"`, `"=~ ^SELECT"`, `not empty`.

use std::collections::BTreeMap;
use std::fmt;

use lab_model::matcher::expression::anywhere;
use lab_model::matcher::expression::compiled::Expression;
use lab_verify::stack::span::Value;
use serde_yaml_ng::Value as Yaml;

use crate::expect::comparison::Comparison;

/// What is wanted, with the words in which it was written.
#[derive(Clone, Debug)]
pub struct Wanted {
    test: Test,
    written: String,
}

#[derive(Clone, Debug)]
enum Test {
    /// A number that meets it; or, for `empty` and `not empty`, whether there is a value.
    Number(Comparison),
    /// This text, or, if `not`, any other value.
    Text {
        text: String,
        not: bool,
    },
    /// A text in which the expression matches, or does not.
    Pattern {
        expression: Expression,
        not: bool,
    },
    Flag(bool),
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

/// The wanted values of a mapping that stands under `key`.
pub(crate) fn all(key: &str, mapping: BTreeMap<String, Yaml>) -> Result<BTreeMap<String, Wanted>, String> {
    let read = |(name, value): (String, Yaml)| match Wanted::read(&value) {
        Ok(wanted) => Ok((name, wanted)),
        Err(why) => Err(format!("`{key}`: {name}: {why}")),
    };
    mapping.into_iter().map(read).collect()
}

impl Wanted {
    /// Reads what stands in a file. A text that begins with an operator compares; any other is the text itself.
    pub(crate) fn read(value: &Yaml) -> Result<Self, String> {
        match value {
            Yaml::Bool(flag) => Ok(Self { test: Test::Flag(*flag), written: flag.to_string() }),
            Yaml::Number(number) => {
                let comparison = format!("== {number}").parse::<Comparison>().map_err(|error| error.to_string())?;
                Ok(Self { test: Test::Number(comparison), written: number.to_string() })
            }
            Yaml::String(text) => Self::of_text(text),
            _ => Err("write a text, a number, true or false".to_owned()),
        }
    }

    fn of_text(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let of = |test| Ok(Self { test, written: trimmed.to_owned() });
        for (sign, not) in [("=~", false), ("!~", true)] {
            if let Some(pattern) = trimmed.strip_prefix(sign) {
                let expression = anywhere(pattern.trim()).map_err(|error| error.to_string())?;
                return of(Test::Pattern { expression, not });
            }
        }
        if let Ok(comparison) = trimmed.parse::<Comparison>() {
            return of(Test::Number(comparison));
        }
        // What is compared with an order has to be a number; equality is one of texts, too.
        for (sign, not) in [("==", false), ("!=", true), ("=", false)] {
            if let Some(rest) = trimmed.strip_prefix(sign) {
                return of(Test::Text { text: rest.trim().to_owned(), not });
            }
        }
        if trimmed.starts_with(['<', '>']) {
            return Err(format!("{trimmed:?} compares with no number; write for example `< 50ms` or `>= 3`"));
        }
        Ok(Self { test: Test::Text { text: text.to_owned(), not: false }, written: format!("{text:?}") })
    }

    /// Whether a value is what is wanted; `None` stands for no value at all.
    pub fn is_met_by(&self, value: Option<&Value>) -> bool {
        match &self.test {
            Test::Number(comparison) if comparison.is_about_presence() => {
                comparison.holds(f64::from(u8::from(value.is_some())))
            }
            Test::Number(comparison) => match value {
                Some(Value::Int(number)) => comparison.holds(*number as f64),
                Some(Value::Double(number)) => comparison.holds(*number),
                _ => false,
            },
            Test::Text { text, not } => value.is_some_and(|value| (plain(value) == *text) != *not),
            Test::Pattern { expression, not } => value.is_some_and(|value| expression.is_match(&plain(value)) != *not),
            Test::Flag(flag) => value == Some(&Value::Bool(*flag)),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// A value as a text without quotes.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Double(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::List(values) => format!("[{}]", values.iter().map(plain).collect::<Vec<_>>().join(", ")),
    }
}

/// A value as people read it: texts in quotes, so that `"200"` is told from `200`.
pub fn shown(value: Option<&Value>) -> String {
    match value {
        None => "missing".to_owned(),
        Some(Value::Text(text)) => format!("{text:?}"),
        Some(other) => plain(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_texts_numbers_and_patterns_are_told_apart() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let table = [
            ("200", Some(Value::Int(200)), true),
            ("200", text("200"), false),
            ("'200'", text("200"), true),
            ("sqlite", text("sqlite"), true),
            ("sqlite", None, false),
            ("'< 50ms'", Some(Value::Double(0.049)), true),
            ("'< 50ms'", Some(Value::Double(0.051)), false),
            ("'!= 500'", Some(Value::Int(500)), false),
            ("'== paid'", text("paid"), true),
            ("'!= paid'", text("open"), true),
            ("'!= paid'", None, false),
            ("'=~ ^SELECT'", text("SELECT 1"), true),
            ("'!~ ^SELECT'", text("SELECT 1"), false),
            ("not empty", text("x"), true),
            ("not empty", None, false),
            ("empty", None, true),
            ("true", Some(Value::Bool(true)), true),
            ("true", text("true"), false),
        ];
        for (written, value, met) in table {
            let wanted = Wanted::read(&serde_yaml_ng::from_str(written).expect("YAML")).expect(written);
            assert_eq!(wanted.is_met_by(value.as_ref()), met, "{written} {value:?}");
        }
        for wrong in ["[1]", "'< much'", "'=~ ('"] {
            assert!(Wanted::read(&serde_yaml_ng::from_str(wrong).expect("YAML")).is_err(), "{wrong}");
        }
    }
}
