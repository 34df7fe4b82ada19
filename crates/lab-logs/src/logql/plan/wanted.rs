//! What every line of a query has, as far as the stages say so before anything can change it: the store leaves out the
//! chunks that surely have no such line.

use lab_model::MatchOp;

use crate::logql::syntax::ast::{Condition, LineFilter, LineOp, Stage, Wanted};
use crate::store::rows::layout::trace_filter::TRACE_ID;

/// The trace that every line must belong to.
pub(crate) fn trace(stages: &[Stage]) -> Option<&str> {
    let mut unchanged = stages.iter().take_while(|stage| matches!(stage, Stage::Line(_) | Stage::Label(_)));
    unchanged.find_map(|stage| if let Stage::Label(condition) = stage { of_condition(condition) } else { None })
}

fn of_condition(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Match(m) if m.name == TRACE_ID && m.op == MatchOp::Equal && !m.value.is_empty() => Some(&m.value),
        Condition::And(left, right) => of_condition(left).or_else(|| of_condition(right)),
        _ => None,
    }
}

/// Lists of texts, of each of which every line contains one.
pub(crate) fn texts(stages: &[Stage]) -> Vec<Vec<String>> {
    let changes_line = |stage: &&Stage| matches!(stage, Stage::LineFormat(_) | Stage::Unpack | Stage::Decolorize);
    let unchanged = stages.iter().take_while(|stage| !changes_line(stage));
    unchanged.filter_map(|stage| if let Stage::Line(filter) = stage { of_filter(filter) } else { None }).collect()
}

/// The texts one of which a line contains that passes the filter.
fn of_filter(filter: &LineFilter) -> Option<Vec<String>> {
    let text = |wanted: &Wanted| if let Wanted::Text(text) = wanted { Some(text.clone()) } else { None };
    if filter.op == LineOp::Contains { filter.wanted.iter().map(text).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logql::syntax::ast::Query;
    use crate::logql::syntax::parser::parse;

    #[test]
    fn only_what_stands_before_a_change_of_the_line_counts() {
        for (query, wanted) in [
            (
                r#"{a="b"} |= "one" |= "two" or "three" != "four" |~ "five" | json | x="y" |= "six""#,
                "one;two,three;six",
            ),
            (r#"{a="b"} |= "one" | line_format "{{.x}}" |= "two""#, "one"),
            (r#"{a="b"} | unpack |= "one""#, ""),
            (r#"{a="b"} | decolorize |= "one""#, ""),
            (r#"{a="b"} |= ip("10.0.0.0/8")"#, ""),
        ] {
            let Query::Logs(parsed) = parse(query).expect(query) else { panic!("{query} is a log query") };
            let texts: Vec<String> = texts(&parsed.stages).iter().map(|texts| texts.join(",")).collect();
            assert_eq!(texts.join(";"), wanted, "{query}");
        }
    }
}
