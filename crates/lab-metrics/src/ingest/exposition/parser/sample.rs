//! The line of a sample: its series, value and timestamp, and in OpenMetrics an exemplar.

use crate::ingest::exposition::format::Format;
use crate::ingest::exposition::line::{ExemplarText, LineValue, SampleLine};
use crate::ingest::exposition::number;
use crate::ingest::exposition::parser::scanner::{Scanner, is_blank};
use crate::model::metadata::MetricKind;

/// The furthest time, in seconds, that fits into milliseconds and leaves room to calculate.
const FURTHEST: f64 = 9e15;

/// Takes a line up to its end; `kind` is the type of the family that it stands under.
pub(super) fn sample<'a>(scan: &mut Scanner<'a>, kind: MetricKind) -> Result<SampleLine<'a>, String> {
    let series = series(scan)?;
    let value = LineValue::Number(value(scan, "sample")?);
    let timestamp = match scan.format {
        Format::PrometheusText => whole_timestamp(scan)?,
        Format::OpenMetrics => timestamp(scan)?,
    };
    let mut exemplars = Vec::new();
    if scan.format == Format::OpenMetrics && scan.sees(" #") {
        exemplars.push(exemplar(scan)?);
    }
    scan.skip_blanks();
    if !scan.is_at_line_end() {
        return Err(format!("unexpected {:?} after the timestamp", scan.shown().trim_start_matches(is_blank)));
    }
    Ok(SampleLine { series: series.into(), kind, value, timestamp, exemplars })
}

/// Takes name and labels, which are given back as they stand.
fn series<'a>(scan: &mut Scanner<'a>) -> Result<&'a str, String> {
    let start = scan.at();
    let is_named = !scan.name(true).is_empty();
    let mut end = scan.at();
    if !is_named && !scan.sees("{") || is_named && !scan.rest().starts_with(['{', ' ', '\t']) {
        let line = scan.between(start, end).to_owned() + scan.shown();
        return Err(match line.split_once(['{', ' ', '\t']) {
            Some((name, _)) => format!("invalid metric name {name:?}"),
            None => format!("{line:?} is not a sample"),
        });
    }
    scan.skip_blanks();
    if scan.take("{") {
        let has_name = labels(scan, is_named)?;
        if !has_name {
            return Err("the sample has no metric name".to_owned());
        }
        end = scan.at();
    }
    Ok(scan.between(start, end))
}

/// Takes labels behind their opening brace; true if the metric has a name, which may stand among them in quotes.
fn labels(scan: &mut Scanner<'_>, mut is_named: bool) -> Result<bool, String> {
    scan.skip_blanks();
    while !scan.take("}") {
        let (name, is_quoted) = label_name(scan, true)?;
        if is_quoted && (scan.sees(",") || scan.sees("}")) {
            if is_named {
                return Err(format!("{name} is a second metric name"));
            }
            is_named = true;
            if scan.take(",") {
                scan.skip_blanks();
            }
            continue;
        }
        label_value(scan, name)?;
    }
    Ok(is_named)
}

/// Takes a name and the blanks behind it; true if it stands in quotes.
fn label_name<'a>(scan: &mut Scanner<'a>, may_hold_lines: bool) -> Result<(&'a str, bool), String> {
    let is_quoted = scan.sees("\"");
    let name = if is_quoted { scan.quoted(may_hold_lines)? } else { scan.name(false) };
    if name.is_empty() {
        return Err(match scan.shown() {
            "" => "the closing brace of the labels is missing".to_owned(),
            found => format!("expected the name of a label or a closing brace, found {found:?}"),
        });
    }
    scan.skip_blanks();
    Ok((name, is_quoted))
}

/// Takes the sign, the value of a label, and a comma behind it, which Prometheus text does not insist on.
fn label_value(scan: &mut Scanner<'_>, name: &str) -> Result<(), String> {
    if !scan.take("=") {
        return Err(format!("label {:?} has no value", name.trim_matches('"')));
    }
    scan.skip_blanks();
    scan.quoted(scan.format == Format::PrometheusText)?;
    scan.skip_blanks();
    if scan.take(",") {
        scan.skip_blanks();
    } else if scan.format == Format::OpenMetrics && !scan.sees("}") {
        return Err(match scan.shown() {
            "" => "the closing brace of the labels is missing".to_owned(),
            found => format!("expected a comma or the closing brace behind a label, found {found:?}"),
        });
    }
    Ok(())
}

/// Takes a number; OpenMetrics has exactly one space before it.
fn value(scan: &mut Scanner<'_>, of: &str) -> Result<f64, String> {
    let open_metrics = scan.format == Format::OpenMetrics;
    if open_metrics && scan.sees(" {") {
        return Err("there is a space between the metric name and its labels".to_owned());
    }
    scan.skip_blanks();
    if scan.is_at_line_end() {
        return Err(format!("a {of} without a value"));
    }
    if open_metrics && !scan.take(" ") {
        return Err(format!("expected a space and the value, found {:?}", scan.shown()));
    }
    let word = if open_metrics {
        scan.take_while(|c| !matches!(c, ' ' | '\n'))
    } else {
        scan.take_while(|c| !matches!(c, '{' | ' ' | '\t' | '\n'))
    };
    let what = if of == "sample" { "" } else { "exemplar " };
    number::parse(word).ok_or_else(|| format!("invalid {what}value {word:?}"))
}

/// Milliseconds without a sign.
fn whole_timestamp(scan: &mut Scanner<'_>) -> Result<Option<i64>, String> {
    scan.skip_blanks();
    if scan.is_at_line_end() {
        return Ok(None);
    }
    let word = scan.take_while(|c| !matches!(c, ' ' | '\t' | '\n'));
    let digits = Some(word).filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
    let time = digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| format!("invalid timestamp {word:?}"))?;
    Ok(Some(time))
}

/// Seconds with a fraction, behind exactly one space; what is less than a millisecond is cut off, as Prometheus does it.
fn timestamp(scan: &mut Scanner<'_>) -> Result<Option<i64>, String> {
    if scan.sees(" #") || !scan.take(" ") {
        return Ok(None);
    }
    let word = scan.take_while(|c| !matches!(c, ' ' | '\n'));
    let seconds = number::parse(word).filter(|seconds| seconds.is_finite());
    let seconds = seconds.ok_or_else(|| format!("invalid timestamp {word:?}"))?;
    Ok(Some((seconds.clamp(-FURTHEST, FURTHEST) * 1000.0) as i64))
}

/// Takes the exemplar behind a sample.
fn exemplar<'a>(scan: &mut Scanner<'a>) -> Result<ExemplarText<'a>, String> {
    if !scan.take(" # ") || !scan.sees("{") {
        return Err("the exemplar has no labels".to_owned());
    }
    let start = scan.at();
    scan.take("{");
    while !scan.take("}") {
        let (name, _) = label_name(scan, false)?;
        label_value(scan, name)?;
    }
    let labels = scan.between(start, scan.at()).into();
    let value = value(scan, "exemplar")?;
    let timestamp = timestamp(scan)?;
    if !scan.is_at_line_end() {
        return Err(format!("unexpected {:?} after the exemplar", scan.shown().trim_start_matches(is_blank)));
    }
    Ok(ExemplarText { labels, value, timestamp })
}
