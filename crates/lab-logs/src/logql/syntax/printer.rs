//! The syntax tree as text that reads back as the same tree; what `format_query` answers.

use std::fmt::{Display, Formatter, Result};
use std::time::Duration;

use lab_model::Matcher;
use lab_syntax::literal::quote::quote_text;

use crate::logql::syntax::ast::{
    Aggregation, Binary, Condition, Conversion, Extraction, LabelFormat, LabelSource, LineFilter, LineOp, LogQuery,
    Metric, Quantity, Query, RangeAggregation, Stage, Target, Wanted,
};
use crate::logql::syntax::words::{COMPARISONS, LINE_OPS, stands_alone, word_of};

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
            Self::Label(condition @ (Condition::Match(Matcher { name, .. }) | Condition::Compare { name, .. }))
                if stands_alone(name) =>
            {
                write!(f, "| ({condition})")
            }
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
            Self::Compare { name, op, value } => {
                write!(f, "{name} {} ", word_of(&COMPARISONS, op))?;
                match value {
                    Quantity::Number(number) => number.fmt(f),
                    Quantity::Duration(text) | Quantity::Bytes(text) => f.write_str(text),
                }
            }
            Self::Addresses { name, negated, pattern } => {
                write!(f, "{name}{}ip({})", if *negated { "!=" } else { "=" }, Quoted(pattern))
            }
            Self::And(left, right) => write!(f, "({left} and {right})"),
            Self::Or(left, right) => write!(f, "({left} or {right})"),
        }
    }
}

impl Display for Metric {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Vector(number) => write!(f, "vector({number})"),
            Self::Range(range) => range.fmt(f),
            Self::Aggregate(aggregation) => aggregation.fmt(f),
            Self::Binary(binary) => binary.fmt(f),
            Self::LabelReplace(replace) => write!(
                f,
                "label_replace({}, {}, {}, {}, {})",
                replace.inner,
                Quoted(&replace.texts.destination),
                Quoted(&replace.texts.replacement),
                Quoted(&replace.texts.source),
                Quoted(&replace.texts.regex)
            ),
        }
    }
}

impl Display for RangeAggregation {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}(", self.function.name)?;
        if let Some(parameter) = self.parameter {
            write!(f, "{parameter}, ")?;
        }
        write!(f, "{}", self.query)?;
        if let Some(unwrap) = &self.unwrap {
            match unwrap.conversion {
                Conversion::None => write!(f, " | unwrap {}", unwrap.label)?,
                Conversion::Duration => write!(f, " | unwrap duration({})", unwrap.label)?,
                Conversion::Bytes => write!(f, " | unwrap bytes({})", unwrap.label)?,
            }
            unwrap.filters.iter().try_for_each(|filter| write!(f, " | {filter}"))?;
        }
        write!(f, " [{}]", Nanoseconds(self.range))?;
        if self.offset != 0 {
            let sign = if self.offset < 0 { "-" } else { "" };
            write!(f, " offset {sign}{}", Nanoseconds(self.offset.abs()))?;
        }
        f.write_str(")")?;
        self.grouping.iter().try_for_each(|grouping| write!(f, " {grouping}"))
    }
}

impl Display for Aggregation {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.function.name)?;
        self.grouping.iter().try_for_each(|grouping| write!(f, " {grouping} "))?;
        f.write_str("(")?;
        self.parameter.iter().try_for_each(|parameter| write!(f, "{parameter}, "))?;
        write!(f, "{})", self.inner)
    }
}

impl Display for Binary {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "({} {}", self.left, self.op.name())?;
        f.write_str(if self.returns_bool { " bool" } else { "" })?;
        self.matching.iter().try_for_each(|matching| write!(f, " {matching}"))?;
        write!(f, " {})", self.right)
    }
}

/// A text in double quotes with Go's escapes.
struct Quoted<'a>(&'a str);

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
            write!(f, "{}{item}", if at > 0 { ", " } else { " " })?;
        }
        Ok(())
    }
}

/// A duration above zero; below a millisecond in nanoseconds.
struct Nanoseconds(i64);

impl Display for Nanoseconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let nanoseconds = self.0.unsigned_abs();
        if nanoseconds.is_multiple_of(1_000_000) {
            f.write_str(&lab_model::duration::format(Duration::from_nanos(nanoseconds)))
        } else {
            write!(f, "{nanoseconds}ns")
        }
    }
}
