//! The syntax tree of LogQL. Values only: regular expressions and templates are compiled by the pipeline.

use lab_algebra::{Grouping, Matching, Operator};
use lab_model::Matcher;

use crate::logql::functions::aggregate::AggregateFunction;
use crate::logql::functions::range::RangeFunction;

/// A query: lines, or numbers made of them.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Answers lines.
    Logs(LogQuery),
    /// Answers samples.
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
    /// `| unpack`.
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
    /// `| decolorize`.
    Decolorize,
}

/// `|=`, `!=`, `|~`, `!~`, `|>`, `!>` with one text or several.
#[derive(Clone, Debug, PartialEq)]
pub struct LineFilter {
    /// How lines are compared.
    pub op: LineOp,
    /// One of them is enough.
    pub texts: Vec<String>,
}

/// How a line filter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineOp {
    /// `|=`
    Contains,
    /// `!=`
    NotContains,
    /// `|~`
    Regex,
    /// `!~`
    NotRegex,
    /// `|>`
    Pattern,
    /// `!>`
    NotPattern,
}

/// `name="expression"`: what a parser extracts under which name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extraction {
    /// The label.
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
        /// The label.
        name: String,
        /// How: one of the comparisons.
        op: Operator,
        /// With what.
        value: Quantity,
    },
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// One of them.
    Or(Box<Condition>, Box<Condition>),
}

/// What a label is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Quantity {
    /// A number.
    Number(f64),
    /// A duration as it is written.
    Duration(String),
    /// A size as it is written.
    Bytes(String),
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
    /// A template.
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
    /// A number.
    Number(f64),
    /// `vector(1)`.
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
    /// Which function.
    pub function: &'static RangeFunction,
    /// The quantile of `quantile_over_time`.
    pub parameter: Option<f64>,
    /// The lines.
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
    /// As a duration, in seconds.
    Duration,
    /// As a size, in bytes.
    Bytes,
}

/// A function over the series of an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregation {
    /// Which function.
    pub function: &'static AggregateFunction,
    /// How many, for `topk` and `bottomk`.
    pub parameter: Option<f64>,
    /// Over what.
    pub inner: Metric,
    /// Which labels the result keeps; none keeps none.
    pub grouping: Option<Grouping>,
}

/// Two expressions and an operator.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    /// Which operator.
    pub op: Operator,
    /// Left side.
    pub left: Metric,
    /// Right side.
    pub right: Metric,
    /// A comparison answers 0 and 1 instead of filtering.
    pub returns_bool: bool,
    /// Which series belong together.
    pub matching: Option<Matching>,
}

/// The arguments of `label_replace`.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelReplace {
    /// Over what.
    pub inner: Metric,
    /// Its texts.
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
