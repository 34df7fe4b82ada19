//! Syslog: messages of RFC 5424 and of RFC 3164, and how they follow each other in a TCP stream (RFC 6587). What is neither
//! is kept as a line.

pub mod frames;
mod message;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use lab_model::{Labels, LabelsBuilder};

use crate::ingest::enrich;
use crate::ingest::syslog::message::Message;
use crate::record::Entry;

/// The names of the severities, by their numbers, as levels of Loki.
const LEVELS: [&str; 8] = ["critical", "critical", "critical", "error", "warn", "info", "info", "debug"];
/// The names of the severities as syslog has them.
const SEVERITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];
/// A stream label of more bytes is cut.
const LONGEST_LABEL: usize = 128;

/// The stream and the entry of a message that arrived at `arrival` (ns). The host and the program are stream labels; severity,
/// facility, process and structured data are structured metadata. A message without a time has that of its arrival.
pub fn decode(text: &str, arrival: i64) -> (Labels, Entry) {
    let message = Message::read(text.trim_end_matches(['\r', '\n', '\0']));
    let mut stream = LabelsBuilder::default();
    stream.set("job", "syslog");
    for (name, value) in [("hostname", message.host), ("app", message.app)] {
        if let Some(value) = value {
            stream.set(name, cut(value));
        }
    }
    let mut metadata = LabelsBuilder::default();
    for (name, value) in [("procid", message.process), ("msgid", message.id)] {
        if let Some(value) = value {
            metadata.set(name, value);
        }
    }
    for (name, value) in &message.data {
        metadata.set(name.as_str(), value.as_str());
    }
    if let Some(priority) = message.priority {
        let severity = usize::from(priority % 8);
        metadata.set("severity", SEVERITIES[severity]);
        metadata.set("facility", (priority / 8).to_string());
        metadata.set(enrich::DETECTED_LEVEL, LEVELS[severity]);
    }
    let stream = enrich::with_service_name(&stream.build());
    let mut metadata = enrich::with_valid_names(&metadata.build());
    if metadata.get(enrich::DETECTED_LEVEL).is_none() {
        let level = enrich::detected_level(&stream, &metadata, message.text);
        let mut builder = metadata.to_builder();
        builder.set(level.name, level.value);
        metadata = builder.build();
    }
    let timestamp = message.time.and_then(|time| nanoseconds(time, arrival)).unwrap_or(arrival);
    (stream, Entry { timestamp, line: message.text.into(), metadata })
}

fn cut(value: &str) -> &str {
    let end = (0..=LONGEST_LABEL.min(value.len())).rev().find(|end| value.is_char_boundary(*end));
    &value[..end.unwrap_or(0)]
}

/// Nanoseconds since the epoch. The older form has neither year nor zone: it is read as UTC, in the year that brings it
/// closest to its arrival.
fn nanoseconds(time: &str, arrival: i64) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(time) {
        return time.timestamp_nanos_opt();
    }
    let year = DateTime::<Utc>::from_timestamp_nanos(arrival).year();
    let in_year = |year: i32| {
        let time = NaiveDateTime::parse_from_str(&format!("{year} {time}"), "%Y %b %e %H:%M:%S").ok()?;
        time.and_utc().timestamp_nanos_opt()
    };
    (year - 1..=year + 1).filter_map(in_year).min_by_key(|time| time.abs_diff(arrival))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARRIVAL: i64 = 1_795_864_580_000_000_000;

    fn shown(text: &str) -> (String, String, String, i64) {
        let (stream, entry) = decode(text, ARRIVAL);
        (stream.to_string(), entry.metadata.to_string(), entry.line.to_string(), entry.timestamp)
    }

    #[test]
    fn a_message_of_rfc_5424_is_taken_apart() {
        let text = "<165>1 2026-11-28T11:00:00.25Z mail.example su 4711 ID47 [ex@1 k.a=\"v \\\"q\\\"\" b=\"2\"][o] \u{feff}it failed\n";
        assert_eq!(
            shown(text),
            (
                r#"{app="su", hostname="mail.example", job="syslog", service_name="su"}"#.to_owned(),
                r#"{b="2", detected_level="info", facility="20", k_a="v \"q\"", msgid="ID47", procid="4711", severity="notice"}"#.to_owned(),
                "it failed".to_owned(),
                1_795_863_600_250_000_000
            )
        );
        let (stream, _, line, time) = shown("<3>1 - - - - - - ");
        assert_eq!((&*stream, &*line, time), (r#"{job="syslog", service_name="syslog"}"#, "", ARRIVAL));
    }

    #[test]
    fn a_message_of_rfc_3164_has_the_year_of_its_arrival() {
        let (stream, metadata, line, time) = shown("<34>Nov  8 22:14:15 mymachine su[230]: 'su root' failed");
        assert_eq!(stream, r#"{app="su", hostname="mymachine", job="syslog", service_name="su"}"#);
        assert_eq!(metadata, r#"{detected_level="critical", facility="4", procid="230", severity="critical"}"#);
        assert_eq!((&*line, time), ("'su root' failed", 1_794_176_055_000_000_000));
        // At the turn of the year the year before is closer.
        let january = 1_767_225_610_000_000_000;
        assert_eq!(decode("<34>Dec 31 23:59:59 h a: x", january).1.timestamp, 1_767_225_599_000_000_000);
    }

    #[test]
    fn what_is_no_syslog_is_kept_as_it_is() {
        for text in ["hello error", "<999>x", "<3", "", "<12>no time: at all"] {
            let (stream, entry) = decode(text, ARRIVAL);
            assert_eq!(stream.get("job"), Some("syslog"));
            assert!(text.ends_with(&*entry.line) && entry.timestamp == ARRIVAL, "{text}");
        }
    }
}
