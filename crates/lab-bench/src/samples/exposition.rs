//! Just enough of the Prometheus text format to add up a counter.

/// The sum of all samples of a metric whose labels contain every one of `parts`, each written as
/// `name="value"`. A metric that is absent sums to 0.
pub fn sum(text: &str, metric: &str, parts: &[&str]) -> f64 {
    let values = text.lines().filter_map(|line| {
        let rest = line.strip_prefix(metric)?;
        let (labels, value) = match rest.strip_prefix('{') {
            Some(labelled) => labelled.split_once('}')?,
            None => ("", rest.strip_prefix(' ')?),
        };
        let matches = parts.iter().all(|part| labels.split(',').any(|label| label == *part));
        if matches { value.split_whitespace().next()?.parse::<f64>().ok() } else { None }
    });
    values.sum()
}

/// Every series: its labels, the name among them as `__name__`. Values with escapes are not expected.
pub fn series(text: &str) -> impl Iterator<Item = Vec<(&str, &str)>> {
    let samples = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    samples.filter_map(|line| {
        let (series, _) = line.rsplit_once(' ')?;
        let (name, labels) = series.trim_end_matches('}').split_once('{').unwrap_or((series, ""));
        let labels = labels.split("\",").filter_map(|label| label.split_once("=\""));
        let labels = labels.map(|(name, value)| (name, value.trim_end_matches('"')));
        Some([("__name__", name)].into_iter().chain(labels).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_have_their_name_among_their_labels() {
        let text = "# HELP a x\na{x=\"1\",y=\"b,c\"} 3\n\nb 4\n";
        let found: Vec<_> = series(text).collect();
        assert_eq!(found, [vec![("__name__", "a"), ("x", "1"), ("y", "b,c")], vec![("__name__", "b")]]);
    }

    #[test]
    fn samples_of_one_metric_are_added_up_by_label() {
        let text =
            "# TYPE a_total counter\na_total{x=\"1\",y=\"2\"} 3\na_total{x=\"2\"} 4 1700\na_total 5\na_totals 9\n";
        assert_eq!(sum(text, "a_total", &[]), 12.0);
        assert_eq!(sum(text, "a_total", &["x=\"1\""]), 3.0);
        assert_eq!(sum(text, "a_total", &["x=\"1\"", "y=\"3\""]), 0.0);
        assert_eq!(sum(text, "b_total", &[]), 0.0);
    }
}
