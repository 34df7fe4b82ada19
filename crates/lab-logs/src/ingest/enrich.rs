//! The labels that Loki adds on ingestion: the stream label `service_name`, and `detected_level` in the
//! structured metadata (rules: Loki's documentation of `discover_service_name` and `discover_log_levels`).

use std::sync::LazyLock;

use lab_model::labels::is_label_name;
use lab_model::{Label, Labels};

use crate::logql::functions::json::lenient::{self, Kind};
use crate::logql::functions::logfmt::Pairs;
use crate::record::Entry;

/// The stream label that names the service.
pub const SERVICE_NAME: &str = "service_name";
/// The structured metadata that holds the level in lower case.
pub const DETECTED_LEVEL: &str = "detected_level";
/// The value of [`SERVICE_NAME`] when no label tells.
pub const UNKNOWN_SERVICE: &str = "unknown_service";

/// Labels that may name the service, best first.
pub const SERVICE_LABELS: [&str; 14] = [
    "service",
    "app",
    "application",
    "app_name",
    "name",
    "app_kubernetes_io_name",
    "container",
    "container_name",
    "k8s_container_name",
    "component",
    "workload",
    "job",
    "k8s_job_name",
    "compose_service",
];

/// Labels and fields that may hold a level, the most telling first; those of Loki.
pub const LEVEL_LABELS: [&str; 14] = [
    "level",
    "LEVEL",
    "Level",
    "log.level",
    "severity",
    "SEVERITY",
    "Severity",
    "SeverityText",
    "lvl",
    "LVL",
    "Lvl",
    "severity_text",
    "Severity_Text",
    "SEVERITY_TEXT",
];

/// The structured metadata that holds the severity number of OpenTelemetry.
const SEVERITY_NUMBER: &str = "severity_number";

/// How deep a level is looked for in JSON.
const DEEPEST: usize = 2;

/// How levels are written where nothing else stands.
const NAMES: [(&str, &str); 15] = [
    ("trace", "trace"),
    ("trc", "trace"),
    ("debug", "debug"),
    ("dbg", "debug"),
    ("info", "info"),
    ("inf", "info"),
    ("information", "info"),
    ("warn", "warn"),
    ("wrn", "warn"),
    ("warning", "warn"),
    ("error", "error"),
    ("err", "error"),
    ("critical", "critical"),
    ("fatal", "fatal"),
    ("unknown", "unknown"),
];

/// The words within a line that name a level.
const WORDS: [(&str, &str); 9] = [
    ("trace", "trace"),
    ("debug", "debug"),
    ("fatal", "fatal"),
    ("critical", "critical"),
    ("error", "error"),
    ("err", "error"),
    ("warning", "warn"),
    ("warn", "warn"),
    ("info", "info"),
];

/// The levels that are told apart.
static LEVELS: LazyLock<[Label; 8]> = LazyLock::new(|| {
    ["unknown", "trace", "debug", "info", "warn", "error", "critical", "fatal"]
        .map(|level| Label { name: DETECTED_LEVEL.into(), value: level.into() })
});

/// The stream labels with `service_name`, found in them unless they have it.
pub fn with_service_name(labels: &Labels) -> Labels {
    if labels.get(SERVICE_NAME).is_some() {
        return labels.clone();
    }
    let name = SERVICE_LABELS.iter().find_map(|name| labels.get(name)).unwrap_or(UNKNOWN_SERVICE);
    let mut builder = labels.to_builder();
    builder.set(SERVICE_NAME, name);
    builder.build()
}

/// Structured metadata under names that a query can write: what a name may not hold becomes `_`, and a digit at its
/// beginning gets `key_` before it.
pub fn with_valid_names(metadata: &Labels) -> Labels {
    if metadata.iter().all(|label| is_label_name(&label.name)) {
        return metadata.clone();
    }
    let valid = |name: &str| {
        let mut valid = String::from(if name.starts_with(|c: char| c.is_ascii_digit()) { "key_" } else { "" });
        valid.extend(name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
        valid
    };
    Labels::from_pairs(metadata.iter().map(|label| (valid(&label.name), label.value.clone())))
}

/// The `detected_level` of a line: from its labels, else from its structured metadata, else from its text.
pub fn detected_level(stream: &Labels, metadata: &Labels, line: &str) -> Label {
    let named = |labels: &Labels| LEVEL_LABELS.iter().find_map(|name| labels.get(name).map(level_named));
    if let Some(level) = named(stream).or_else(|| named(metadata)) {
        return level;
    }
    match metadata.get(SEVERITY_NUMBER) {
        Some(number) => level_numbered(number),
        None => level_in_text(line),
    }
}

/// An entry of a stream with the level that it names itself, or else the one that is found.
pub fn with_detected_level(stream: &Labels, mut entry: Entry) -> Entry {
    let level = match entry.metadata.get(DETECTED_LEVEL) {
        Some(level) => level_named(level),
        None => detected_level(stream, &entry.metadata, &entry.line),
    };
    let mut metadata = entry.metadata.to_builder();
    metadata.set(level.name, level.value);
    entry.metadata = metadata.build();
    entry
}

/// The `detected_level` for a level as it was written: `INFO`, `Warning`, `err`. Any other word stays as it is.
pub fn level_named(written: &str) -> Label {
    let found = NAMES.iter().find(|(name, _)| written.eq_ignore_ascii_case(name));
    match found {
        Some((_, level)) => level_label(level),
        None => Label { name: DETECTED_LEVEL.into(), value: written.into() },
    }
}

/// The level of a severity number of OpenTelemetry.
fn level_numbered(number: &str) -> Label {
    level_label(match number.parse::<i64>() {
        Err(_) | Ok(9..=12) => "info",
        Ok(0) => "unknown",
        Ok(..=4) => "trace",
        Ok(5..=8) => "debug",
        Ok(13..=16) => "warn",
        Ok(17..=20) => "error",
        Ok(21..=24) => "fatal",
        Ok(_) => "unknown",
    })
}

fn level_label(level: &str) -> Label {
    LEVELS.iter().find(|known| &*known.value == level).unwrap_or(&LEVELS[0]).clone()
}

/// The level that a line's own text gives away: a field of JSON or logfmt, else the first word that names one.
fn level_in_text(line: &str) -> Label {
    let trimmed = line.trim();
    let field = if trimmed.starts_with('{') && trimmed.ends_with('}') {
        field_of_json(line, 0).map(str::to_owned)
    } else if line.contains('=') {
        field_of_logfmt(line)
    } else {
        None
    };
    let known = field.and_then(|field| NAMES.iter().find(|(name, _)| field.eq_ignore_ascii_case(name)));
    level_label(known.map_or_else(|| first_word(line), |(_, level)| level))
}

/// The first text with a telling key, in the line or in an object in it.
fn field_of_json(text: &str, depth: usize) -> Option<&str> {
    let mut found = None;
    // A line that is no JSON has no such field.
    let _ = lenient::fields(text, &mut |key, raw| {
        match raw.kind {
            Kind::String if LEVEL_LABELS.contains(&key) => found = Some(raw.text),
            Kind::Object if depth + 1 < DEEPEST => found = field_of_json(raw.text, depth + 1),
            _ => {}
        }
        if found.is_some() { Err("found") } else { Ok(()) }
    });
    found
}

/// The value of the most telling key.
fn field_of_logfmt(line: &str) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    for (key, value) in (Pairs { line, at: 0 }).map_while(Result::ok) {
        let rank = LEVEL_LABELS.iter().position(|name| key.eq_ignore_ascii_case(name));
        if let Some(rank) = rank.filter(|rank| best.as_ref().is_none_or(|(known, _)| rank < known)) {
            best = Some((rank, value));
        }
    }
    best.map(|(_, value)| value)
}

/// The level that the first telling word names.
fn first_word(line: &str) -> &'static str {
    let bytes = line.as_bytes();
    let left = |at: usize| {
        at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b'[' | b'(' | b'{' | b'"' | b'\'' | b'=' | b'|')
    };
    let right = |at: usize| {
        bytes.get(at).is_none_or(|byte| {
            matches!(
                byte,
                b' ' | b'\t'
                    | b'\n'
                    | b'['
                    | b']'
                    | b'('
                    | b')'
                    | b'{'
                    | b'}'
                    | b':'
                    | b','
                    | b'!'
                    | b'"'
                    | b'\''
                    | b'='
                    | b'|'
            )
        })
    };
    for at in (0..bytes.len()).filter(|at| left(*at)) {
        let begins = |word: &str| {
            let end = at + word.len();
            bytes.get(at..end).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes())) && right(end)
        };
        if let Some((_, level)) = WORDS.iter().find(|(word, _)| begins(word)) {
            return level;
        }
    }
    "unknown"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_name_comes_from_the_first_known_label() {
        let name = |pairs: &[(&str, &str)]| {
            with_service_name(&Labels::from_pairs(pairs.iter().copied())).get(SERVICE_NAME).map(str::to_owned)
        };
        assert_eq!(name(&[("job", "j"), ("app", "a")]).as_deref(), Some("a"));
        assert_eq!(name(&[("container_name", "c"), ("job", "j")]).as_deref(), Some("c"));
        assert_eq!(name(&[("service_name", "s"), ("app", "a")]).as_deref(), Some("s"));
        assert_eq!(name(&[("env", "dev")]).as_deref(), Some(UNKNOWN_SERVICE));
    }

    #[test]
    fn names_of_metadata_become_valid() {
        let metadata = Labels::from_pairs([("http.status", "200"), ("1st-thing", "x"), ("good", "y")]);
        assert_eq!(with_valid_names(&metadata).to_string(), r#"{good="y", http_status="200", key_1st_thing="x"}"#);
    }

    #[test]
    fn the_level_is_detected_in_labels_fields_and_words() {
        let level = |stream: &[(&str, &str)], line: &str| {
            detected_level(&Labels::from_pairs(stream.iter().copied()), &Labels::empty(), line).value.to_string()
        };
        assert_eq!(level(&[("level", "WARNING")], "error"), "warn");
        assert_eq!(level(&[], r#"{"msg":"x","level": "ERROR"}"#), "error");
        assert_eq!(level(&[], "ts=1 level=dbg msg=error"), "debug");
        assert_eq!(level(&[], "2026-01-01 [Fatal] no more disk"), "fatal");
        assert_eq!(level(&[], "informational text"), "unknown");
        assert_eq!(level(&[], ""), "unknown");
    }
}
