//! The lines of an `OpenMetrics` page that this library has written; it is no parser of pages of others.

use std::borrow::Cow;

/// Names and values, escapes resolved.
pub(crate) type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// A line that says something.
#[derive(Debug, PartialEq)]
pub(crate) enum Line<'a> {
    Help { name: &'a str, text: &'a str },
    // `# TYPE`
    Type { name: &'a str, kind: &'a str },
    // `# UNIT`
    Unit { unit: &'a str },
    Sample(Sample<'a>),
}

#[derive(Debug, PartialEq)]
pub(crate) struct Sample<'a> {
    pub(crate) name: &'a str,
    pub(crate) labels: Labels<'a>,
    pub(crate) value: f64,
    pub(crate) exemplar: Option<Exemplar<'a>>,
}

/// An observation behind a sample.
#[derive(Debug, PartialEq)]
pub(crate) struct Exemplar<'a> {
    pub(crate) labels: Labels<'a>,
    pub(crate) value: f64,
    /// Seconds since the epoch.
    pub(crate) timestamp: Option<f64>,
}

/// What a line says; nothing if it says nothing, as the last one does.
pub(crate) fn read(line: &str) -> Option<Line<'_>> {
    let Some(comment) = line.strip_prefix("# ") else { return sample(line).map(Line::Sample) };
    let (keyword, rest) = comment.split_once(' ')?;
    let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
    match keyword {
        "HELP" => Some(Line::Help { name, text }),
        "TYPE" => Some(Line::Type { name, kind: text }),
        "UNIT" => Some(Line::Unit { unit: text }),
        _ => None,
    }
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = labels(rest)?;
    let mut words = rest.trim_start().splitn(2, ' ');
    let value = words.next()?.parse().ok()?;
    let exemplar = words.next().and_then(|rest| rest.strip_prefix("# ")).and_then(exemplar);
    Some(Sample { name, labels, value, exemplar })
}

fn exemplar(text: &str) -> Option<Exemplar<'_>> {
    let (labels, rest) = labels(text)?;
    let mut words = rest.trim_start().split(' ');
    let value = words.next()?.parse().ok()?;
    Some(Exemplar { labels, value, timestamp: words.next().and_then(|word| word.parse().ok()) })
}

/// Labels in braces, if there are any, and what follows them.
fn labels(text: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    let Some(mut rest) = text.strip_prefix('{') else { return Some((labels, text)) };
    while !rest.starts_with('}') {
        let (name, value) = rest.trim_start_matches(',').split_once("=\"")?;
        let end = end_of_value(value)?;
        labels.push((name, unescaped(&value[..end])));
        rest = &value[end + 1..];
    }
    Some((labels, &rest[1..]))
}

/// Where the closing quote of a value stands.
fn end_of_value(value: &str) -> Option<usize> {
    let mut is_escaped = false;
    value.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })
}

fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return value.into();
    }
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        let escaped = (character == '\\').then(|| characters.next()).flatten();
        plain.push(match escaped {
            Some('n') => '\n',
            Some(other) => other,
            None => character,
        });
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_of_line_is_read() {
        let line = r#"wait_bucket{le="1.0",die="a } \"b\" \\ c\nd"} 3 # {trace_id="0af7"} 0.5 1700000000.25"#;
        let expected = Sample {
            name: "wait_bucket",
            labels: vec![("le", "1.0".into()), ("die", "a } \"b\" \\ c\nd".into())],
            value: 3.0,
            exemplar: Some(Exemplar {
                labels: vec![("trace_id", "0af7".into())],
                value: 0.5,
                timestamp: Some(1_700_000_000.25),
            }),
        };
        assert_eq!(read(line), Some(Line::Sample(expected)));
        let plain = Sample { name: "up", labels: Vec::new(), value: 1.0, exemplar: None };
        assert_eq!(read("up 1"), Some(Line::Sample(plain)));
        assert_eq!(read("# HELP up Whether it is up."), Some(Line::Help { name: "up", text: "Whether it is up." }));
        assert_eq!(read("# TYPE up gauge"), Some(Line::Type { name: "up", kind: "gauge" }));
        assert_eq!(read("# UNIT wait seconds"), Some(Line::Unit { unit: "seconds" }));
        assert_eq!(read("# EOF"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(line in "[# a-z{}=,\"\\\\0-9E]{0,60}") {
            read(&line);
        }
    }
}
