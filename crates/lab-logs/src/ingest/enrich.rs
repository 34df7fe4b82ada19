//! The labels that Loki adds on ingestion: the stream label `service_name`, and `detected_level` in the
//! structured metadata (rules: Loki's documentation of `discover_service_name` and `discover_log_levels`).

use std::sync::LazyLock;

use lab_model::{Label, Labels};

/// The stream label that names the service.
pub const SERVICE_NAME: &str = "service_name";
/// The structured metadata that holds the level in lower case.
pub const DETECTED_LEVEL: &str = "detected_level";
/// The value of [`SERVICE_NAME`] when no label tells.
pub const UNKNOWN_SERVICE: &str = "unknown_service";

/// Labels that may name the service, best first.
const SERVICE_LABELS: [&str; 14] = [
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

/// Labels and fields that may hold a level.
const LEVEL_LABELS: [&str; 7] = ["level", "LEVEL", "Level", "severity", "severity_text", "lvl", "log_level"];

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

/// The `detected_level` of a line: from its labels, else from its structured metadata, else from its text.
pub fn detected_level(stream: &Labels, metadata: &Labels, line: &str) -> Label {
    let named = LEVEL_LABELS.iter().find_map(|name| stream.get(name).or_else(|| metadata.get(name)));
    named.map_or_else(|| level_in_text(line), level_named)
}

/// The `detected_level` for a level as it was written: `INFO`, `Warning`, `err`.
pub fn level_named(written: &str) -> Label {
    let is = |names: &[&str]| names.iter().any(|name| written.eq_ignore_ascii_case(name));
    let at = if is(&["trace", "trc"]) {
        1
    } else if is(&["debug", "dbg"]) {
        2
    } else if is(&["info", "inf", "information", "notice"]) {
        3
    } else if is(&["warn", "wrn", "warning"]) {
        4
    } else if is(&["error", "err"]) {
        5
    } else if is(&["critical", "crit"]) {
        6
    } else if is(&["fatal", "panic", "emerg", "emergency"]) {
        7
    } else {
        0
    };
    LEVELS[at].clone()
}

/// The level that a line's own text gives away: a `level` field of JSON or logfmt, else a telling word.
fn level_in_text(line: &str) -> Label {
    /// How far into a line a level is looked for.
    const WINDOW: usize = 512;
    let mut end = line.len().min(WINDOW);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let head = &line[..end];
    for name in ["\"level\":", "level=", "\"severity\":", "severity=", "lvl="] {
        if let Some(at) = head.find(name) {
            let rest = head[at + name.len()..].trim_start_matches([' ', '"']);
            let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
            return level_named(word);
        }
    }
    let words = head.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| (3..=8).contains(&word.len()));
    words.map(level_named).find(|level| &*level.value != "unknown").unwrap_or_else(|| LEVELS[0].clone())
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
