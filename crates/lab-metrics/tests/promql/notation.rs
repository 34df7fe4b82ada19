//! Series in scripts: `metric{label="value"} 1 2+3x4 _ _x3 stale NaN`.

use lab_model::labels::METRIC_NAME;
use lab_model::{Labels, LabelsBuilder};

use crate::histogram::{self, Written};

/// What stands at one interval of a series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Missing,
    Value(f64),
    /// `{{…}}`, a native histogram.
    Native(Written),
}

/// Reads a line: labels and items. A line that is a single number has no labels.
pub(crate) fn series(line: &str) -> Option<(Labels, Vec<Item>)> {
    if let Ok(value) = line.parse::<f64>() {
        return Some((Labels::empty(), vec![Item::Value(value)]));
    }
    let end = labels_end(line)?;
    Some((labels(&line[..end])?, items(&line[end..])?))
}

fn labels_end(line: &str) -> Option<usize> {
    let mut quoted = false;
    let mut escaped = false;
    let mut braces = 0;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '{' if !quoted => braces += 1,
            '}' if !quoted => {
                braces -= 1;
                if braces == 0 {
                    return Some(at + 1);
                }
            }
            c if c.is_whitespace() && braces == 0 => {
                let opens = line[at..].trim_start().starts_with('{') && !line[at..].trim_start().starts_with("{{");
                if !opens {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn labels(text: &str) -> Option<Labels> {
    let (name, rest) = text.split_once('{').unwrap_or((text, "}"));
    let mut labels = LabelsBuilder::default();
    labels.set(METRIC_NAME, name.trim());
    let mut rest = rest.trim().strip_suffix('}')?.trim();
    while !rest.is_empty() {
        let (name, after) = if let Some(quoted) = rest.strip_prefix('"') {
            unquoted(quoted)?
        } else {
            let end = rest.find('=')?;
            (rest[..end].trim().to_owned(), &rest[end..])
        };
        let after = after.trim_start();
        if let Some(value) = after.strip_prefix('=') {
            let (value, after) = unquoted(value.trim_start().strip_prefix('"')?)?;
            labels.set(name, value);
            rest = after;
        } else {
            labels.set(METRIC_NAME, name);
            rest = after;
        }
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Some(labels.build())
}

/// The text up to the closing quote, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                other => value.push(other),
            },
            c => value.push(c),
        }
    }
    None
}

fn items(text: &str) -> Option<Vec<Item>> {
    let mut items = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = word_end(rest);
        item(&rest[..end], &mut items)?;
        rest = rest[end..].trim_start();
    }
    Some(items)
}

/// The end of the first word; spaces within `{{…}}` belong to it.
fn word_end(text: &str) -> usize {
    let mut braces = 0;
    let end = text.find(|c: char| {
        braces += i32::from(c == '{') - i32::from(c == '}');
        braces == 0 && c.is_whitespace()
    });
    end.unwrap_or(text.len())
}

fn item(word: &str, items: &mut Vec<Item>) -> Option<()> {
    if word.starts_with("{{") {
        items.extend(histogram::sequence(word)?.into_iter().map(Item::Native));
        return Some(());
    }
    let (value, times) = match word.rsplit_once('x') {
        Some((value, times)) => (value, Some(times.parse::<usize>().ok()?)),
        None => (word, None),
    };
    if value == "_" {
        items.extend(std::iter::repeat_n(Item::Missing, times.unwrap_or(1)));
        return Some(());
    }
    let count = times.map_or(1, |times| times + 1);
    if value == "stale" {
        items.extend(std::iter::repeat_n(Item::Value(lab_model::value::stale_nan()), count));
        return Some(());
    }
    let sign = value
        .char_indices()
        .skip(1)
        .find(|(at, c)| matches!(c, '+' | '-') && !matches!(value.as_bytes()[at - 1], b'e' | b'E'));
    let (first, growth) = match sign {
        Some((at, _)) => (value[..at].parse::<f64>().ok()?, value[at..].parse::<f64>().ok()?),
        None => (value.parse().ok()?, 0.0),
    };
    let mut current = first;
    for _ in 0..count {
        items.push(Item::Value(current));
        current += growth;
    }
    Some(())
}

#[test]
fn notation_expands() {
    let (labels, items) = series(r#"m{a="1, }", "b.c"="2"} 1+2x2 _x2 NaN -1-1x1 0x1"#).expect("valid");
    assert_eq!(labels.to_string(), r#"m{a="1, }", b.c="2"}"#);
    let values: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
    let expected =
        "Value(1.0) Value(3.0) Value(5.0) Missing Missing Value(NaN) Value(-1.0) Value(-2.0) Value(0.0) Value(0.0)";
    assert_eq!(values.join(" "), expected);
}
