//! Two runs side by side on one self-contained page: what changed, and below it everything that both can be looked at for.

use std::collections::{BTreeMap, BTreeSet};

use lab_model::text::markup::escaped;

use crate::compare::change::{Change, Comparison, Kind};
use crate::compare::latency;
use crate::compare::side::Side;
use crate::report::html::STYLE;

/// So many operations are shown.
const MOST_OPERATIONS: usize = 500;

/// Where the page leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Nowhere: it may be read anywhere.
    None,
    /// To each run in Explore of the lab that serves it and shows both.
    ToExplore,
}

/// A whole page.
pub fn html(comparison: &Comparison, before: &Side, after: &Side, links: Links) -> String {
    let (class, word) = if comparison.passes() { ("pass", "no change that fails") } else { ("fail", "changed") };
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/><meta name=\"viewport\" content=\"width=device-width\"/>\
         <title>two runs: {word}</title><style>{STYLE}</style></head><body>\n\
         <h1>Two runs <span class=\"{class}\">{}</span></h1>\n",
        escaped(&comparison.summary())
    );
    html += &table(&["", "before", "after"], runs(before, after));
    if links == Links::ToExplore {
        html += &format!("<p>{} · {}</p>\n", explored("the run before", before), explored("the run after", after));
    }
    for kind in Kind::ALL {
        let changes = comparison.changes.iter().filter(|change| change.kind == kind).map(row).collect::<Vec<_>>();
        if !changes.is_empty() {
            html += &format!("<h2>Changes: {}</h2>\n", kind.as_str());
            html += &table(&["", "what", "before", "after", "effect"], changes);
        }
    }
    for note in &comparison.notes {
        html += &format!("<p>{}</p>\n", escaped(note));
    }
    html += "<h2>Durations</h2>\n";
    let head = ["", "spans before", "after", "mean before", "after", "95 % below, before", "after"];
    html += &table(&head, durations(before, after));
    html + "</body></html>\n"
}

/// A link to Explore with the time of a run.
fn explored(what: &str, side: &Side) -> String {
    let start = side.start_ns.div_euclid(1_000_000);
    let end = start + (side.seconds * 1000.0).ceil() as i64;
    format!("<a href=\"/explore?from={start}&amp;to={end}\">Explore {what}</a>")
}

/// What is known of each run as a whole.
fn runs(before: &Side, after: &Side) -> Vec<Vec<String>> {
    let both = |what: &str, tell: &dyn Fn(&Side) -> String| vec![what.to_owned(), tell(before), tell(after)];
    let waited = |side: &Side| side.waited.map_or("unknown".to_owned(), |part| format!("{:.0} %", part * 100.0));
    vec![
        both("command", &|side| side.command.clone()),
        both("length", &|side| format!("{:.1} s", side.seconds)),
        both("machine", &Side::place),
        both("programs waited for a processor", &waited),
        both("traces", &|side| side.traces.len().to_string()),
        both("series", &|side| side.series.len().to_string()),
        both("lines of errors", &|side| side.errors.len().to_string()),
    ]
}

fn row(change: &Change) -> Vec<String> {
    let mark = if change.fails { "fails" } else { "told" };
    [mark, &change.what, &change.before, &change.after, &change.size()].map(str::to_owned).into()
}

/// Every operation and every part of the critical path of either run.
fn durations(before: &Side, after: &Side) -> Vec<Vec<String>> {
    let (before, after) = (latency::of_side(before), latency::of_side(after));
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |side: &BTreeMap<String, Vec<f64>>, what: &String| summary(side.get(what).map_or(&[], Vec::as_slice));
    let row = |what: &String| {
        let (one, other) = (of(&before, what), of(&after, what));
        let pairs = one.into_iter().zip(other).flat_map(|(one, other)| [one, other]);
        [what.clone()].into_iter().chain(pairs).collect()
    };
    all.into_iter().take(MOST_OPERATIONS).map(row).collect()
}

/// How many there are, their mean, and what 95 % of them are below.
fn summary(seconds: &[f64]) -> [String; 3] {
    if seconds.is_empty() {
        return ["0".to_owned(), String::new(), String::new()];
    }
    let mut sorted = seconds.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len() * 95).div_ceil(100)).clamp(1, sorted.len()) - 1;
    let mean = seconds.iter().sum::<f64>() / seconds.len() as f64;
    let milliseconds = |seconds: f64| format!("{:.3} ms", seconds * 1e3);
    [sorted.len().to_string(), milliseconds(mean), milliseconds(sorted[at])]
}

/// A measure is not broken into lines: between its number and its unit stands a space that does not break.
fn together(text: &str) -> String {
    let is_measure = text.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-');
    if is_measure { text.replace(' ', "\u{a0}") } else { text.to_owned() }
}

/// Rows of texts; the word `fails` at the beginning of a row colours it.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let cell = |tag: &str, text: &str| format!("<{tag}>{}</{tag}>", escaped(&together(text)));
    let head: Vec<String> = head.iter().map(|text| cell("th", text)).collect();
    let mut table = format!("<div class=\"wide\"><table><tr>{}</tr>\n", head.concat());
    for row in rows {
        let class = if row.first().is_some_and(|first| first == "fails") { " class=\"fail\"" } else { "" };
        let cells: Vec<String> = row.iter().map(|text| cell("td", text)).collect();
        table += &format!("<tr{class}>{}</tr>\n", cells.concat());
    }
    table + "</table></div>\n"
}
