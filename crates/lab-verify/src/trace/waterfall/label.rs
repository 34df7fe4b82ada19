//! What a span is, in few words.

use crate::stack::span::{Span, Value};

/// Longest note that is shown.
const LONGEST_NOTE: usize = 60;

/// What there is to add to a span's name: `#3 → 5` of a roll, the status of a request, the size of a batch.
pub(crate) fn note(span: &Span) -> String {
    let note = match span.int("async.roll_index") {
        Some(index) => format!("#{index} {}", roll(span)).trim_end().to_owned(),
        None => {
            let size = span.int("async.batch_size").map(|size| format!("{size} rolls"));
            let value = span.int("roll.value").or(span.int("die.result")).map(|value| format!("→ {value}"));
            let status = span.int("http.response.status_code").map(|status| status.to_string());
            [size, value, status].into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
    };
    printable(&note).chars().take(LONGEST_NOTE).collect()
}

fn roll(span: &Span) -> String {
    let failed = span.attributes.get("die.error").is_some_and(|value| *value != Value::Bool(false));
    match span.int("die.result") {
        _ if span.is("async.cancelled") => "cancelled".to_owned(),
        _ if failed || span.failed => "failed".to_owned(),
        Some(face) => format!("→ {face}"),
        None => String::new(),
    }
}

/// A service's name without the stage that all of the lab's have; `?` where there is none.
pub(crate) fn service(name: &str) -> String {
    let name = name.strip_suffix("-stage4").unwrap_or(name);
    if name.is_empty() { "?".to_owned() } else { printable(name) }
}

/// Text from outside without what would move a terminal's cursor or change its colours.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// `1 span`, `2 spans`
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The first `width` characters, the last of them `…` if there were more.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain((width > 0).then_some('…')).collect()
}

/// Nanoseconds with three digits and a unit.
pub(crate) fn duration(ns: u64) -> String {
    let (value, unit) = match ns {
        0..1_000 => return format!("{ns} ns"),
        1_000..999_500 => (ns as f64 / 1e3, "µs"),
        999_500..999_500_000 => (ns as f64 / 1e6, "ms"),
        _ => (ns as f64 / 1e9, "s"),
    };
    let digits = if value >= 99.95 {
        0
    } else if value >= 9.995 {
        1
    } else {
        2
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::fake::{span, with};

    fn noted<const N: usize>(attributes: [(&str, Value); N]) -> String {
        let add = |span, (key, value): (&str, Value)| with(span, key, value);
        note(&attributes.into_iter().fold(span("1", "", "s", "n", 0, 1), add))
    }

    #[test]
    fn labels_add_what_the_span_name_does_not_say() {
        let (int, is) = (Value::Int, Value::Bool);
        assert_eq!(noted([("async.roll_index", int(3)), ("die.result", int(5))]), "#3 → 5");
        assert_eq!(noted([("async.roll_index", int(0)), ("async.cancelled", is(true))]), "#0 cancelled");
        assert_eq!(noted([("async.roll_index", int(1)), ("die.error", is(true))]), "#1 failed");
        let batch = [("async.batch_size", int(10)), ("http.response.status_code", int(200))];
        assert_eq!(noted(batch), "10 rolls · 200");
        assert_eq!((noted([]), printable("no\x1b[31m die")), (String::new(), "no\u{fffd}[31m die".to_owned()));
    }

    #[test]
    fn durations_have_three_digits() {
        let written = [0, 999, 1_234, 56_700, 999_499, 999_600, 12_345_678, 834_000_000, 999_600_000, 12_340_000_000];
        let written = written.map(duration);
        let expected =
            ["0 ns", "999 ns", "1.23 µs", "56.7 µs", "999 µs", "1.00 ms", "12.3 ms", "834 ms", "1.00 s", "12.3 s"];
        assert_eq!(written, expected);
    }

    #[test]
    fn service_names_are_shortened_to_the_part_that_differs() {
        assert_eq!((service("traffic-generator-stage4").as_str(), service("").as_str()), ("traffic-generator", "?"));
    }
}
