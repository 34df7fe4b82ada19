//! Native histograms in scripts: `{{schema:0 count:3 sum:4.5 buckets:[1 2]}}`, growing by `+{{…}}x3`.

use std::sync::Arc;

use lab_histogram::{Buckets, CounterReset, Histogram, Schema};

/// A histogram as a script writes it.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) histogram: Arc<Histogram>,
    /// Whether it says what is known about a reset.
    pub(crate) says_reset: bool,
}

impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        self.says_reset == other.says_reset && self.histogram.is_same(&other.histogram)
    }
}

/// Reads a word of histograms: one, the same several times, or growing ones.
pub(crate) fn sequence(word: &str) -> Option<Vec<Written>> {
    let end = word.find("}}")? + 2;
    let (first, says_reset) = one(&word[..end])?;
    let rest = &word[end..];
    let (growth, times) = match rest.as_bytes().first() {
        None => (None, 0),
        Some(b'x') => (None, rest[1..].parse().ok()?),
        Some(sign @ (b'+' | b'-')) => {
            let (growth, times) = rest[1..].rsplit_once('x')?;
            (Some((one(growth)?.0, *sign == b'-')), times.parse().ok()?)
        }
        _ => return None,
    };
    let mut all = vec![first];
    for _ in 0..times {
        let mut next = all.last()?.clone();
        if let Some((growth, is_minus)) = &growth {
            let combined = if *is_minus { next.subtract(growth) } else { next.add(growth) };
            combined.ok()?;
        }
        all.push(next);
    }
    Some(all.into_iter().map(|histogram| Written { histogram: Arc::new(histogram), says_reset }).collect())
}

/// Reads one histogram, braces and all, and whether it says what is known about a reset.
fn one(text: &str) -> Option<(Histogram, bool)> {
    let inside = text.strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let mut histogram = Histogram::empty(Schema::Exponential(0));
    let (mut schema, mut bounds, mut says_reset) = (0, Vec::new(), false);
    let (mut positive, mut negative) = ((0, Vec::new()), (0, Vec::new()));
    for field in fields(inside) {
        let (name, value) = field.split_once(':')?;
        match name {
            "schema" => schema = value.parse().ok()?,
            "count" => histogram.count = number(value)?,
            "sum" => histogram.sum = number(value)?,
            "z_bucket" => histogram.zero_count = number(value)?,
            "z_bucket_w" => histogram.zero_threshold = number(value)?,
            "custom_values" => bounds = numbers(value)?,
            "buckets" => positive.1 = numbers(value)?,
            "offset" => positive.0 = value.parse().ok()?,
            "n_buckets" => negative.1 = numbers(value)?,
            "n_offset" => negative.0 = value.parse().ok()?,
            "counter_reset_hint" => {
                says_reset = true;
                histogram.reset = match value {
                    "reset" => CounterReset::Reset,
                    "not_reset" => CounterReset::NotReset,
                    "gauge" => CounterReset::Gauge,
                    _ => CounterReset::Unknown,
                };
            }
            _ => return None,
        }
    }
    histogram.schema = if schema == -53 { Schema::Custom(bounds.into()) } else { Schema::Exponential(schema) };
    let buckets = |(offset, counts): (i32, Vec<f64>)| Buckets::from_pairs((offset..).zip(counts));
    (histogram.positive, histogram.negative) = (buckets(positive), buckets(negative));
    Some((histogram, says_reset))
}

/// Fields are separated by blanks, except within brackets.
fn fields(text: &str) -> Vec<&str> {
    let (mut fields, mut start, mut is_within) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        is_within = c == '[' || (is_within && c != ']');
        if c.is_whitespace() && !is_within {
            fields.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    }
    fields.push(&text[start..]);
    fields.into_iter().filter(|field| !field.is_empty()).collect()
}

fn numbers(text: &str) -> Option<Vec<f64>> {
    text.strip_prefix('[')?.strip_suffix(']')?.split_whitespace().map(number).collect()
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}
