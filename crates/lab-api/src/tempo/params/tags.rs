//! What questions for tags ask for.

use lab_model::Interrupt;
use lab_traces::query::walk::Selection;
use lab_traces::traceql::error::QueryError;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::ast::Query;
use lab_traces::traceql::syntax::parse;

use crate::error::PlainError;
use crate::tempo::params::given::{Params, text};
use crate::tempo::params::{legacy, range};

/// How many ends of an unfinished query are tried: an editor's are unfinished where they end.
const MOST_ATTEMPTS: usize = 50;

/// The traces that the tag endpoints look at. Editors send an unfinished `q`: of one that cannot be read the conditions
/// before its end count.
pub(crate) fn selection(params: &Params, now_ns: i64) -> Result<Selection, PlainError> {
    selection_of(text(params, "q").and_then(complete_part), params, now_ns)
}

/// The same if `q` has been read already.
pub(crate) fn selection_of(query: Option<Query>, params: &Params, now_ns: i64) -> Result<Selection, PlainError> {
    let pipeline = query.and_then(|query| query.pipeline().cloned()).unwrap_or_else(legacy::all_spans);
    let (start_ns, end_ns) = range::of_tags(params, now_ns)?;
    Ok(Selection { plan: Plan::new(pipeline), start_ns, end_ns, enough: Interrupt::default() })
}

/// The query, or as many of its conditions from the left as can be read; nothing of one that is longer than a query may be.
pub(crate) fn complete_part(q: &str) -> Option<Query> {
    let mut query = parse(q);
    if matches!(query, Err(QueryError::TooLong { .. })) {
        return None;
    }
    let mut conditions = q.trim_end().trim_end_matches('}');
    for _ in 0..MOST_ATTEMPTS {
        if query.is_ok() {
            break;
        }
        conditions = conditions.rsplit_once("&&")?.0;
        query = parse(&format!("{conditions} }}"));
    }
    query.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_query_is_read_up_to_its_end() {
        let read = |q: &str| complete_part(q).map(|query| query.to_string());
        let whole = read("{ .a = 1 && .b = 2 }").expect("a query");
        for q in ["{ .a = 1 && .b = 2 && .c = ", "{ .a = 1 && .b = 2 && .c = && = && }"] {
            assert_eq!(read(q).as_ref(), Some(&whole), "{q}");
        }
        assert_eq!(read("{ .a = "), None);
    }

    #[test]
    fn a_query_without_an_end_that_can_be_read_costs_no_more_than_a_few_attempts() {
        let unfinished = format!("{{ .a = 1 && {}", "a&&".repeat(MOST_ATTEMPTS + 1));
        assert!(complete_part(&unfinished).is_none(), "as many ends are not tried");
        let long = format!("{{ .a = 1 && .b = \"{}\" && ", "b".repeat(1 << 20));
        assert!(complete_part(&long).is_none());
        assert!(complete_part(&format!("{{ {}", "a&&".repeat(600_000))).is_none());
    }
}
