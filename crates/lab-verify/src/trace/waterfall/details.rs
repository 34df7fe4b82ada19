//! What `dicelab trace -v` says below the drawing: what the trace waited for, and of each span attributes, events with their stack traces line by line,
//! links, instrumentation scope and resource.

use std::collections::BTreeMap;

use crate::stack::span::Span;
use crate::stack::tempo::details::Details;
use crate::trace::analysis::draw;
use crate::trace::analysis::one::Concurrency;
use crate::trace::tree::Tree;
use crate::trace::waterfall::label::{duration, printable};

/// The details of all spans in the order of the drawing, found by span id and start.
pub fn details(spans: &[Span], found: &BTreeMap<(String, i64), Details>) -> String {
    let id = spans.first().map_or("", |span| &span.trace_id);
    let mut text = format!("\n{}", draw::waited(&Concurrency::of(id, spans)));
    for row in &Tree::new(spans).rows {
        if let Some(details) = found.get(&(row.span.span_id.clone(), row.span.start_ns)) {
            text += &of_span(row.span, details);
        }
    }
    text
}

fn of_span(span: &Span, details: &Details) -> String {
    let (name, took) = (printable(&span.name), duration(span.duration_ns()));
    let failed = if span.failed { " · failed" } else { "" };
    let head = format!("{} {name} · {} · {took} · {}{failed}", printable(&span.service), details.kind, span.span_id);
    let mut text = format!("\n{head}\n");
    if !details.message.is_empty() {
        text += &values("", &[("status".to_owned(), details.message.clone())]);
    }
    text += &values("", &details.attributes);
    for event in &details.events {
        let after = event.time_ns.saturating_sub(span.start_ns);
        let sign = if after < 0 { "-" } else { "" };
        text += &format!("  event {} after {sign}{}\n", printable(&event.name), duration(after.unsigned_abs()));
        text += &values("  ", &event.attributes);
    }
    for link in &details.links {
        text += &format!("  link to span {} of trace {}\n", link.span_id, link.trace_id);
        text += &values("  ", &link.attributes);
    }
    if !details.scope.is_empty() {
        text += &format!("  scope {}\n", printable(&details.scope));
    }
    text + &values("resource ", &details.resource)
}

/// One line a value, `name = value`; a value of several lines stands below its name.
fn values(before: &str, values: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in values {
        let name = printable(name);
        if value.lines().count() > 1 {
            text += &format!("  {before}{name} =\n");
            for line in value.lines() {
                text += &format!("      {before}{}\n", printable(&line.replace('\t', "    ")));
            }
        } else {
            text += &format!("  {before}{name} = {}\n", printable(value));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::tempo::details::{Event, Link};
    use crate::trace::fake::span;

    #[test]
    fn stack_traces_keep_their_lines_and_links_name_their_trace() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let roll = span("6", "", "dice-roller", "async_roll", 0, 200);
        let event = Event {
            name: "exception".to_owned(),
            time_ns: roll.start_ns + 5_000_000,
            attributes: vec![pair("exception.stacktrace", "first\n\tsecond\u{1b}[2J")],
        };
        let details_of = Details {
            kind: "internal".to_owned(),
            message: "roll 3 failed".to_owned(),
            scope: "tokio 1".to_owned(),
            attributes: vec![pair("die.type", "fair")],
            resource: vec![pair("host.name", "a")],
            events: vec![event],
            links: vec![Link { trace_id: "9e".to_owned(), span_id: "7".to_owned(), attributes: Vec::new() }],
        };
        let found = BTreeMap::from([(("6".to_owned(), roll.start_ns), details_of)]);
        let expected = "
waited for: dice-roller async_roll 200 ms (100 %)

dice-roller async_roll · internal · 200 ms · 6
  status = roll 3 failed
  die.type = fair
  event exception after 5.00 ms
    exception.stacktrace =
        first
            second\u{fffd}[2J
  link to span 7 of trace 9e
  scope tokio 1
  resource host.name = a
";
        let drawn = details(&[roll], &found);
        assert_eq!(drawn, expected, "{drawn}");
    }
}
