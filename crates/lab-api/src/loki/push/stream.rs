//! A stream as it was pushed, and the check of its labels.

use lab_logs::Entry;
use lab_metrics::selector;
use lab_model::labels::is_label_name;
use lab_model::{Labels, LabelsBuilder, MatchOp};

use crate::error::PlainError;

/// A stream as it was pushed.
pub(crate) struct PushedStream {
    pub(crate) labels: Labels,
    pub(crate) entries: Vec<Entry>,
}

/// A label set as the protobuf form writes it: `{app="a"}`. Quotes of any kind, a comma at the end and a name in front are
/// read as Prometheus reads them.
pub(crate) fn labels_of(text: &str) -> Result<Labels, PlainError> {
    if matches!(text.trim(), "" | "{}") {
        return Ok(Labels::empty());
    }
    let fail = |reason: String| PlainError::bad_request(format!("couldn't parse labels: {reason}"));
    let matchers = selector::parse(text).map_err(|error| fail(error.to_string()))?;
    if matchers.iter().any(|matcher| matcher.op != MatchOp::Equal) {
        return Err(fail(format!("{text:?} is not a label set")));
    }
    labels_from(matchers.into_iter().map(|matcher| (matcher.name, matcher.value)).collect())
}

/// A label set from pairs, refused as Loki's parser of `{…}` would refuse it.
pub(crate) fn labels_from(pairs: Vec<(String, String)>) -> Result<Labels, PlainError> {
    let mut builder = LabelsBuilder::default();
    let mut before = 1;
    let mut sorted = pairs;
    sorted.sort();
    for (name, value) in sorted {
        if !is_label_name(&name) {
            let good = |(at, c): (usize, char)| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit());
            let at = name.chars().enumerate().position(|each| !good(each)).unwrap_or(0);
            let bad = name.chars().nth(at).unwrap_or('=');
            return Err(PlainError::bad_request(format!(
                "couldn't parse labels: 1:{}: parse error: unexpected character inside braces: '{bad}'",
                before + at + 1
            )));
        }
        before += name.chars().count() + format!("={value:?}, ").chars().count();
        builder.set(name, value);
    }
    Ok(builder.build())
}
