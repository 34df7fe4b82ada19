//! Which series a text speaks of: a series selector alone (`match[]` of the HTTP API), or all selectors of
//! a query.

use lab_model::Matcher;

use crate::promql::error::PromqlError;
use crate::promql::syntax;
use crate::promql::syntax::ast::{Expr, ExprKind, Selector};

/// Reads a series selector such as `up{job="x"}`; it needs at least one matcher that an absent label fails.
pub fn parse(text: &str) -> Result<Vec<Matcher>, PromqlError> {
    Ok(syntax::selector(text)?.conditions())
}

/// The matchers of each selector of a query, in the order in which they are written.
pub fn of_query(query: &str) -> Result<Vec<Vec<Matcher>>, PromqlError> {
    let mut found = Vec::new();
    collect(&syntax::parse(query)?, &mut found);
    let conditions = found.into_iter().map(|selector| selector.conditions());
    // The conditions of `info` may demand nothing, and then speak of no series in particular.
    Ok(conditions.filter(|matchers| !matchers.iter().all(Matcher::matches_empty)).collect())
}

/// Adds the selectors within an expression.
fn collect(expr: &Expr, found: &mut Vec<Selector>) {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Text(_) => {}
        ExprKind::Selector(selector) | ExprKind::Range(selector, _) => found.push((**selector).clone()),
        ExprKind::Subquery(subquery) => collect(&subquery.inner, found),
        ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => collect(inner, found),
        ExprKind::Binary(binary) => [&binary.left, &binary.right].into_iter().for_each(|side| collect(side, found)),
        ExprKind::Aggregate(aggregate) => {
            aggregate.parameter.iter().chain([&aggregate.inner]).for_each(|part| collect(part, found));
        }
        ExprKind::Call(_, arguments) => arguments.iter().for_each(|argument| collect(argument, found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(matchers: &[Matcher]) -> Vec<String> {
        matchers.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn selectors_are_read() {
        let read = |text| shown(&parse(text).expect("a selector"));
        assert_eq!(read("up"), [r#"__name__="up""#]);
        assert_eq!(read(r#"{job=~"a(b|c)",x!=""}"#), [r#"job=~"a(b|c)""#, r#"x!="""#]);
        assert_eq!(read(r#"{"my.metric", "label.x"="y"}"#), [r#"__name__="my.metric""#, r#"label.x="y""#]);
        for bad in ["", "{", "sum(up)", "up[5m]", "up offset 5m", "1", r#"{job=""}"#, r#"{job=~".*"}"#, "up up"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_selectors_of_a_query_are_those_of_all_its_parts() {
        let query = r#"topk(scalar(k), rate(a[5m])) + on (x) max_over_time((b offset 1m)[1h:]) or info(-c, {})"#;
        let found: Vec<String> = of_query(query).expect("valid").iter().map(|one| shown(one).join(",")).collect();
        assert_eq!(found, ["k", "a", "b", "c"].map(|name| format!("__name__={name:?}")));
    }
}
