//! The syntax tree as one line that reads back as the same tree, in the form in which Loki writes queries.

use std::fmt::{Display, Formatter, Result};

use lab_algebra::{Cardinality, Grouping, Matching};
use lab_model::format_short_float;
use lab_syntax::literal::quote::quote_text;

use crate::logql::syntax::ast::{
    Aggregation, Binary, Condition, Conversion, Extraction, LabelFormat, LabelSource, LineFilter, LineOp, LogQuery,
    Metric, Quantity, Query, RangeAggregation, Stage, Target, Unwrap, Wanted,
};
use crate::logql::syntax::quantities::{range, size, time};
use crate::logql::syntax::words::{COMPARISONS, LINE_OPS, word_of};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Logs(query) => query.fmt(f),
            Self::Metric(metric) => metric.fmt(f),
        }
    }
}

impl Display for LogQuery {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        // After a label `!= "x"` would be read as a condition on it, so what comes before goes into brackets.
        let ends: Vec<usize> =
            (1..self.stages.len()).filter(|at| hides(&self.stages[at - 1], &self.stages[*at])).collect();
        f.write_str(&"(".repeat(ends.len()))?;
        f.write_str("{")?;
        for (at, matcher) in self.matchers.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{}{}{}", matcher.name, matcher.op.as_str(), Quoted(&matcher.value))?;
        }
        f.write_str("}")?;
        self.stages.iter().enumerate().try_for_each(|(at, stage)| {
            f.write_str(if ends.contains(&at) { ")" } else { "" })?;
            write!(f, " {stage}")
        })
    }
}

/// True if a line filter would be taken for a part of the stage before it.
fn hides(before: &Stage, stage: &Stage) -> bool {
    let names_a_label = match before {
        Stage::Drop(targets) | Stage::Keep(targets) => matches!(targets.last(), Some(Target::Name(_))),
        _ => false,
    };
    names_a_label && matches!(stage, Stage::Line(filter) if filter.op == LineOp::NotContains)
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Line(LineFilter { op, wanted }) => {
                let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
                write!(f, "{} {}", word_of(&LINE_OPS, op), wanted.join(" or "))
            }
            Self::Json(fields) => write!(f, "| json{}", List(fields)),
            Self::Logfmt { strict, keep_empty, fields } => {
                f.write_str("| logfmt")?;
                f.write_str(if *strict { " --strict" } else { "" })?;
                f.write_str(if *keep_empty { " --keep-empty" } else { "" })?;
                write!(f, "{}", List(fields))
            }
            Self::Regexp(text) => write!(f, "| regexp {}", Quoted(text)),
            Self::Pattern(text) => write!(f, "| pattern {}", Quoted(text)),
            Self::Unpack => f.write_str("| unpack"),
            Self::Label(condition) => write!(f, "| {condition}"),
            Self::LineFormat(text) => write!(f, "| line_format {}", Quoted(text)),
            Self::LabelFormat(formats) => write!(f, "| label_format{}", List(formats)),
            Self::Drop(targets) => write!(f, "| drop{}", List(targets)),
            Self::Keep(targets) => write!(f, "| keep{}", List(targets)),
            Self::Decolorize => f.write_str("| decolorize"),
        }
    }
}

impl Display for Wanted {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Text(text) => Quoted(text).fmt(f),
            Self::Addresses(pattern) => write!(f, "ip({})", Quoted(pattern)),
        }
    }
}

impl Display for Extraction {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}={}", self.name, Quoted(&self.expression))
    }
}

impl Display for LabelFormat {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.value {
            LabelSource::Rename(source) => write!(f, "{}={source}", self.name),
            LabelSource::Template(text) => write!(f, "{}={}", self.name, Quoted(text)),
        }
    }
}

impl Display for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Match(matcher) => write!(f, "{}{}{}", matcher.name, matcher.op.as_str(), Quoted(&matcher.value)),
        }
    }
}

impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Match(matcher) => write!(f, "{}{}{}", matcher.name, matcher.op.as_str(), Quoted(&matcher.value)),
            Self::Compare { name, op, value } => write!(f, "{name}{}{value}", word_of(&COMPARISONS, op)),
            Self::Addresses { name, negated, pattern } => {
                write!(f, "{name}{}ip({})", if *negated { "!=" } else { "=" }, Quoted(pattern))
            }
            Self::And(left, right) => write!(f, "( {left} , {right} )"),
            Self::Or(left, right) => write!(f, "( {left} or {right} )"),
        }
    }
}

impl Display for Quantity {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Duration(nanoseconds) => f.write_str(&time(*nanoseconds)),
            Self::Bytes(bytes) => f.write_str(&size(*bytes)),
        }
    }
}

impl Display for Metric {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number(number) => f.write_str(&format_short_float(*number)),
            Self::Vector(number) => write!(f, "vector({number:.6})"),
            Self::Range(range) => range.fmt(f),
            Self::Aggregate(aggregation) => aggregation.fmt(f),
            Self::Binary(binary) => binary.fmt(f),
            Self::LabelReplace(replace) => {
                write!(f, "label_replace({}", replace.inner)?;
                replace.texts.in_order().iter().try_for_each(|text| write!(f, ",{}", Quoted(text)))?;
                f.write_str(")")
            }
        }
    }
}

impl Display for RangeAggregation {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}(", self.function.name)?;
        self.parameter.iter().try_for_each(|parameter| write!(f, "{parameter},"))?;
        write!(f, "{}", self.query)?;
        if let Some(unwrap) = &self.unwrap {
            write!(f, " {unwrap}")?;
            unwrap.filters.iter().try_for_each(|filter| write!(f, " | {filter}"))?;
        }
        write!(f, "[{}]", range(self.range))?;
        if self.offset != 0 {
            write!(f, " offset {}", time(self.offset))?;
        }
        f.write_str(")")?;
        self.grouping.iter().try_for_each(|grouping| f.write_str(&clause(grouping, ",")))
    }
}

impl Display for Unwrap {
    /// Without the label filters after it.
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let label = &self.label;
        match self.conversion {
            Conversion::None => write!(f, "| unwrap {label}"),
            Conversion::Duration => write!(f, "| unwrap duration({label})"),
            Conversion::DurationSeconds => write!(f, "| unwrap duration_seconds({label})"),
            Conversion::Bytes => write!(f, "| unwrap bytes({label})"),
        }
    }
}

impl Display for Aggregation {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.function.name)?;
        self.grouping.iter().try_for_each(|grouping| f.write_str(&clause(grouping, ",")))?;
        f.write_str("(")?;
        self.parameter.iter().try_for_each(|parameter| write!(f, "{parameter},"))?;
        write!(f, "{})", self.inner)
    }
}

impl Display for Binary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "({} {} {})", self.left, operator(self, ","), self.right)
    }
}

/// ` by (a,b)`, with a blank before it.
pub(crate) fn clause(grouping: &Grouping, between: &str) -> String {
    format!(" {} ({})", if grouping.without { "without" } else { "by" }, grouping.labels.join(between))
}

/// The operator with the words that may follow it; `between` stands between the labels that a side gives the other.
pub(crate) fn operator(binary: &Binary, between: &str) -> String {
    let modifier = if binary.returns_bool { " bool" } else { "" };
    let matching = binary
        .matching
        .as_ref()
        .map(|matching| self::matching(matching, between, &binary.right.to_string()))
        .unwrap_or_default();
    format!("{}{modifier}{matching}", binary.op.name())
}

/// ` on (a) group_left (c)`. A blank stands in the place of a side that is not named.
fn matching(matching: &Matching, between: &str, right: &str) -> String {
    let side = match matching.cardinality {
        Cardinality::OneToOne => "",
        Cardinality::ManyToOne => "group_left",
        Cardinality::OneToMany => "group_right",
    };
    let on = if matching.on { "on" } else { "ignoring" };
    // Brackets after the side would be read as its labels.
    let is_needed = !matching.include.is_empty() || (!side.is_empty() && right.starts_with('('));
    let included = if is_needed { format!(" ({})", matching.include.join(between)) } else { String::new() };
    format!(" {on} ({}) {side}{included}", matching.labels.join(between))
}

/// A text in double quotes with Go's escapes.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(&quote_text(self.0))
    }
}

/// A space and the items with commas between, or nothing.
struct List<'a, T>(&'a [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (at, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if at > 0 { "," } else { " " })?;
        }
        Ok(())
    }
}
