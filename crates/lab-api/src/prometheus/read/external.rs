//! The labels that everything gets which leaves this lab.

use std::collections::BTreeMap;

use lab_model::Labels;

use crate::prometheus::write::v1::Label;

/// The labels of a series with the external ones that it lacks, sorted.
pub(super) fn merged(labels: &Labels, external: &BTreeMap<String, String>) -> Vec<Label> {
    let mut all = labels.to_builder();
    for (name, value) in external.iter().filter(|(name, _)| labels.get(name).is_none()) {
        all.set(name.as_str(), value.as_str());
    }
    let all = all.build();
    all.iter().map(|label| Label { name: label.name.to_string(), value: label.value.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_series_lacks_is_added() {
        let external = BTreeMap::from([("site".to_owned(), "lab".to_owned()), ("job".to_owned(), "x".to_owned())]);
        let labels = merged(&Labels::from_pairs([("job", "a"), ("zone", "z")]), &external);
        let shown: Vec<_> = labels.iter().map(|label| format!("{}={}", label.name, label.value)).collect();
        assert_eq!(shown, ["job=a", "site=lab", "zone=z"]);
    }
}
