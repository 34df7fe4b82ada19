//! How a trace is built: who calls whom, what spans carry, what the time was spent on.

use std::collections::BTreeMap;

use lab_verify::stack::span::{Kind, Span};
use lab_verify::trace::batch::{Overlap, Verdict};
use lab_verify::trace::critical::critical_path;
use lab_verify::trace::tree::{Row, Tree};

use crate::expect::comparison::Comparison;
use crate::expect::expectation::{Concurrency, Shape};

/// The attributes that every span of a database has, under its present and its former name.
const DATABASE: [&str; 2] = ["db.system.name", "db.system"];
/// What a database was asked, under its present and its former name.
const STATEMENT: [&str; 4] = ["db.query.summary", "db.query.text", "db.statement", "db.operation.name"];

/// What departs from a shape, in sentences.
pub(crate) fn faults(spans: &[Span], shape: &Shape) -> Vec<String> {
    let tree = Tree::new(spans);
    let mut faults = Vec::new();
    faults.extend(shape.calls.iter().filter_map(|(from, to)| not_called(&tree, from, to)));
    for (name, attributes) in &shape.attributes {
        faults.extend(without_attributes(spans, name, attributes));
    }
    if shape.no_orphans {
        let orphan = |span: &Span| {
            let parent = span.parent_id.as_deref().unwrap_or_default();
            format!("{} of {} names the parent {parent}, which did not come", span.name, span.service)
        };
        faults.extend(tree.orphans().map(orphan));
    }
    if shape.no_errors {
        let failed = spans.iter().filter(|span| span.failed);
        faults.extend(failed.map(|span| format!("{} of {} failed", span.name, span.service)));
    }
    faults.extend(shape.critical_path.iter().filter_map(|bound| too_long(&tree, bound)));
    for (name, wanted) in &shape.concurrency {
        faults.extend(otherwise_in_time(&tree, name, *wanted));
    }
    faults.extend(shape.database_spans.iter().flat_map(|bound| databases(&tree, bound)));
    faults
}

/// Why there is no call from one service to the other.
fn not_called(tree: &Tree<'_>, from: &str, to: &str) -> Option<String> {
    let callers = |row: &Row<'_>| tree.parent(row).map(|parent| parent.span.service.to_string());
    let called: Vec<&Row<'_>> = tree.rows.iter().filter(|row| &*row.span.service == to).collect();
    if called.iter().any(|row| callers(row).as_deref() == Some(from)) {
        return None;
    }
    if called.is_empty() {
        return Some(format!("{from} does not call {to}: no span of {to} is in the trace"));
    }
    let mut others: Vec<String> = called.iter().filter_map(|row| callers(row)).filter(|name| name != to).collect();
    others.sort();
    others.dedup();
    let instead = if others.is_empty() {
        "its spans have no caller".to_owned()
    } else {
        format!("it is called by {}", others.join(", "))
    };
    Some(format!("{from} does not call {to}: {instead}"))
}

/// Spans of a name that lack attributes, or that there is no such span.
fn without_attributes(spans: &[Span], name: &str, attributes: &[String]) -> Vec<String> {
    let mut named = spans.iter().filter(|span| &*span.name == name).peekable();
    if named.peek().is_none() {
        return vec![format!("there is no span {name}")];
    }
    let lacks = |span: &Span| {
        let missing: Vec<&str> = attributes
            .iter()
            .map(String::as_str)
            .filter(|attribute| !span.attributes.contains_key(*attribute))
            .collect();
        (!missing.is_empty()).then(|| format!("span {} ({name}) has no {}", span.span_id, missing.join(", no ")))
    };
    named.filter_map(lacks).collect()
}

/// What the time was spent on, where it was more than it may be.
fn too_long(tree: &Tree<'_>, bound: &Comparison) -> Option<String> {
    let root = tree.rows.first()?;
    let seconds = root.span.duration_ns() as f64 / 1e9;
    if bound.holds(seconds) {
        return None;
    }
    let on_path = critical_path(tree);
    let path = tree.rows.iter().zip(on_path).filter(|(_, on)| *on).map(|(row, _)| row.span);
    let mut steps: Vec<String> =
        path.map(|span| format!("{} {} {:.0} ms", span.service, span.name, span.duration_ns() as f64 / 1e6)).collect();
    steps.truncate(6);
    Some(format!("the critical path took {:.0} ms, expected {bound}: {}", seconds * 1e3, steps.join(" → ")))
}

/// Siblings of a name that do not lie in time as they should.
fn otherwise_in_time(tree: &Tree<'_>, name: &str, wanted: Concurrency) -> Vec<String> {
    let mut by_parent: BTreeMap<Option<usize>, Vec<&Span>> = BTreeMap::new();
    for row in tree.rows.iter().filter(|row| &*row.span.name == name) {
        by_parent.entry(row.parent).or_default().push(row.span);
    }
    let mut faults = Vec::new();
    let mut judged = false;
    for siblings in by_parent.values().filter(|siblings| siblings.len() > 1) {
        let overlap = Overlap::of(siblings.iter().map(|span| (span.start_ns, span.end_ns)));
        let Some(verdict) = overlap.verdict() else { continue };
        judged = true;
        let good = match wanted {
            Concurrency::Concurrent => verdict == Verdict::Concurrent,
            Concurrency::Serial => verdict == Verdict::Serial,
        };
        if !good {
            faults.push(format!(
                "{} spans {name} are {}: together they took {:.0} ms, the longest {:.0} ms, their sum is {:.0} ms",
                overlap.count,
                verdict.as_str(),
                overlap.wall_ns as f64 / 1e6,
                overlap.longest_ns as f64 / 1e6,
                overlap.sum_ns as f64 / 1e6
            ));
        }
    }
    if !judged {
        faults.push(format!(
            "there are no two spans {name} below one parent that take long enough to tell whether they overlap"
        ));
    }
    faults
}

/// Requests with more or fewer database spans below them than expected, each with the statement that is repeated most.
fn databases(tree: &Tree<'_>, bound: &Comparison) -> Vec<String> {
    let children = tree.children();
    let mut faults = Vec::new();
    for (at, row) in tree.rows.iter().enumerate() {
        if row.span.kind != Kind::Server && row.parent.is_some() {
            continue;
        }
        let (mut pending, mut statements) = (children[at].clone(), BTreeMap::<String, usize>::new());
        while let Some(below) = pending.pop() {
            pending.extend(&children[below]);
            let span = tree.rows[below].span;
            if DATABASE.iter().any(|key| span.attributes.contains_key(*key)) {
                let statement = STATEMENT.iter().find_map(|key| span.text(key)).unwrap_or(&span.name);
                *statements.entry(statement.to_owned()).or_default() += 1;
            }
        }
        let count: usize = statements.values().sum();
        if !bound.holds(count as f64) {
            let most = statements.iter().max_by_key(|(_, times)| **times);
            let most = most.map(|(statement, times)| format!("; {times} times {statement:?}")).unwrap_or_default();
            let (name, service) = (&row.span.name, &row.span.service);
            faults.push(format!("{count} database spans below {name} of {service}, expected {bound}{most}"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lab_verify::stack::span::Value;

    use super::*;

    /// A span in milliseconds.
    fn span(id: &str, parent: &str, service: &str, name: &str, (start, end): (i64, i64)) -> Span {
        Span {
            trace_id: "t".into(),
            span_id: id.to_owned(),
            parent_id: (!parent.is_empty()).then(|| parent.to_owned()),
            service: service.into(),
            name: name.into(),
            kind: if parent.is_empty() { Kind::Server } else { Kind::Internal },
            start_ns: start * 1_000_000,
            end_ns: end * 1_000_000,
            failed: false,
            attributes: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    fn query(id: &str, at: i64) -> Span {
        let mut span = span(id, "a", "shop", "SELECT", (at, at + 1));
        span.attributes.insert("db.system.name".into(), Value::Text("postgresql".to_owned()));
        span.attributes.insert("db.query.text".into(), Value::Text("SELECT * FROM items WHERE id = ?".to_owned()));
        span
    }

    fn first_fault(spans: &[Span], shape: Shape) -> String {
        faults(spans, &shape).into_iter().next().unwrap_or_default()
    }

    #[test]
    fn each_part_of_a_shape_is_looked_at_and_its_breach_told() {
        let mut trace = vec![span("a", "", "shop", "checkout", (0, 500)), span("b", "a", "cart", "load", (10, 400))];
        let pair = |from: &str, to: &str| vec![(from.to_owned(), to.to_owned())];
        let calls = |from, to| Shape { calls: pair(from, to), ..Shape::default() };
        assert_eq!(first_fault(&trace, calls("shop", "cart")), "");
        assert_eq!(first_fault(&trace, calls("cart", "shop")), "cart does not call shop: its spans have no caller");
        assert_eq!(
            first_fault(&trace, calls("shop", "bank")),
            "shop does not call bank: no span of bank is in the trace"
        );

        let attributes = BTreeMap::from([("checkout".to_owned(), vec!["user.id".to_owned()])]);
        let with = Shape { attributes, ..Shape::default() };
        assert_eq!(first_fault(&trace, with.clone()), "span a (checkout) has no user.id");
        trace[0].attributes.insert("user.id".into(), Value::Int(1));
        assert_eq!(first_fault(&trace, with), "");

        let path = |bound: &str| Shape { critical_path: bound.parse().ok(), ..Shape::default() };
        assert_eq!(first_fault(&trace, path("< 1s")), "");
        assert_eq!(
            first_fault(&trace, path("< 200ms")),
            "the critical path took 500 ms, expected < 200ms: shop checkout 500 ms → cart load 390 ms"
        );

        let (no_orphans, no_errors) =
            (Shape { no_orphans: true, ..Shape::default() }, Shape { no_errors: true, ..Shape::default() });
        assert_eq!(
            (first_fault(&trace, no_orphans.clone()), first_fault(&trace, no_errors.clone())),
            (String::new(), String::new())
        );
        trace[1].parent_id = Some("gone".to_owned());
        trace[1].failed = true;
        assert_eq!(first_fault(&trace, no_orphans), "load of cart names the parent gone, which did not come");
        assert_eq!(first_fault(&trace, no_errors), "load of cart failed");
    }

    #[test]
    fn one_query_for_each_item_is_found() {
        let mut trace = vec![span("a", "", "shop", "GET /items", (0, 500))];
        trace.extend((0..4).map(|at| query(&format!("q{at}"), at * 10)));
        let shape = |bound: &str| Shape { database_spans: bound.parse().ok(), ..Shape::default() };
        assert_eq!(first_fault(&trace, shape("<= 4")), "");
        let told = first_fault(&trace, shape("<= 2"));
        assert_eq!(
            told,
            "4 database spans below GET /items of shop, expected <= 2; 4 times \"SELECT * FROM items WHERE id = ?\""
        );
    }

    #[test]
    fn siblings_one_after_another_are_not_concurrent() {
        let rolls = |times: [(i64, i64); 3]| {
            let mut trace = vec![span("a", "", "dice", "batch", (0, 900))];
            trace.extend(
                times.into_iter().enumerate().map(|(at, time)| span(&format!("r{at}"), "a", "dice", "roll", time)),
            );
            trace
        };
        let shape = |how| Shape { concurrency: BTreeMap::from([("roll".to_owned(), how)]), ..Shape::default() };
        let (serial, concurrent) = (rolls([(0, 200), (200, 400), (400, 600)]), rolls([(0, 200), (1, 210), (2, 190)]));
        assert_eq!(first_fault(&concurrent, shape(Concurrency::Concurrent)), "");
        assert_eq!(first_fault(&serial, shape(Concurrency::Serial)), "");
        assert!(
            first_fault(&serial, shape(Concurrency::Concurrent))
                .starts_with("3 spans roll are serial: together they took 600 ms")
        );
        assert!(
            first_fault(&concurrent[..2], shape(Concurrency::Serial)).contains("no two spans roll below one parent")
        );
    }
}
