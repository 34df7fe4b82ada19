//! A query over several lines, which is what `format_query` answers: a part of more than [`WIDTH`] characters is broken, and
//! its parts stand on lines of their own, two blanks further to the right. Loki's formatter does the same.

use crate::logql::syntax::ast::{Aggregation, Binary, LabelReplace, LogQuery, Metric, Query, RangeAggregation, Stage};
use crate::logql::syntax::printer::{Quoted, clause, operator};
use crate::logql::syntax::quantities::range;

/// The most characters of a part that stays on one line.
const WIDTH: usize = 100;

/// The query as `format_query` answers it.
pub fn layout(query: &Query) -> String {
    match query {
        Query::Logs(query) => logs(query, 0),
        Query::Metric(metric) => self::metric(metric, 0),
    }
}

fn indent(level: usize) -> String {
    "  ".repeat(level)
}

/// The part on one line, if it is short enough.
fn short(part: &impl ToString, level: usize) -> Option<String> {
    let text = part.to_string();
    (text.chars().count() <= WIDTH).then(|| format!("{}{text}", indent(level)))
}

fn logs(query: &LogQuery, level: usize) -> String {
    if let Some(line) = short(query, level) {
        return line;
    }
    let selector = LogQuery { matchers: query.matchers.clone(), stages: Vec::new() };
    let mut lines = vec![format!("{}{selector}", indent(level))];
    let is_filter = |stage: &Stage| matches!(stage, Stage::Line(_));
    // Line filters side by side share a line while they fit.
    for group in query.stages.chunk_by(|before, stage| is_filter(before) && is_filter(stage)) {
        let texts: Vec<String> = group.iter().map(ToString::to_string).collect();
        let together = texts.join(" ");
        if together.chars().count() <= WIDTH {
            lines.push(format!("{}{together}", indent(level + 1)));
        } else {
            lines.extend(texts.iter().map(|text| format!("{}{text}", indent(level + 1))));
        }
    }
    lines.join("\n")
}

fn metric(metric: &Metric, level: usize) -> String {
    if let Some(line) = short(metric, level) {
        return line;
    }
    match metric {
        Metric::Number(_) | Metric::Vector(_) => format!("{}{metric}", indent(level)),
        Metric::Range(aggregation) => over_range(aggregation, level),
        Metric::Aggregate(aggregation) => aggregate(aggregation, level),
        Metric::Binary(operation) => binary(operation, level),
        Metric::LabelReplace(replace) => label_replace(replace, level),
    }
}

fn over_range(aggregation: &RangeAggregation, level: usize) -> String {
    let mut lines = vec![format!("{}{}(", indent(level), aggregation.function.name)];
    lines.extend(aggregation.parameter.iter().map(|parameter| format!("{}{parameter},", indent(level + 1))));
    lines.push(logs(&aggregation.query, level + 1));
    if let Some(unwrap) = &aggregation.unwrap {
        lines.push(format!("{}{unwrap}", indent(level + 2)));
        lines.extend(unwrap.filters.iter().map(|filter| format!("{}| {filter}", indent(level + 2))));
    }
    let offset = match aggregation.offset {
        0 => String::new(),
        back => format!(" offset {}{}", if back < 0 { "-" } else { "" }, range(back)),
    };
    if let Some(last) = lines.last_mut() {
        last.push_str(&format!(" [{}]{offset}", range(aggregation.range)));
    }
    let grouping = aggregation.grouping.iter().map(|grouping| clause(grouping, ", ")).collect::<String>();
    lines.push(format!("{}){grouping}", indent(level)));
    lines.join("\n")
}

fn aggregate(aggregation: &Aggregation, level: usize) -> String {
    let grouping = aggregation.grouping.iter().map(|grouping| clause(grouping, ", ")).collect::<String>();
    let mut lines = vec![format!("{}{}{grouping}(", indent(level), aggregation.function.name)];
    lines.extend(aggregation.parameter.iter().map(|parameter| format!("{}{parameter},", indent(level + 1))));
    lines.push(metric(&aggregation.inner, level + 1));
    lines.push(format!("{})", indent(level)));
    lines.join("\n")
}

fn binary(operation: &Binary, level: usize) -> String {
    let operator = format!("{}{}", indent(level), operator(operation, ", "));
    [side(&operation.left, level + 1), operator, side(&operation.right, level + 1)].join("\n")
}

/// One side of an operator. An operation that is broken itself keeps its brackets, without which it could mean another one.
fn side(operand: &Metric, level: usize) -> String {
    match operand {
        Metric::Binary(operation) if short(operand, level).is_none() => {
            let around = indent(level);
            format!("{around}(\n{}\n{around})", binary(operation, level + 1))
        }
        _ => metric(operand, level),
    }
}

fn label_replace(replace: &LabelReplace, level: usize) -> String {
    let mut parts = vec![metric(&replace.inner, level + 1)];
    parts.extend(replace.texts.in_order().iter().map(|text| format!("{}{}", indent(level + 1), Quoted(text))));
    format!("{around}label_replace(\n{}\n{around})", parts.join(",\n"), around = indent(level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logql::syntax::parser::parse;

    #[test]
    fn what_is_long_is_broken_and_reads_back_as_the_same_query() {
        let query = r#"sum by (route, method) (rate({app="frontend", env="production"} |= "error" != "timeout" | logfmt | status >= 500 | unwrap duration(took) | __error__="" [5m] offset 1h)) / (sum(rate({app="frontend", env="production"} | logfmt [5m])) + sum(rate({app="backend", env="production"} | logfmt [5m])))"#;
        let read = parse(query).expect("valid");
        let text = layout(&read);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH + 20), "{text}");
        assert!(text.starts_with("  sum by (route, method)(\n    rate(\n      {app=\"frontend\""), "{text}");
        assert_eq!(parse(&text).expect("valid"), read, "{text}");
    }
}
