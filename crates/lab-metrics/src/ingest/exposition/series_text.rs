//! The text of a series, `name{label="value",…}` or `{"any name",label="value",…}`: what it says. The parser has seen to its
//! grammar.

use std::borrow::Cow;

use lab_model::labels::{METRIC_NAME, is_label_name, is_metric_name};

use crate::ingest::exposition::number;
use crate::model::metadata::MetricKind;

/// A label as read: name and value, escapes resolved.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The text of a series with these labels. A name that needs quotes gets them.
pub fn write<'a>(name: &str, labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::with_capacity(name.len() + 32);
    // What comes before the next label.
    let mut before = '{';
    if is_metric_name(name) {
        text.push_str(name);
    } else {
        text.push('{');
        push_quoted(&mut text, name);
        before = ',';
    }
    for (name, value) in labels {
        text.push(std::mem::replace(&mut before, ','));
        if is_label_name(name) {
            text.push_str(name);
        } else {
            push_quoted(&mut text, name);
        }
        text.push('=');
        push_quoted(&mut text, value);
    }
    if before == ',' {
        text.push('}');
    }
    text
}

/// Adds a text in quotes with its escapes.
fn push_quoted(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
    text.push('"');
}

/// Reads the labels of a series, its name as `__name__` among them; `le` of histograms and `quantile` of
/// summaries get their canonical spelling.
pub fn labels(text: &str, kind: MetricKind) -> Result<Vec<Pair<'_>>, String> {
    let (name, rest) = text.split_once('{').unwrap_or((text, ""));
    let name = name.trim_end_matches([' ', '\t']);
    let mut pairs: Vec<Pair<'_>> = Vec::with_capacity(8);
    if !name.is_empty() {
        check_name(name)?;
        pairs.push((METRIC_NAME.into(), name.into()));
    }
    read_pairs(rest, &mut pairs)?;
    if !pairs.iter().any(|(name, value)| name == METRIC_NAME && !value.is_empty()) {
        return Err("the sample has no metric name".to_owned());
    }
    let bound = match kind {
        MetricKind::Histogram => "le",
        MetricKind::Summary => "quantile",
        _ => return Ok(pairs),
    };
    for (_, value) in pairs.iter_mut().filter(|(name, _)| name == bound) {
        if let Some(canonical) = number::canonical(value) {
            *value = canonical.into();
        }
    }
    Ok(pairs)
}

/// The text of an exemplar's labels, braces included.
pub fn write_exemplar<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = "{".to_owned();
    for (name, value) in labels {
        if text.len() > 1 {
            text.push(',');
        }
        push_quoted(&mut text, name);
        text.push('=');
        push_quoted(&mut text, value);
    }
    text.push('}');
    text
}

/// Reads the labels of an exemplar, braces included.
pub fn exemplar_labels(text: &str) -> Result<Vec<Pair<'_>>, String> {
    let mut pairs = Vec::new();
    read_pairs(text.strip_prefix('{').unwrap_or(text), &mut pairs)?;
    Ok(pairs)
}

/// Reads `a="b",c="d"}`; a quoted text without `=` is the metric's name. Prometheus text may lack the commas.
fn read_pairs<'a>(mut rest: &'a str, pairs: &mut Vec<Pair<'a>>) -> Result<(), String> {
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if rest.is_empty() || rest.starts_with('}') {
            return Ok(());
        }
        let (name, quoted) = if rest.starts_with('"') {
            (take_quoted(&mut rest)?, true)
        } else {
            let end = rest.find(['=', ' ', '\t', ',', '}']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            rest = after;
            (name.into(), false)
        };
        rest = rest.trim_start_matches([' ', '\t']);
        let pair = match rest.strip_prefix('=') {
            Some(after) => {
                if !quoted && !is_label_name(&name) {
                    return Err(format!("invalid label name {name:?}"));
                }
                rest = after.trim_start_matches([' ', '\t']);
                (name, take_quoted(&mut rest)?)
            }
            None if quoted => (METRIC_NAME.into(), name),
            None => return Err(format!("label {name:?} has no value")),
        };
        if pair.0.is_empty() {
            return Err("the name of a label must not be empty".to_owned());
        }
        if pairs.iter().any(|(name, _)| *name == pair.0) {
            return Err(format!("label {:?} appears twice", pair.0));
        }
        pairs.push(pair);
        rest = rest.trim_start_matches([' ', '\t']);
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
}

/// A text in quotes without them, its escapes resolved.
pub fn unquoted(mut text: &str) -> Result<Cow<'_, str>, String> {
    take_quoted(&mut text)
}

/// Takes a text in quotes from the front and resolves `\\`, `\"` and `\n`.
fn take_quoted<'a>(rest: &mut &'a str) -> Result<Cow<'a, str>, String> {
    let inner = rest.strip_prefix('"').ok_or_else(|| format!("expected a quoted value, found {:?}", shorten(rest)))?;
    let end = inner.find(['"', '\\']).ok_or("the closing quote of a label value is missing")?;
    if inner.as_bytes()[end] == b'"' {
        *rest = &inner[end + 1..];
        return Ok(inner[..end].into());
    }
    let mut plain = inner[..end].to_owned();
    let mut characters = inner[end..].char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => {
                *rest = &inner[end + at + 1..];
                return Ok(plain.into());
            }
            '\\' => match characters.next() {
                Some((_, 'n')) => plain.push('\n'),
                Some((_, same @ ('"' | '\\'))) => plain.push(same),
                Some((_, other)) => plain.extend(['\\', other]),
                None => break,
            },
            other => plain.push(other),
        }
    }
    Err("the closing quote of a label value is missing".to_owned())
}

fn check_name(name: &str) -> Result<(), String> {
    if is_metric_name(name) { Ok(()) } else { Err(format!("invalid metric name {:?}", shorten(name))) }
}

/// The beginning of a text, for a message.
fn shorten(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(at, _)| &text[..at])
}
