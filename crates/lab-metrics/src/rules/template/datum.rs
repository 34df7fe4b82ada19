//! The values that templates work on, and how they are written.

use std::fmt;

use lab_model::Labels;

use super::printf;
use crate::promql::value::Point;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum {
    Number(f64),
    Text(String),
    Bool(bool),
    Labels(Labels),
    Sample(Point),
    Samples(Vec<Point>),
}

impl Datum {
    /// Go's truth: neither zero nor empty.
    pub(crate) fn is_true(&self) -> bool {
        match self {
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Bool(bool) => *bool,
            Self::Labels(labels) => !labels.is_empty(),
            Self::Sample(_) => true,
            Self::Samples(samples) => !samples.is_empty(),
        }
    }

    /// As a number; a text is read as one.
    pub(crate) fn number(&self) -> Result<f64, String> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => text.trim().parse().map_err(|_| format!("{text:?} is no number")),
            other => Err(format!("{} is no number", other.kind())),
        }
    }

    /// As a text.
    pub(crate) fn text(&self) -> String {
        self.to_string()
    }

    /// The name of its type in Go.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "float64",
            Self::Text(_) => "string",
            Self::Bool(_) => "bool",
            Self::Labels(_) => "map[string]string",
            Self::Sample(_) => "sample",
            Self::Samples(_) => "queryResult",
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.write_str(&printf::shortest(*number)),
            Self::Text(text) => f.write_str(text),
            Self::Bool(bool) => write!(f, "{bool}"),
            Self::Labels(labels) => {
                let pairs: Vec<_> = labels.iter().map(|label| format!("{}:{}", label.name, label.value)).collect();
                write!(f, "map[{}]", pairs.join(" "))
            }
            Self::Sample(point) => write!(f, "{} => {}", point.labels, printf::shortest(point.sample.value)),
            Self::Samples(points) => points
                .iter()
                .try_for_each(|point| writeln!(f, "{} => {}", point.labels, printf::shortest(point.sample.value))),
        }
    }
}
