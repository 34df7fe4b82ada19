//! What error lines say, without what differs from line to line.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::compare::change::{Change, Kind, counted, only_in};
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

/// An error, and how many lines of it each run has.
#[derive(Debug)]
pub(crate) struct Errors {
    /// `error "no stock"`
    what: String,
    before: usize,
    after: usize,
}

/// Every error of either run.
pub(crate) fn gather(before: &Side, after: &Side) -> Vec<Errors> {
    let (was, is) = (by_pattern(before), by_pattern(after));
    let patterns: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let count = |all: &BTreeMap<String, usize>, pattern: &String| all.get(pattern).copied().unwrap_or_default();
    let errors = patterns.into_iter().map(|pattern| Errors {
        what: format!("error {pattern:?}"),
        before: count(&was, pattern),
        after: count(&is, pattern),
    });
    errors.collect()
}

/// New and vanished errors, and those that come more or less often. A run of many traces is a sample: an error that is rare in
/// one of two samples may be missing from the other one by chance, which [`too_seldom`] says instead.
pub(crate) fn changes(before: &Side, after: &Side, errors: &[Errors], sure: Sureness) -> Vec<Change> {
    let exactly = before.is_small() || after.is_small();
    let times = |side: &Side| side.traces.len().max(1) as f64;
    let lines = |count: usize| if count == 0 { "none".to_owned() } else { counted(count, "line") };
    let mut changes = Vec::new();
    for error in errors {
        let (old, new) = (error.before, error.after);
        let effect = differ(Rate::of_rare(old as f64, times(before)), Rate::of_rare(new as f64, times(after)), sure);
        let is_new_or_gone = old == 0 || new == 0;
        if effect.is_none() && !(exactly && is_new_or_gone) {
            continue;
        }
        let told = if new == 0 { "gone".to_owned() } else { lines(new) };
        changes.push(Change {
            effect: effect.filter(|effect| effect.is_finite() && !is_new_or_gone),
            fails: new > 0 && effect.is_none_or(|effect| effect > 0.0),
            ..Change::of(Kind::Log, error.what.clone(), lines(old), told)
        });
    }
    changes
}

/// Sentences about errors that only one of the runs has, too seldom to be sure of a change.
pub(crate) fn too_seldom(errors: &[Errors], told: &[Change]) -> Vec<String> {
    let told: HashSet<&str> = told.iter().map(|change| change.what.as_str()).collect();
    let not_told = || errors.iter().filter(|error| !told.contains(error.what.as_str()));
    let new = not_told().filter(|error| error.before == 0).map(|error| (error.what.clone(), error.after));
    let gone = not_told().filter(|error| error.after == 0).map(|error| (error.what.clone(), error.before));
    let why = "so seldom that it may be chance";
    let notes = [only_in("later", why, new.collect(), "line"), only_in("former", why, gone.collect(), "line")];
    notes.into_iter().flatten().collect()
}

fn by_pattern(side: &Side) -> BTreeMap<String, usize> {
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
