//! Parses a body of text line by line.

use crate::ingest::exposition::format::{ExpositionError, Format, Place};
use crate::ingest::exposition::line::{ExemplarText, Line, LineValue, SampleLine};
use crate::ingest::exposition::number;
use crate::ingest::exposition::series_text::{self, end_of_labels, end_of_series};
use crate::model::metadata::MetricKind;

/// Parses a body; each item is a line that is neither empty nor a plain comment, or the error that ends the parsing.
#[derive(Debug)]
pub struct Parser<'a> {
    rest: &'a str,
    format: Format,
    /// The line that was read last, from 1.
    line: usize,
    /// The type that the last `# TYPE` gave.
    kind: MetricKind,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    /// True after the line `# EOF`.
    Ended,
    /// True after an error and at the end.
    Done,
}

impl<'a> Parser<'a> {
    /// Begins with `body`, which is refused at once if it is not UTF-8.
    pub fn new(body: &'a [u8], format: Format) -> Result<Self, ExpositionError> {
        let rest = std::str::from_utf8(body).map_err(|error| ExpositionError {
            place: Place::Line(body[..error.valid_up_to()].split(|byte| *byte == b'\n').count()),
            reason: "invalid UTF-8".to_owned(),
        })?;
        Ok(Self { rest, format, line: 0, kind: MetricKind::Unknown, state: State::Reading })
    }

    /// The line that was read last, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    fn next_line(&mut self) -> Result<Option<Line<'a>>, String> {
        while !self.rest.is_empty() {
            self.line += 1;
            let (text, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            self.rest = rest;
            let open_metrics = self.format == Format::OpenMetrics;
            if self.state == State::Ended {
                return Err("unexpected data after # EOF".to_owned());
            }
            if open_metrics && text == "# EOF" {
                self.state = State::Ended;
            } else if let Some(comment) = text.trim_start_matches([' ', '\t']).strip_prefix('#') {
                if let Some(line) = self.comment(comment)? {
                    return Ok(Some(line));
                }
            } else if !text.trim_matches([' ', '\t']).is_empty() {
                return self.sample(text).map(|sample| Some(Line::Sample(sample)));
            } else if open_metrics {
                return Err("empty line".to_owned());
            }
        }
        let cut = self.format == Format::OpenMetrics && self.state == State::Reading;
        if cut {
            self.line += 1;
            return Err("the body does not end with # EOF".to_owned());
        }
        Ok(None)
    }

    fn comment(&mut self, comment: &'a str) -> Result<Option<Line<'a>>, String> {
        let comment = comment.trim_start_matches([' ', '\t']);
        let (keyword, rest) = comment.split_once([' ', '\t']).unwrap_or((comment, ""));
        if !matches!(keyword, "HELP" | "TYPE" | "UNIT") || (keyword == "UNIT" && self.format != Format::OpenMetrics) {
            return Ok(None);
        }
        let rest = rest.trim_start_matches([' ', '\t']);
        let (name, text) = family(rest).ok_or_else(|| format!("{keyword} without a metric name"))?;
        Ok(Some(match keyword {
            "HELP" => Line::Help { name: name.into(), text: unescape_help(text, self.format) },
            "TYPE" => {
                let kind = text.trim_end_matches([' ', '\t']);
                self.kind = kind.parse().map_err(|()| format!("invalid metric type {kind:?}"))?;
                Line::Type { name: name.into(), kind: self.kind }
            }
            _ => Line::Unit { name: name.into(), unit: text.into() },
        }))
    }

    fn sample(&self, text: &'a str) -> Result<SampleLine<'a>, String> {
        let text = text.trim_start_matches([' ', '\t']);
        let end = end_of_series(text)?;
        let (series, rest) = text.split_at(end);
        if self.format == Format::OpenMetrics && series_text::has_blank_before_labels(series) {
            return Err("there is a space between the metric name and its labels".to_owned());
        }
        let (rest, exemplars) = match rest.split_once('#') {
            Some((rest, exemplar)) if self.format == Format::OpenMetrics => (rest, vec![self.exemplar(exemplar)?]),
            _ => (rest, Vec::new()),
        };
        let mut words = rest.split([' ', '\t']).filter(|word| !word.is_empty());
        let value = words.next().ok_or("a sample without a value")?;
        let value = number::parse(value).ok_or_else(|| format!("invalid value {value:?}"))?;
        let timestamp = words.next().map(|word| self.timestamp(word)).transpose()?;
        if let Some(more) = words.next() {
            return Err(format!("unexpected {more:?} after the timestamp"));
        }
        Ok(SampleLine { series: series.into(), kind: self.kind, value: LineValue::Number(value), timestamp, exemplars })
    }

    /// The exemplar that follows the `#` after a sample.
    fn exemplar(&self, text: &'a str) -> Result<ExemplarText<'a>, String> {
        let text = text.trim_start_matches(' ');
        if !text.starts_with('{') {
            return Err("the exemplar has no labels".to_owned());
        }
        let (labels, rest) = text.split_at(end_of_labels(text)?);
        let mut words = rest.split(' ').filter(|word| !word.is_empty());
        let value = words.next().ok_or("an exemplar without a value")?;
        let value = number::parse(value).ok_or_else(|| format!("invalid exemplar value {value:?}"))?;
        let timestamp = words.next().map(|word| self.timestamp(word)).transpose()?;
        match words.next() {
            Some(more) => Err(format!("unexpected {more:?} after the exemplar")),
            None => Ok(ExemplarText { labels: labels.into(), value, timestamp }),
        }
    }

    /// Milliseconds in Prometheus text, seconds with a fraction in OpenMetrics.
    fn timestamp(&self, word: &str) -> Result<i64, String> {
        let invalid = || format!("invalid timestamp {word:?}");
        match self.format {
            Format::PrometheusText => word.parse().map_err(|_| invalid()),
            Format::OpenMetrics => {
                let seconds = number::parse(word).filter(|seconds| seconds.abs() < 1e12).ok_or_else(invalid)?;
                Ok((seconds * 1000.0).round() as i64)
            }
        }
    }
}

impl<'a> Iterator for Parser<'a> {
    type Item = Result<Line<'a>, ExpositionError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Done {
            return None;
        }
        let item = self.next_line().map_err(|reason| ExpositionError { place: Place::Line(self.line), reason });
        if !matches!(item, Ok(Some(_))) {
            self.state = State::Done;
        }
        item.transpose()
    }
}

/// The family's name, quoted or not, and what follows it.
fn family(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => text.split_once([' ', '\t']).unwrap_or((text, "")),
    };
    (!name.is_empty()).then(|| (name, rest.trim_start_matches([' ', '\t'])))
}

/// `\\` and `\n` everywhere, `\"` in OpenMetrics.
fn unescape_help(text: &str, format: Format) -> String {
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
