//! How many bytes the lines of streams have, from what the store knows of its chunks without reading lines. The bytes of a
//! chunk are spread evenly over its time, so that all but whole chunks are estimates.

use std::collections::HashMap;

use lab_model::{Labels, LabelsBuilder, Matcher, MemoryError, QueryMemory};

use crate::store::select::{Part, Selection};

/// By what volumes are told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// By these labels of the streams; by all of them if there are none.
    Series(Vec<String>),
    /// By the names of labels, whatever their values; those of these names, or all.
    Names(Vec<String>),
}

impl By {
    /// What is told apart unless the question names labels: the labels that its selector speaks of.
    pub fn matchers(matchers: &[Matcher]) -> Self {
        let mut names: Vec<String> = matchers.iter().map(|matcher| matcher.name.clone()).collect();
        names.sort();
        names.dedup();
        Self::Series(names)
    }

    /// The sets under which the bytes of a stream count.
    fn keys(&self, stream: &Labels) -> Vec<Labels> {
        let is_wanted = |names: &[String], name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
        match self {
            Self::Series(names) => vec![stream.filtered(|name| is_wanted(names, name))],
            Self::Names(names) => {
                let wanted = stream.iter().filter(|label| is_wanted(names, &label.name));
                wanted.map(|label| without_value(&label.name)).collect()
            }
        }
    }
}

/// A label without a value: the answer names the label alone.
fn without_value(name: &str) -> Labels {
    let mut builder = LabelsBuilder::default();
    builder.keep(name, "");
    builder.build()
}

/// A part of time (ns), and the time under which its bytes are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Where it begins.
    pub from: i64,
    /// The first time that does not belong to it.
    pub to: i64,
    /// The time that the answer names.
    pub at: i64,
}

/// The whole of a range as one bucket.
pub fn whole(start: i64, end: i64) -> Vec<Bucket> {
    vec![Bucket { from: start, to: end, at: end }]
}

/// Buckets that end at multiples of the step, and are answered a millisecond before, as in Loki.
pub fn steps(start: i64, end: i64, step: i64) -> Vec<Bucket> {
    const MILLISECOND: i64 = 1_000_000;
    let mut buckets = Vec::new();
    let mut from = start;
    loop {
        let to = from.div_euclid(step).saturating_add(1).saturating_mul(step);
        if to >= end {
            buckets.push(Bucket { from, to: end, at: end });
            return buckets;
        }
        buckets.push(Bucket { from, to, at: to - MILLISECOND });
        from = to;
    }
}

/// Labels, and their bytes by bucket.
pub type Volume = (Labels, Vec<f64>);

/// The volumes of a selection, the largest first.
pub fn volumes(
    selection: &Selection,
    by: &By,
    buckets: &[Bucket],
    memory: &QueryMemory,
) -> Result<Vec<Volume>, MemoryError> {
    let mut found: HashMap<Labels, Vec<f64>> = HashMap::new();
    let keys: Vec<Vec<Labels>> = selection.streams.iter().map(|stream| by.keys(stream)).collect();
    for part in &selection.parts {
        for key in &keys[part.stream] {
            if !found.contains_key(key) {
                memory.take(buckets.len().saturating_mul(size_of::<f64>()) + key.own_bytes())?;
            }
            let bytes = found.entry(key.clone()).or_insert_with(|| vec![0.0; buckets.len()]);
            for (at, (bytes, bucket)) in bytes.iter_mut().zip(buckets).enumerate() {
                *bytes += part_of(part, *bucket, at + 1 == buckets.len());
            }
        }
    }
    let mut volumes: Vec<Volume> = found.into_iter().collect();
    let total = |volume: &Volume| volume.1.iter().sum::<f64>();
    volumes.sort_by(|a, b| total(b).total_cmp(&total(a)).then_with(|| a.0.cmp(&b.0)));
    Ok(volumes)
}

/// The bytes of a part that fall into a bucket. The last bucket holds its end, too.
fn part_of(part: &Part, bucket: Bucket, is_last: bool) -> f64 {
    if part.first == part.last {
        let is_within = (bucket.from..bucket.to).contains(&part.first) || (is_last && part.first == bucket.to);
        return if is_within { part.bytes as f64 } else { 0.0 };
    }
    let span = (part.last - part.first) as f64;
    let overlap = part.last.min(bucket.to).saturating_sub(part.first.max(bucket.from));
    part.bytes as f64 * (overlap as f64 / span).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Entry;

    #[test]
    fn buckets_end_at_multiples_of_the_step_and_at_the_end() {
        let second = 1_000_000_000;
        let at: Vec<i64> =
            steps(5 * second, 25 * second, 10 * second).iter().map(|bucket| bucket.at / 1_000_000).collect();
        assert_eq!(at, [9_999, 19_999, 25_000]);
        assert_eq!(steps(0, 10, 10), [Bucket { from: 0, to: 10, at: 10 }]);
    }

    #[test]
    fn a_line_on_the_border_of_two_buckets_counts_once() {
        let line = Entry::new(60, "0123456789");
        for (time, expected) in [(0, [10.0, 0.0]), (60, [0.0, 10.0]), (120, [0.0, 10.0])] {
            let part = Part::in_memory(0, vec![Entry { timestamp: time, ..line.clone() }]).expect("a part");
            let buckets = steps(0, 120, 60);
            let bytes: Vec<f64> = (0..2).map(|at| part_of(&part, buckets[at], at == 1)).collect();
            assert_eq!(bytes, expected, "at {time}");
        }
    }

    #[test]
    fn a_stream_counts_under_its_wanted_labels_or_under_the_names_of_all_of_them() {
        let stream = Labels::from_pairs([("app", "a"), ("env", "x")]);
        let shown = |by: By| by.keys(&stream).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(shown(By::Series(vec!["env".into()])), [r#"{env="x"}"#]);
        assert_eq!(shown(By::Series(Vec::new())), [r#"{app="a", env="x"}"#]);
        assert_eq!(shown(By::Names(Vec::new())), [r#"{app=""}"#, r#"{env=""}"#]);
    }
}
