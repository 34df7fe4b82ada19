//! Bodies of Loki's push API, in JSON.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::samples::chance::Chance;

/// The lines of one stream: times in nanoseconds since the Unix epoch, and texts that need no escape.
pub fn push<'a>(labels: &[(&str, &str)], lines: impl Iterator<Item = (i64, &'a str)>) -> Bytes {
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    let mut body = format!("{{\"streams\":[{{\"stream\":{{{}}},\"values\":[", labels.join(","));
    for (at, (time_ns, text)) in lines.enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(body, "{comma}[\"{time_ns}\",\"{text}\"]");
    }
    body.push_str("]}]}");
    body.into()
}

/// Texts of about so many bytes that look like log lines and are hard to compress, by a seed.
pub fn texts(seed: u64, count: usize, length: usize) -> Vec<String> {
    let mut chance = Chance::of(seed);
    let mut text = |at: usize| {
        let mut text = format!("level=info msg=rolled number={at} ids=");
        while text.len() < length {
            let _ = write!(text, "{:016x}", chance.number());
        }
        text
    };
    (0..count).map(&mut text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_what_loki_reads() {
        let body = push(&[("job", "x"), ("sender", "1")], [(5, "a"), (6, "b")].into_iter());
        let read: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!(read["streams"][0]["stream"]["sender"], "1");
        assert_eq!(read["streams"][0]["values"], serde_json::json!([["5", "a"], ["6", "b"]]));
        let texts = texts(7, 2, 100);
        assert!(texts.iter().all(|text| (100..116).contains(&text.len())) && texts[0] != texts[1], "{texts:?}");
    }
}
