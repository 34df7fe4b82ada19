//! Matchers of silences and filters, and what identifies an alert.

use lab_dashboards::{Silence, SilenceMatcher};
use lab_model::{MatchOp, Matcher};
use serde_json::Value;

pub(super) fn matchers(written: &[SilenceMatcher]) -> Result<Vec<Matcher>, String> {
    let one = |one: &SilenceMatcher| {
        let op = match (one.is_equal, one.is_regex) {
            (true, false) => MatchOp::Equal,
            (false, false) => MatchOp::NotEqual,
            (true, true) => MatchOp::Regex,
            (false, true) => MatchOp::NotRegex,
        };
        Matcher::new(&*one.name, op, &*one.value).map_err(|error| format!("matcher of {:?}: {error}", one.name))
    };
    written.iter().map(one).collect()
}

/// Whether the matchers of a silence are those of this alert's labels.
pub(super) fn silences(silence: &Silence, labels: &Value) -> bool {
    matchers(&silence.matchers).is_ok_and(|set| matches(&set, labels))
}

pub(super) fn matches(set: &[Matcher], labels: &Value) -> bool {
    let value = |name: &str| labels[name].as_str().unwrap_or_default();
    set.iter().all(|matcher| matcher.matches(value(&matcher.name)))
}

/// Reads a filter as an Alertmanager's clients write it: `name="value"`, with `=`, `!=`, `=~` or `!~`; quotes may be left out.
pub(super) fn filter(text: &str) -> Result<Matcher, String> {
    let at = text.find(['=', '!']).ok_or_else(|| wrong(text))?;
    let (name, rest) = text.split_at(at);
    let (op, value) =
        [("=~", MatchOp::Regex), ("!~", MatchOp::NotRegex), ("!=", MatchOp::NotEqual), ("=", MatchOp::Equal)]
            .into_iter()
            .find_map(|(written, op)| Some((op, rest.strip_prefix(written)?)))
            .ok_or_else(|| wrong(text))?;
    let value = value.trim();
    let bare =
        ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(value);
    Matcher::new(name.trim(), op, &*bare.replace("\\\"", "\"")).map_err(|error| format!("filter {text:?}: {error}"))
}

fn wrong(text: &str) -> String {
    format!("filter {text:?} is no matcher; write it as name=\"value\", with =, !=, =~ or !~")
}

/// FNV-1a over the sorted labels, in hexadecimal.
pub(super) fn fingerprint(labels: &Value) -> String {
    let mut pairs: Vec<(&String, &Value)> = labels.as_object().into_iter().flatten().collect();
    pairs.sort_by_key(|(name, _)| *name);
    let parts = pairs.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_str().unwrap_or_default().as_bytes()]);
    let bytes = parts.flat_map(|part| part.iter().chain(&[0]));
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_are_read_as_clients_write_them() {
        let labels = json!({ "alertname": "Slow", "job": "dice" });
        for (text, takes) in [
            ("alertname=\"Slow\"", true),
            ("alertname=Slow", true),
            ("alertname='Fast'", false),
            ("job!=\"x\"", true),
            ("job=~\"di.*\"", true),
            ("job!~\"d.*\"", false),
            ("other=\"\"", true),
        ] {
            let matcher = filter(text).expect(text);
            assert_eq!(matches(&[matcher], &labels), takes, "{text}");
        }
        for wrong in ["alertname", "a=~\"(\""] {
            assert!(filter(wrong).is_err(), "{wrong}");
        }
    }
}
