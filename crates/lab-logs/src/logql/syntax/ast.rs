//! The syntax tree of LogQL. Values only: regular expressions and templates are compiled by the pipeline.

use lab_algebra::{Grouping, Matching, Operator};
use lab_model::Matcher;

use crate::logql::functions::aggregate::AggregateFunction;
use crate::logql::functions::range::RangeFunction;

/// A query: lines, or numbers made of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// A query that answers lines.
    Logs(LogQuery),
    /// A query that answers samples.
    Metric(Metric),
}

/// `{selector} stage stage …`
#[derive(Clone, Debug, PartialEq)]
pub struct LogQuery {
    /// Conditions on stream labels.
    pub matchers: Vec<Matcher>,
    /// What happens to each line, in order.
    pub stages: Vec<Stage>,
}

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// `|= "a" or "b"` and its like.
    Line(LineFilter),
    /// `| json`, or `| json name="path"`.
    Json(Vec<Extraction>),
    /// `| logfmt`, or `| logfmt name="key"`.
    Logfmt {
        /// `--strict`: a malformed line is an error.
        strict: bool,
        /// `--keep-empty`: keys without a value are kept.
        keep_empty: bool,
        /// Only these fields, unless empty.
        fields: Vec<Extraction>,
    },
    /// `| regexp "…(?P<name>…)…"`.
    Regexp(String),
    /// `| pattern "<name> - <_>"`.
    Pattern(String),
    /// `| unpack`, which undoes what Promtail packed.
    Unpack,
    /// `| name="value"`, `| duration > 5s and …`.
    Label(Condition),
    /// `| line_format "{{.name}}"`.
    LineFormat(String),
    /// `| label_format a=b, c="{{.d}}"`.
    LabelFormat(Vec<LabelFormat>),
    /// `| drop a, b="x"`.
    Drop(Vec<Target>),
    /// `| keep a, b="x"`.
    Keep(Vec<Target>),
    /// `| decolorize`, which removes the colours of a terminal.
    Decolorize,
}

/// `|=`, `!=`, `|~`, `!~`, `|>`, `!>` with one text or several.
#[derive(Clone, Debug, PartialEq)]
pub struct LineFilter {
    /// How lines are compared.
    pub op: LineOp,
    /// One of them is enough.
    pub wanted: Vec<Wanted>,
}

/// What a line filter looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A text, an expression or a pattern, as the operator says.
    Text(String),
    /// `ip("…")`: one of these addresses.
    Addresses(String),
}

/// How a line filter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineOp {
    /// `|=`: the line contains a text.
    Contains,
    /// `!=`: the line contains none of the texts.
    NotContains,
    /// `|~`: a regular expression matches somewhere in the line.
    Regex,
    /// `!~`: no regular expression matches anywhere in the line.
    NotRegex,
    /// `|>`: the line has a pattern such as `GET <_> 200`.
    Pattern,
    /// `!>`: the line has none of the patterns.
    NotPattern,
}

impl LineOp {
    /// Whether lines pass that do not have what is named.
    pub(crate) fn is_negated(self) -> bool {
        matches!(self, Self::NotContains | Self::NotRegex | Self::NotPattern)
    }
}

/// `name="expression"`: what a parser extracts under which name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extraction {
    /// The label that takes the value.
    pub name: String,
    /// A path or a key.
    pub expression: String,
}

/// A condition on labels.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A string comparison.
    Match(Matcher),
    /// A comparison with a number, a duration or a size.
    Compare {
        /// The label whose value is read.
        name: String,
        /// One of the comparisons.
        op: Operator,
        /// The quantity on the right side.
        value: Quantity,
    },
    /// `name=ip("…")` or `name!=ip("…")`.
    Addresses {
        /// The label whose value is read.
        name: String,
        /// True for `!=`.
        negated: bool,
        /// An address, a range or a network.
        pattern: String,
    },
    /// Both conditions must hold.
    And(Box<Condition>, Box<Condition>),
    /// One of the conditions is enough.
    Or(Box<Condition>, Box<Condition>),
}

/// What a label is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// A plain number.
    Number(f64),
    /// A duration in nanoseconds.
    Duration(i64),
    /// A size in bytes.
    Bytes(f64),
}

/// One assignment of `label_format`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelFormat {
    /// The label that is set.
    pub name: String,
    /// Where its value comes from.
    pub value: LabelSource,
}

/// The right side of a `label_format` assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// Another label, which is thereby renamed.
    Rename(String),
    /// A text with `{{…}}` in it.
    Template(String),
}

/// A label that `drop` or `keep` names, perhaps only if its value meets a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Whatever its value.
    Name(String),
    /// If the value matches.
    Match(Matcher),
}

/// An expression that answers samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Metric {
    /// A number alone.
    Number(f64),
    /// `vector(1)`: one series without labels.
    Vector(f64),
    /// `rate({…}[5m])` and its like.
    Range(Box<RangeAggregation>),
    /// `sum by (a) (…)` and its like.
    Aggregate(Box<Aggregation>),
    /// `a + b` and its like.
    Binary(Box<Binary>),
    /// `label_replace(v, "dst", "replacement", "src", "regex")`.
    LabelReplace(Box<LabelReplace>),
}

/// A function over the lines of a window.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeAggregation {
    /// The row of the function in its table.
    pub function: &'static RangeFunction,
    /// The quantile of `quantile_over_time`.
    pub parameter: Option<f64>,
    /// The lines that it reads.
    pub query: LogQuery,
    /// Where the values come from, if not from counting.
    pub unwrap: Option<Unwrap>,
    /// The window in nanoseconds.
    pub range: i64,
    /// How far back the window is moved, in nanoseconds.
    pub offset: i64,
    /// Which labels the series keep.
    pub grouping: Option<Grouping>,
}

/// `| unwrap label`, with the label filters after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrap {
    /// The label that holds the value.
    pub label: String,
    /// How it is read.
    pub conversion: Conversion,
    /// Conditions after the conversion.
    pub filters: Vec<Condition>,
}

/// How an unwrapped label is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// As a number.
    None,
    /// As a duration, in seconds: `duration(…)`.
    Duration,
    /// The same under its longer name, `duration_seconds(…)`.
    DurationSeconds,
    /// As a size, in bytes.
    Bytes,
}

/// A function over the series of an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregation {
    /// The row of the function in its table.
    pub function: &'static AggregateFunction,
    /// How many, for `topk` and `bottomk`.
    pub parameter: Option<f64>,
    /// The series that it takes.
    pub inner: Metric,
    /// Which labels the result keeps; none keeps none.
    pub grouping: Option<Grouping>,
}

/// Two expressions and an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// The operator between the two.
    pub op: Operator,
    /// What stands before the operator.
    pub left: Metric,
    /// What stands after the operator.
    pub right: Metric,
    /// A comparison answers 0 and 1 instead of filtering.
    pub returns_bool: bool,
    /// Which series belong together.
    pub matching: Option<Matching>,
}

/// The arguments of `label_replace`.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelReplace {
    /// The series that it takes.
    pub inner: Metric,
    /// The arguments after the series.
    pub texts: LabelReplaceTexts,
}

/// The texts among the arguments of `label_replace`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelReplaceTexts {
    /// The label that is set.
    pub destination: String,
    /// To what; `$1` is the first group.
    pub replacement: String,
    /// The label that is looked at.
    pub source: String,
    /// What its whole value must match.
    pub regex: String,
}

impl LabelReplaceTexts {
    /// The texts in the order in which a query writes them.
    pub(crate) fn in_order(&self) -> [&str; 4] {
        [&self.destination, &self.replacement, &self.source, &self.regex]
    }
}
