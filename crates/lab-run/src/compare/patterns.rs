//! What error lines say, without what differs from line to line.

use std::collections::BTreeMap;

use crate::compare::bootstrap::{Sureness, counts_differ};
use crate::compare::change::{Change, Kind};
use crate::compare::side::Side;

/// So many characters of a line tell it from others.
const LONGEST: usize = 200;

/// A text with `#` in place of numbers and ids.
pub(crate) fn pattern(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(LONGEST));
    let mut word = String::new();
    for c in text.chars().take(4 * LONGEST) {
        if c.is_alphanumeric() {
            word.push(c);
        } else {
            flush(&mut out, &mut word);
            out.push(c);
        }
    }
    flush(&mut out, &mut word);
    // Numbers with points and dashes between them are one.
    for joined in ["#.#", "#-#", "#:#"] {
        while out.contains(joined) {
            out = out.replace(joined, "#");
        }
    }
    out.chars().take(LONGEST).collect()
}

/// A word with a digit is a number, an id, or a name with a version.
fn flush(out: &mut String, word: &mut String) {
    let is_number = word.starts_with(|c: char| c.is_ascii_digit());
    let is_id =
        word.len() >= 8 && word.chars().all(|c| c.is_ascii_hexdigit()) && word.contains(|c: char| c.is_ascii_digit());
    out.push_str(if is_number || is_id { "#" } else { word });
    word.clear();
}

/// New and vanished errors, and those that come more or less often.
pub(crate) fn changes(before: &Side, after: &Side, sure: Sureness) -> Vec<Change> {
    let (was, is) = (counted(before), counted(after));
    let lines = |count: usize| if count == 1 { "1 line".to_owned() } else { format!("{count} lines") };
    let mut changes = Vec::new();
    for (pattern, count) in &is {
        let Some(former) = was.get(pattern) else {
            changes.push(Change::of(Kind::Log, format!("error {pattern:?}"), "none", lines(*count)));
            continue;
        };
        let times = |side: &Side| side.traces.len().max(1) as f64;
        if let Some(effect) = counts_differ((*former as f64, times(before)), (*count as f64, times(after)), sure) {
            changes.push(Change {
                effect: Some(effect),
                fails: effect > 0.0,
                ..Change::of(Kind::Log, format!("error {pattern:?}"), lines(*former), lines(*count))
            });
        }
    }
    for (pattern, count) in was.iter().filter(|(pattern, _)| !is.contains_key(*pattern)) {
        let gone = Change::of(Kind::Log, format!("error {pattern:?}"), lines(*count), "gone");
        changes.push(Change { fails: false, ..gone });
    }
    changes
}

fn counted(side: &Side) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in &side.errors {
        *counts.entry(pattern(&said(line))).or_default() += 1;
    }
    counts
}

/// The message of a JSON line, or the whole line.
fn said(line: &str) -> String {
    let json = serde_json::from_str::<serde_json::Value>(line).ok();
    let message = json.as_ref().and_then(|json| ["message", "msg", "error"].iter().find_map(|key| json[key].as_str()));
    message.map_or_else(|| line.to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{pattern, said};

    #[test]
    fn numbers_and_ids_make_no_difference() {
        let table = [
            ("GET /users/17", "GET /users/#"),
            ("timeout after 1.5s at 10.0.0.1:80", "timeout after # at #"),
            ("trace 0af7651916cd43dd8448eb211c80319c lost", "trace # lost"),
            ("http2 deadbeef v1 facade", "http2 deadbeef v1 facade"),
            ("order 2f1a-77 of 2026-11-28", "order # of #"),
        ];
        for (text, expected) in table {
            assert_eq!(pattern(text), expected);
        }
        assert_eq!(said(r#"{"level":"ERROR","message":"no stock"}"#), "no stock");
        assert_eq!(said("{broken"), "{broken");
    }
}
