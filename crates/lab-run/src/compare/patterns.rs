//! What error lines say, without what differs from line to line.

use std::collections::{BTreeMap, BTreeSet};

use crate::compare::change::{Change, Kind};
use crate::compare::side::Side;
use crate::compare::statistics::deviates::Sureness;
use crate::compare::statistics::rates::{Rate, differ};

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

/// New and vanished errors, and those that come more or less often. A run of many traces is a sample: an error that is rare in
/// one of two samples may be missing from the other one by chance, which [`too_seldom`] says instead.
pub(crate) fn changes(before: &Side, after: &Side, sure: Sureness) -> Vec<Change> {
    let (was, is) = (counted(before), counted(after));
    let exactly = before.is_small() || after.is_small();
    let lines = |count: usize| match count {
        0 => "none".to_owned(),
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    };
    let times = |side: &Side| side.traces.len().max(1) as f64;
    let patterns: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let mut changes = Vec::new();
    for pattern in patterns {
        let count = |all: &BTreeMap<String, usize>| all.get(pattern).copied().unwrap_or_default();
        let (old, new) = (count(&was), count(&is));
        let effect = differ(Rate::of_rare(old as f64, times(before)), Rate::of_rare(new as f64, times(after)), sure);
        let is_new_or_gone = old == 0 || new == 0;
        if effect.is_none() && !(exactly && is_new_or_gone) {
            continue;
        }
        let told = if new == 0 { "gone".to_owned() } else { lines(new) };
        changes.push(Change {
            effect: effect.filter(|effect| effect.is_finite() && !is_new_or_gone),
            fails: new > 0 && effect.is_none_or(|effect| effect > 0.0),
            ..Change::of(Kind::Log, format!("error {pattern:?}"), lines(old), told)
        });
    }
    changes
}

/// A sentence about errors that only one of the runs has, too seldom to be sure of a change.
pub(crate) fn too_seldom(before: &Side, after: &Side, told: &[Change]) -> Option<String> {
    let (was, is) = (counted(before), counted(after));
    let only = |all: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>| {
        let names =
            all.keys().filter(|pattern| !other.contains_key(*pattern)).map(|pattern| format!("error {pattern:?}"));
        names.filter(|what| told.iter().all(|change| change.what != *what)).collect::<Vec<_>>()
    };
    let seldom = [only(&is, &was), only(&was, &is)].concat();
    let first = seldom.first()?;
    let more = if seldom.len() == 1 { String::new() } else { format!(", and {} others,", seldom.len() - 1) };
    Some(format!("{first}{more} came in one of the runs only, so seldom that it may be chance"))
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
