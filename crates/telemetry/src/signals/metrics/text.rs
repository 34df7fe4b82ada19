//! `OpenMetrics` text to Prometheus text 0.0.4.
//!
//! Sample lines are the same in both, but for exemplars. What differs is the frame: counters are named with their
//! `_total` there, there is no `UNIT` and no `EOF`, `info` is a gauge and `unknown` is `untyped`.
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>)

/// Translates a whole exposition.
pub(crate) fn from_open_metrics(open_metrics: &str) -> String {
    let mut out = String::with_capacity(open_metrics.len());
    // HELP comes before TYPE, but its name depends on the type.
    let mut help: Option<(&str, &str)> = None;
    for line in open_metrics.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = Some(rest.split_once(' ').unwrap_or((rest, "")));
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                "unknown" => ("", "untyped"),
                "stateset" => ("", "gauge"),
                other => ("", other),
            };
            if let Some((_, text)) = help.take().filter(|(of, _)| *of == name) {
                push(&mut out, &["# HELP ", name, suffix, " ", text]);
            }
            push(&mut out, &["# TYPE ", name, suffix, " ", kind]);
        } else if !line.starts_with('#') {
            push(&mut out, &[without_exemplar(line)]);
        }
    }
    out
}

fn push(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
    out.push('\n');
}

/// Cuts ` # {…}` off; the same characters inside a label value stay.
fn without_exemplar(sample: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in sample.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'#' if !quoted => return sample[..at].trim_end(),
            _ => {}
        }
    }
    sample
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_difference_is_translated() {
        let open_metrics = concat!(
            "# HELP rolls Dice rolled.\n",
            "# TYPE rolls counter\n",
            "rolls_total{die=\"a # {b} \\\" #\"} 3 # {trace_id=\"0af7\"} 1.0 1700000000.5\n",
            "# HELP wait_seconds Waiting.\n",
            "# TYPE wait_seconds histogram\n",
            "# UNIT wait_seconds seconds\n",
            "wait_seconds_sum 0.5\n",
            "wait_seconds_count 1\n",
            "wait_seconds_bucket{le=\"1.0\"} 1 # {trace_id=\"0af7\"} 0.5\n",
            "# TYPE build info\n",
            "build_info{version=\"1\"} 1\n",
            "# TYPE odd unknown\n",
            "odd 1\n",
            "# EOF\n"
        );
        let text = concat!(
            "# HELP rolls_total Dice rolled.\n",
            "# TYPE rolls_total counter\n",
            "rolls_total{die=\"a # {b} \\\" #\"} 3\n",
            "# HELP wait_seconds Waiting.\n",
            "# TYPE wait_seconds histogram\n",
            "wait_seconds_sum 0.5\n",
            "wait_seconds_count 1\n",
            "wait_seconds_bucket{le=\"1.0\"} 1\n",
            "# TYPE build_info gauge\n",
            "build_info{version=\"1\"} 1\n",
            "# TYPE odd untyped\n",
            "odd 1\n",
        );
        assert_eq!(from_open_metrics(open_metrics), text);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[# a-z{}\"\\\\\nEO]{0,80}") {
            from_open_metrics(&text);
        }
    }
}
