//! Lines that begin with `#`: what is said about a metric family, the end of an OpenMetrics body, and plain comments.

use std::borrow::Cow;

use crate::ingest::exposition::format::Format;
use crate::ingest::exposition::line::Line;
use crate::ingest::exposition::parser::scanner::{Scanner, is_blank};
use crate::ingest::exposition::series_text;
use crate::model::metadata::MetricKind;

/// What such a line is.
#[derive(Debug)]
pub(super) enum Comment<'a> {
    /// Something about a family.
    Said(Line<'a>),
    /// `# EOF`, behind which nothing may follow.
    End,
    /// Anything else, of which nothing was taken but the sign.
    Plain,
}

/// Takes a line up to its end.
pub(super) fn comment<'a>(scan: &mut Scanner<'a>) -> Result<Comment<'a>, String> {
    let is_open_metrics = scan.format == Format::OpenMetrics;
    if is_open_metrics && scan.take("# EOF") {
        return Ok(Comment::End);
    }
    let keyword = if is_open_metrics { Some(open_metrics_keyword(scan)?) } else { keyword(scan) };
    let Some(keyword) = keyword else { return Ok(Comment::Plain) };
    let name = family(scan).ok_or_else(|| format!("{keyword} without a valid metric name: {:?}", scan.shown()))?;
    let text = text(scan).ok_or_else(|| format!("{keyword} of {name:?} without a text"))?;
    Ok(Comment::Said(match keyword {
        "HELP" => Line::Help { text: unescaped(text, scan.format), name },
        "TYPE" => {
            let kind = kind(text, scan.format).ok_or_else(|| format!("invalid metric type {text:?}"))?;
            Line::Type { name, kind }
        }
        _ => {
            let is_suffix = name.strip_suffix(text).is_some_and(|before| before.ends_with('_'));
            if !text.is_empty() && !is_suffix {
                return Err(format!("the unit {text:?} is not a suffix of the metric name {name:?}"));
            }
            Line::Unit { name, unit: text.into() }
        }
    }))
}

/// The keyword, with any blanks around it; without it the line is a plain comment, as is one without a blank behind `#`.
fn keyword(scan: &mut Scanner<'_>) -> Option<&'static str> {
    scan.take("#");
    if scan.take_while(is_blank).is_empty() {
        return None;
    }
    let found = ["HELP", "TYPE"]
        .into_iter()
        .find(|word| scan.rest().strip_prefix(word).is_some_and(|behind| behind.starts_with(is_blank)))?;
    scan.take(found);
    scan.skip_blanks();
    Some(found)
}

/// OpenMetrics has no plain comments.
fn open_metrics_keyword(scan: &mut Scanner<'_>) -> Result<&'static str, String> {
    for (begin, keyword) in [("# HELP ", "HELP"), ("# TYPE ", "TYPE"), ("# UNIT ", "UNIT")] {
        if scan.take(begin) {
            return Ok(keyword);
        }
    }
    Err(format!(
        "{:?} is neither # HELP, # TYPE, # UNIT nor # EOF, and OpenMetrics has no other comments",
        scan.shown()
    ))
}

/// The family's name, in quotes or not.
fn family<'a>(scan: &mut Scanner<'a>) -> Option<Cow<'a, str>> {
    if scan.sees("\"") {
        return series_text::unquoted(scan.quoted(true).ok()?).ok();
    }
    let name = scan.name(true);
    (!name.is_empty()).then(|| name.into())
}

/// What stands behind the name, without the one sign that separates them. Prometheus text may end behind the name.
fn text<'a>(scan: &mut Scanner<'a>) -> Option<&'a str> {
    let rest = scan.take_while(|c| c != '\n');
    match scan.format {
        Format::PrometheusText if rest.trim_matches(is_blank).is_empty() => Some(""),
        Format::PrometheusText => rest.get(1..),
        Format::OpenMetrics => rest.strip_prefix(' '),
    }
}

/// Each format has some words of its own.
fn kind(text: &str, format: Format) -> Option<MetricKind> {
    let only_open_metrics = ["gaugehistogram", "info", "stateset", "unknown"].contains(&text);
    let is_other = match format {
        Format::PrometheusText => only_open_metrics,
        Format::OpenMetrics => text == "untyped",
    };
    text.parse().ok().filter(|_| !is_other)
}

/// `\\` and `\n` everywhere, `\"` in OpenMetrics.
fn unescaped(text: &str, format: Format) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('\\') => plain.push('\\'),
            Some('"') if format == Format::OpenMetrics => plain.push('"'),
            other => {
                plain.push('\\');
                plain.extend(other);
            }
        }
    }
    plain
}
