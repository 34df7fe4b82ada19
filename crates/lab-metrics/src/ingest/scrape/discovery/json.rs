//! Groups of targets as JSON, in files and in what HTTP servers answer. Unlike in YAML a label is a text or null there, and
//! no number.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/http_sd/>.

use serde_json::{Map, Value};

use crate::ingest::scrape::config::discovery::TargetGroup;
use crate::ingest::scrape::config::shown::secrets;

/// The keys of a group. As everywhere in Go's JSON their letters may be small or capital.
const KEYS: [&str; 2] = ["targets", "labels"];

/// The groups of a document; nothing at all is none.
pub(super) fn groups(bytes: &[u8]) -> Result<Vec<TargetGroup>, String> {
    let no_list = |error: serde_json::Error| {
        format!("this is no list of target groups: {}", secrets::unquoted(&error.to_string()))
    };
    let groups: Option<Vec<Option<Map<String, Value>>>> = serde_json::from_slice(bytes).map_err(no_list)?;
    let group = |group: Option<Map<String, Value>>| {
        let group = group.ok_or("the list of target groups holds a null")?;
        let known = group.into_iter().map(|(key, value)| {
            let known = KEYS.iter().find(|known| known.eq_ignore_ascii_case(&key));
            (known.map_or(key, |known| (*known).to_owned()), value)
        });
        serde_json::from_value(Value::Object(known.collect())).map_err(no_list)
    };
    groups.unwrap_or_default().into_iter().map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_nothing_are_taken_and_no_numbers() {
        let read = groups(br#"[{"Targets": ["a:1", null], "labels": {"a": "1.10", "b": null}}, {}]"#).expect("good");
        assert_eq!(read[0].targets, ["a:1", ""]);
        let labels: Vec<_> = read[0].labels.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(labels, [("a", "1.10"), ("b", "")]);
        assert!(groups(b"null").expect("nothing").is_empty());
        for text in [
            r#"[{"labels": {"a": 1.10}}]"#,
            r#"[{"labels": {"a": true}}]"#,
            r#"[{"targets": [1]}]"#,
            r#"[{"target": ["a:1"]}]"#,
            r#"[{"labels": {"": "a"}}]"#,
            "[null]",
            "{}",
            "[{targets: [a]}]",
        ] {
            groups(text.as_bytes()).expect_err(text);
        }
    }
}
