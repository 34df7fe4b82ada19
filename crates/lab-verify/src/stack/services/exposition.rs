//! Prometheus' text format, read without types and comments: `name{label="value"} 1.5 [timestamp]`.

use crate::stack::sample::{Labels, Sample};

/// A line that is no sample.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number} is not a sample: {line:?}")]
pub(crate) struct NoSample {
    /// Counted from 1.
    number: usize,
    line: String,
}

/// All samples of a page, or the first line that is none.
pub(crate) fn read(text: &str) -> Result<Vec<Sample>, NoSample> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines.map(|(at, line)| sample(line).ok_or_else(|| NoSample { number: at + 1, line: line.to_owned() })).collect()
}

fn sample(line: &str) -> Option<Sample> {
    let name_ends = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(name_ends);
    let mut labels = Labels::from([("__name__".to_owned(), name.to_owned())]);
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            rest = rest.trim_start_matches([',', ' ']);
            if let Some(after) = rest.strip_prefix('}') {
                rest = after;
                break;
            }
            let (label, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            labels.insert(label.trim().to_owned(), value);
            rest = after;
        }
    }
    let value = rest.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Sample { labels, value })
}

/// The text up to the closing quote, without its escapes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        match (escaped, c) {
            (true, 'n') => value.push('\n'),
            (false, '\\') => {}
            (false, '"') => return Some((value, &text[at + 1..])),
            (_, c) => value.push(c),
        }
        escaped = !escaped && c == '\\';
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_and_comments_are_not() {
        let text = "# HELP a b\na_total 3\nb{x=\"1\",y=\"a \\\"q\\\" \\\\ \\n}\",} +Inf 1700000000\n\nc{} NaN\n";
        let samples = read(text).expect("samples");
        assert_eq!((samples[0].labels["__name__"].as_str(), samples[0].value), ("a_total", 3.0));
        assert_eq!((samples[1].labels["y"].as_str(), samples[1].value), ("a \"q\" \\ \n}", f64::INFINITY));
        assert!(samples[2].value.is_nan() && samples.len() == 3);
    }

    #[test]
    fn a_line_that_is_not_a_sample_is_named_with_its_number() {
        for bad in ["a", "a{x=\"1} 2", "a x", "a{x} 1"] {
            assert!(
                read(&format!("b 1\n{bad}\n")).is_err_and(|why| why.to_string().starts_with("line 2 is not a sample")),
                "{bad}"
            );
        }
    }
}
