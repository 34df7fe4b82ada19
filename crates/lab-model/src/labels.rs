//! Label sets: the identity of a series (metrics) and of a stream (logs).
//!
//! A set is sorted by name, holds each name once and no empty value: an empty value means "no such
//! label", as in the Prometheus data model.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// The label that holds a metric's name.
pub const METRIC_NAME: &str = "__name__";
/// The labels in which Prometheus writes what type a metric has and in which unit it counts, if it is asked to.
const METRIC_TYPE_AND_UNIT: [&str; 2] = ["__type__", "__unit__"];
/// The longest value, in bytes, that a query may give a label.
pub const LONGEST_VALUE: usize = 1 << 20;

/// Whether a label belongs to the metric, so that it goes where the metric's name goes.
pub fn is_about_metric(name: &str) -> bool {
    name.starts_with("__") && (name == METRIC_NAME || METRIC_TYPE_AND_UNIT.contains(&name))
}

/// One name and its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label {
    /// The label's name, for example `job`.
    pub name: Arc<str>,
    /// The label's value, never empty inside a [`Labels`].
    pub value: Arc<str>,
}

/// An immutable label set; a clone costs one reference count.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Labels(Arc<[Label]>);

impl Labels {
    /// The set without labels.
    pub fn empty() -> Self {
        Self(Arc::from([]))
    }

    /// Builds a set from pairs in any order; of a repeated name the last value wins, empty values vanish.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<Arc<str>>,
        V: Into<Arc<str>>,
    {
        let mut builder = LabelsBuilder::default();
        for (name, value) in pairs {
            builder.set(name, value);
        }
        builder.build()
    }

    /// The value of `name`, if the set has it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.position(name).ok().map(|at| &*self.0[at].value)
    }

    /// The metric name (`__name__`), if there is one.
    pub fn metric_name(&self) -> Option<&str> {
        self.get(METRIC_NAME)
    }

    /// The labels in order of their names.
    pub fn iter(&self) -> std::slice::Iter<'_, Label> {
        self.0.iter()
    }

    /// How many labels there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there is no label.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A builder that starts from this set.
    pub fn to_builder(&self) -> LabelsBuilder {
        LabelsBuilder { labels: self.0.to_vec() }
    }

    /// Only the labels whose name `keep` accepts.
    #[must_use]
    pub fn filtered(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        let Some(first_gone) = self.0.iter().position(|label| !keep(&label.name)) else { return self.clone() };
        let (kept, rest) = self.0.split_at(first_gone);
        let rest = rest[1..].iter().filter(|label| keep(&label.name));
        Self(kept.iter().chain(rest).cloned().collect())
    }

    /// This set without its metric name.
    #[must_use]
    pub fn without_name(&self) -> Self {
        if self.metric_name().is_none() { self.clone() } else { self.filtered(|name| name != METRIC_NAME) }
    }

    /// This set without what is about the metric itself: its name, and the type and the unit that may stand beside it.
    #[must_use]
    pub fn without_metric(&self) -> Self {
        self.filtered(|name| !is_about_metric(name))
    }

    /// The bytes that names and values take.
    pub fn text_bytes(&self) -> usize {
        self.0.iter().map(|label| label.name.len() + label.value.len()).sum()
    }

    /// The bytes that would be free without this set: what it shares with other sets, or with a store, is not counted.
    pub fn own_bytes(&self) -> usize {
        if Arc::strong_count(&self.0) > 1 {
            return 0;
        }
        let own = |text: &Arc<str>| if Arc::strong_count(text) > 1 { 0 } else { text.len() };
        self.0.iter().map(|label| size_of::<Label>() + own(&label.name) + own(&label.value)).sum()
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|label| (*label.name).cmp(name))
    }
}

impl Default for Labels {
    fn default() -> Self {
        Self::empty()
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().cmp(other.0.iter())
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = &'a Label;
    type IntoIter = std::slice::Iter<'a, Label>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Written as Prometheus writes it: `name{a="1", b="2"}`, or `{a="1"}` without a metric name.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.metric_name();
        if let Some(name) = name {
            f.write_str(name)?;
            if self.len() == 1 {
                return Ok(());
            }
        }
        f.write_str("{")?;
        for (at, label) in self.iter().filter(|label| &*label.name != METRIC_NAME).enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{}={:?}", label.name, &*label.value)?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for label in self {
            map.serialize_entry(&*label.name, &*label.value)?;
        }
        map.end()
    }
}

/// A label set in the making.
#[derive(Clone, Debug, Default)]
pub struct LabelsBuilder {
    labels: Vec<Label>,
}

impl LabelsBuilder {
    /// Sets `name` to `value`; an empty value removes the label.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match (self.labels.binary_search_by(|label| label.name.cmp(&name)), value.is_empty()) {
            (Ok(at), true) => drop(self.labels.remove(at)),
            (Ok(at), false) => self.labels[at].value = value,
            (Err(_), true) => {}
            (Err(at), false) => self.labels.insert(at, Label { name, value }),
        }
        self
    }

    /// Sets `name` to `value`, which stays even if it is empty, as in the answers of Loki.
    pub fn keep(&mut self, name: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        match self.labels.binary_search_by(|label| label.name.cmp(&name)) {
            Ok(at) => self.labels[at].value = value,
            Err(at) => self.labels.insert(at, Label { name, value }),
        }
        self
    }

    /// Takes the label of this name out of the set, if it has one.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.labels.retain(|label| &*label.name != name);
        self
    }

    /// The value of `name` so far.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.labels.iter().find(|label| &*label.name == name).map(|label| &*label.value)
    }

    /// The finished set.
    pub fn build(self) -> Labels {
        Labels(self.labels.into())
    }
}

/// True for `[a-zA-Z_:][a-zA-Z0-9_:]*`, the metric names of the Prometheus data model.
pub fn is_metric_name(name: &str) -> bool {
    is_name(name, true)
}

/// True for `[a-zA-Z_][a-zA-Z0-9_]*`, the label names of the Prometheus data model.
pub fn is_label_name(name: &str) -> bool {
    is_name(name, false)
}

fn is_name(name: &str, colon: bool) -> bool {
    let good = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || (colon && byte == b':');
    match name.as_bytes() {
        [] => false,
        [first, rest @ ..] => good(*first) && rest.iter().all(|byte| good(*byte) || byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_sorted_unique_and_without_empty_values() {
        let labels = Labels::from_pairs([("b", "1"), ("a", "x"), ("b", "2"), ("c", "")]);
        assert_eq!(labels.to_string(), r#"{a="x", b="2"}"#);
        assert_eq!(labels.get("b"), Some("2"));
        assert_eq!(labels.get("c"), None);
    }

    #[test]
    fn labels_are_filtered_by_name() {
        let labels = Labels::from_pairs([("a", "1"), ("b", "2"), ("c", "3")]);
        for (gone, left) in [("a", "{b=\"2\", c=\"3\"}"), ("b", "{a=\"1\", c=\"3\"}"), ("c", "{a=\"1\", b=\"2\"}")] {
            assert_eq!(labels.filtered(|name| name != gone).to_string(), left);
        }
        assert_eq!(labels.filtered(|_| true), labels);
        assert_eq!(labels.filtered(|_| false), Labels::empty());
    }

    #[test]
    fn memory_that_several_label_sets_share_is_not_counted_as_their_own() {
        let long = "x".repeat(1000);
        let labels = Labels::from_pairs([("a", long.as_str())]);
        assert!((1000..1200).contains(&labels.own_bytes()), "{}", labels.own_bytes());
        let (_same, mut builder) = (labels.clone(), labels.to_builder());
        builder.set("b", "1");
        assert_eq!(labels.own_bytes(), 0);
        assert!(builder.build().own_bytes() < 200);
    }

    #[test]
    fn display_puts_the_metric_name_in_front() {
        assert_eq!(Labels::from_pairs([(METRIC_NAME, "up")]).to_string(), "up");
        assert_eq!(Labels::from_pairs([(METRIC_NAME, "up"), ("job", "a\"b")]).to_string(), r#"up{job="a\"b"}"#);
        assert_eq!(Labels::empty().to_string(), "{}");
    }

    #[test]
    fn names_follow_the_data_model() {
        assert!(is_metric_name("job:rate5m") && is_label_name("_a1"));
        assert!(!is_metric_name("1a") && !is_metric_name("") && !is_label_name("a:b") && !is_label_name("a-b"));
    }
}
