//! Classic histograms of a text as native ones with custom bounds (`convert_classic_histograms_to_nhcb`).

use std::collections::VecDeque;

use lab_histogram::Classic;
use lab_model::labels::METRIC_NAME;

use crate::ingest::exposition::format::ExpositionError;
use crate::ingest::exposition::line::{ExemplarText, Line, LineValue, SampleLine};
use crate::ingest::exposition::parser::Parser;
use crate::ingest::exposition::{number, series_text};
use crate::model::metadata::MetricKind;

/// Reads a text and puts a native histogram in the place of the lines of each classic one. Lines that make no histogram,
/// because their counts fall for example, stay what they are.
#[derive(Debug)]
pub struct CustomBounds<'a> {
    parser: Parser<'a>,
    keeps_classic: bool,
    /// The family of the last `# TYPE`, if it is of histograms.
    family: Option<String>,
    /// The lines of the histogram at hand.
    group: Option<Group<'a>>,
    ready: VecDeque<Line<'a>>,
}

/// The lines of one classic histogram.
#[derive(Debug)]
struct Group<'a> {
    /// The series that the native histogram gets, as text.
    series: String,
    classic: Classic,
    lines: Vec<SampleLine<'a>>,
}

/// What a line says of its histogram.
enum Part {
    Bucket(f64),
    Count,
    Sum,
}

impl<'a> CustomBounds<'a> {
    pub(crate) fn new(parser: Parser<'a>, keeps_classic: bool) -> Self {
        Self { parser, keeps_classic, family: None, group: None, ready: VecDeque::new() }
    }

    /// The line that was read last, from 1.
    pub(crate) fn line(&self) -> usize {
        self.parser.line()
    }

    fn take(&mut self, line: Line<'a>) {
        let Line::Sample(sample) = line else {
            self.finish();
            if let Line::Type { name, kind } = &line {
                self.family = (*kind == MetricKind::Histogram).then(|| name.clone().into_owned());
            }
            return self.ready.push_back(line);
        };
        let part = self.family.as_deref().and_then(|family| part(family, &sample.series));
        let (Some((part, series)), Some(value)) = (part, sample.value.number()) else {
            self.finish();
            return self.ready.push_back(Line::Sample(sample));
        };
        if self.group.as_ref().is_some_and(|group| group.series != series) {
            self.finish();
        }
        let group = self.group.get_or_insert_with(|| Group { series, classic: Classic::default(), lines: Vec::new() });
        match part {
            Part::Bucket(bound) => group.classic.bucket(bound, value),
            Part::Count => group.classic.count(value),
            Part::Sum => group.classic.sum(value),
        }
        group.lines.push(sample);
    }

    /// Ends the histogram at hand.
    fn finish(&mut self) {
        let Some(Group { series, classic, lines }) = self.group.take() else { return };
        let native = classic.convert().ok().filter(|native| native.check().is_ok());
        let is_converted = native.is_some();
        let timestamp = lines.iter().find_map(|line| line.timestamp);
        let of_all = lines.iter().flat_map(|line| &line.exemplars);
        // One without a time cannot be told from one that was there before.
        let exemplars: Vec<ExemplarText<'a>> = of_all.filter(|one| one.timestamp.is_some()).cloned().collect();
        if !is_converted || self.keeps_classic {
            self.ready.extend(lines.into_iter().map(Line::Sample));
        }
        if let Some(native) = native {
            let value = LineValue::Histogram(native.into());
            let kind = MetricKind::Histogram;
            self.ready.push_back(Line::Sample(SampleLine { series: series.into(), kind, value, timestamp, exemplars }));
        }
    }
}

impl<'a> Iterator for CustomBounds<'a> {
    type Item = Result<Line<'a>, ExpositionError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            match self.parser.next() {
                Some(Ok(line)) => self.take(line),
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    self.finish();
                    return self.ready.pop_front().map(Ok);
                }
            }
        }
        self.ready.pop_front().map(Ok)
    }
}

/// What a series says of a histogram of this family, and the histogram's own series; nothing if it is none of its lines.
fn part(family: &str, series: &str) -> Option<(Part, String)> {
    let pairs = series_text::labels(series, MetricKind::Unknown).ok()?;
    let name = &pairs.iter().find(|(name, _)| name == METRIC_NAME)?.1;
    let part = match name.strip_prefix(family)? {
        "_bucket" => Part::Bucket(number::parse(&pairs.iter().find(|(name, _)| name == "le")?.1)?),
        "_count" => Part::Count,
        "_sum" => Part::Sum,
        _ => return None,
    };
    if matches!(part, Part::Bucket(bound) if bound.is_nan()) {
        return None;
    }
    let others = pairs.iter().filter(|(name, _)| name != METRIC_NAME && name != "le");
    Some((part, series_text::write(family, others.map(|(name, value)| (&**name, &**value)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::exposition::format::Format;

    fn read(body: &str, keeps_classic: bool) -> Vec<String> {
        let parser = Parser::new(body.as_bytes(), Format::OpenMetrics);
        let show = |line| match line {
            Line::Sample(SampleLine { series, value, timestamp, exemplars, .. }) => {
                let value = match value {
                    LineValue::Number(number) => number.to_string(),
                    LineValue::Histogram(histogram) => histogram.to_string(),
                };
                format!("{series} {value} {timestamp:?} {}", exemplars.len())
            }
            Line::Type { name, kind } => format!("type {name} {kind}"),
            other => format!("{other:?}"),
        };
        CustomBounds::new(parser, keeps_classic).map(|line| show(line.expect("readable"))).collect()
    }

    const BODY: &str = concat!(
        "# TYPE h histogram\n",
        "h_bucket{a=\"1\",le=\"2\"} 3 5 # {x=\"1\"} 1 4\nh_bucket{le=\"+Inf\",a=\"1\"} 4 5 # {x=\"1\"} 1\n",
        "h_sum{a=\"1\"} 9 5\nh_count{a=\"1\"} 4 5\nh_bucket{a=\"2\",le=\"+Inf\"} 7\nh_created{a=\"2\"} 1\n",
        "# TYPE f histogram\nf_bucket{le=\"1\"} 3\nf_bucket{le=\"+Inf\"} 2\nf_count 2\n",
        "# TYPE g gauge\ng_bucket{le=\"1\"} 3\n# EOF\n",
    );

    #[test]
    fn the_lines_of_a_histogram_become_one() {
        let expected = [
            "type h histogram",
            "h{a=\"1\"} {count:4, sum:9, [-Inf,2]:3, (2,+Inf]:1} Some(5000) 1",
            "h{a=\"2\"} {count:7, sum:0, [-Inf,+Inf]:7} None 0",
            "h_created{a=\"2\"} 1 None 0",
            "type f histogram",
            // The counts fall: no histogram.
            "f_bucket{le=\"1\"} 3 None 0",
            "f_bucket{le=\"+Inf\"} 2 None 0",
            "f_count 2 None 0",
            "type g gauge",
            "g_bucket{le=\"1\"} 3 None 0",
        ];
        assert_eq!(read(BODY, false), expected);
    }

    #[test]
    fn the_classic_lines_may_stay() {
        let both = read(BODY, true);
        assert_eq!(both.len(), 10 + 5);
        assert_eq!(both[1..5].iter().filter(|line| line.starts_with("h_")).count(), 4);
        assert!(both[5].starts_with("h{a=\"1\"} {count:4"), "{}", both[5]);
    }
}
