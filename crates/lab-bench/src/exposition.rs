//! Just enough of the Prometheus text format to add up a counter.

/// The sum of all samples of a metric whose labels contain every one of `parts`, each written as
/// `name="value"`. A metric that is absent sums to 0.
pub(crate) fn sum(text: &str, metric: &str, parts: &[&str]) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;

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
