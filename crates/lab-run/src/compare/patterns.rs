//! What error lines say, without what differs from line to line.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::compare::change::{Change, Kind, counted, only_in};
use crate::compare::side::{ErrorLine, Side};
use crate::compare::statistics::deviates::Sureness;
use crate::compare::statistics::moments::{Happened, Moments, dispersion};
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

/// An error in both runs.
#[derive(Debug)]
pub(crate) struct Errors {
    /// `error "no stock"`
    what: String,
    before: Rate,
    after: Rate,
}

/// Every error of either run: for each request where both runs have traces.
pub(crate) fn gather(before: &Side, after: &Side) -> Vec<Errors> {
    let (was, is) = (by_pattern(before), by_pattern(after));
    let patterns: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let traces = (before.traces.len() as f64, after.traces.len() as f64);
    let of = if traces.0 > 0.0 && traces.1 > 0.0 { traces } else { (1.0, 1.0) };
    let (moments_before, moments_after) = (before.moments(), after.moments());
    let rate = |lines: Option<&Vec<&ErrorLine>>, of: f64, moments: &Moments, side: &Side| {
        let lines = lines.map(Vec::as_slice).unwrap_or_default();
        Rate::of_rare(lines.len() as f64, of).spread_by(spread(lines, moments, side.traces.len()))
    };
    let errors = patterns.into_iter().map(|pattern| Errors {
        what: format!("error {pattern:?}"),
        before: rate(was.get(pattern), of.0, &moments_before, before),
        after: rate(is.get(pattern), of.1, &moments_after, after),
    });
    errors.collect()
}

/// How many times as much lines spread as ones that know nothing of each other: those of one trace belong together, and those
/// of one moment.
fn spread(lines: &[&ErrorLine], moments: &Moments, traces: usize) -> f64 {
    let happened: Vec<Happened> =
        lines.iter().map(|line| Happened { from_ns: line.time_ns, to_ns: line.time_ns, count: 1.0 }).collect();
    let mut by_trace: BTreeMap<&str, f64> = BTreeMap::new();
    for trace in lines.iter().filter_map(|line| line.trace_id.as_deref()) {
        *by_trace.entry(trace).or_default() += 1.0;
    }
    let others = traces.saturating_sub(by_trace.len());
    let parts = by_trace.into_values().map(|count| (count, 1.0)).chain(std::iter::repeat_n((0.0, 1.0), others));
    moments.dispersion(&happened).max(dispersion(parts))
}

/// New and vanished errors, and those that come more or less often. A run of many traces is a sample: an error that is rare in
/// one of two samples may be missing from the other one by chance, which [`too_seldom`] says instead.
pub(crate) fn changes(before: &Side, after: &Side, errors: &[Errors], sure: Sureness) -> Vec<Change> {
    let exactly = before.is_small() || after.is_small();
    let lines = |count: usize| if count == 0 { "none".to_owned() } else { counted(count, "line") };
    let mut changes = Vec::new();
    for error in errors {
        let (old, new) = (error.before.count as usize, error.after.count as usize);
        let effect = differ(error.before, error.after, sure);
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
    let number = |rate: Rate| rate.count as usize;
    let new = not_told().filter(|error| number(error.before) == 0);
    let new = new.map(|error| (error.what.clone(), number(error.after)));
    let gone = not_told().filter(|error| number(error.after) == 0);
    let gone = gone.map(|error| (error.what.clone(), number(error.before)));
    let why = "so seldom or in so few moments that it may be chance";
    let notes = [only_in("later", why, new.collect(), "line"), only_in("former", why, gone.collect(), "line")];
    notes.into_iter().flatten().collect()
}

/// The lines of each error.
fn by_pattern(side: &Side) -> BTreeMap<String, Vec<&ErrorLine>> {
    let mut lines: BTreeMap<String, Vec<&ErrorLine>> = BTreeMap::new();
    for line in &side.errors {
        lines.entry(pattern(&said(&line.text))).or_default().push(line);
    }
    lines
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
