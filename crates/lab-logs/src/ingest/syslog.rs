//! Syslog: messages of RFC 5424 and of RFC 3164, and how they follow each other in a TCP stream (RFC 6587). What is neither
//! is kept as a line.

pub mod frames;
mod message;

use std::cmp::Ordering;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeZone, Utc};
use lab_model::{Labels, LabelsBuilder};

use crate::ingest::enrich;
use crate::ingest::syslog::message::Message;
use crate::record::Entry;

/// The names of the severities, by their numbers, as levels of Loki.
const LEVELS: [&str; 8] = ["critical", "critical", "critical", "error", "warn", "info", "info", "debug"];
/// The names of the severities as syslog has them.
const SEVERITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];
/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;
/// Part of a second in which messages stand that came before or after it.
const EDGE: i64 = 1000;
/// A stream label of more bytes is cut.
const LONGEST_LABEL: usize = 128;

/// The stream and the entry of a message that arrived at `arrival` (ns). The host and the program are stream labels; severity,
/// facility, process and structured data are structured metadata. A message without a time has that of its arrival. `zone` is
/// where its sender may be, if its time names none.
pub fn decode(text: &str, arrival: i64, zone: &impl TimeZone) -> (Labels, Entry) {
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
    let timestamp = message.time.and_then(|time| nanoseconds(time, arrival, zone)).unwrap_or(arrival);
    (stream, Entry { timestamp, line: message.text.into(), metadata })
}

fn cut(value: &str) -> &str {
    let end = (0..=LONGEST_LABEL.min(value.len())).rev().find(|end| value.is_char_boundary(*end));
    &value[..end.unwrap_or(0)]
}

/// Nanoseconds since the epoch. The older form has neither year nor zone: it is that of its sender, who may also be a container
/// and have UTC, in the year that brings it closest to its arrival. What it lacks of a second comes from the arrival.
fn nanoseconds(time: &str, arrival: i64, zone: &impl TimeZone) -> Option<i64> {
    if let Ok(time) = DateTime::parse_from_rfc3339(time) {
        return time.timestamp_nanos_opt();
    }
    whole_second(time, arrival, zone).map(|second| within(second, arrival))
}

/// A time within a second (ns) of which no fraction is known, so that messages of one second stay in their order, and equal
/// ones remain several: that of the arrival. If it came later, it is close to the end of the second, the closer the later;
/// if it came before, to its beginning.
fn within(second: i64, arrival: i64) -> i64 {
    let fraction = arrival.rem_euclid(SECOND);
    match (arrival - fraction).cmp(&second) {
        Ordering::Equal => arrival,
        Ordering::Less => second.saturating_add(fraction / EDGE),
        Ordering::Greater => second.saturating_add(SECOND - SECOND / EDGE + fraction / EDGE),
    }
}

/// The whole seconds (ns) of the older form.
fn whole_second(time: &str, arrival: i64, zone: &impl TimeZone) -> Option<i64> {
    let year = DateTime::<Utc>::from_timestamp_nanos(arrival).year();
    let in_year = |year: i32| {
        let time = NaiveDateTime::parse_from_str(&format!("{year} {time}"), "%Y %b %e %H:%M:%S").ok()?;
        let there = zone.from_local_datetime(&time).earliest().and_then(|time| time.timestamp_nanos_opt());
        Some(there.into_iter().chain(time.and_utc().timestamp_nanos_opt()))
    };
    (year - 1..=year + 1).filter_map(in_year).flatten().min_by_key(|time| time.abs_diff(arrival))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARRIVAL: i64 = 1_795_864_580_000_000_000;

    fn shown(text: &str) -> (String, String, String, i64) {
        let (stream, entry) = decode(text, ARRIVAL, &Utc);
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
        assert_eq!((&*line, time / SECOND), ("'su root' failed", 1_794_176_055));
        // At the turn of the year the year before is closer.
        let january = 1_767_225_610_000_000_000;
        assert_eq!(decode("<34>Dec 31 23:59:59 h a: x", january, &Utc).1.timestamp / SECOND, 1_767_225_599);
    }

    #[test]
    fn a_message_of_rfc_3164_may_have_a_time_of_rfc_3339() {
        for (time, expected) in [
            ("2026-11-28T12:00:00.25+01:00", 1_795_863_600_250_000_000),
            ("2026-11-28T11:00:00Z", 1_795_863_600_000_000_000),
        ] {
            let (stream, _, line, time) = shown(&format!("<11>{time} vm cron[7]: job done: 1"));
            assert_eq!(stream, r#"{app="cron", hostname="vm", job="syslog", service_name="cron"}"#);
            assert_eq!((&*line, time), ("job done: 1", expected));
        }
        let (stream, _, line, time) = shown("<11>2026-11-28T11:00 vm cron: job done");
        assert_eq!((&*stream, time), (r#"{job="syslog", service_name="syslog"}"#, ARRIVAL));
        assert_eq!(line, "2026-11-28T11:00 vm cron: job done");
    }

    #[test]
    fn messages_of_one_second_keep_their_order_and_equal_ones_remain_several() {
        let second = 1_794_176_055_000_000_000;
        let at = |arrival: i64| decode("<34>Nov  8 22:14:15 h a: again", arrival, &Utc).1.timestamp;
        let arrivals = [
            second - 5_000_000,
            second,
            second + 7,
            second + SECOND - 2_000_000,
            second + SECOND,
            second + SECOND + 2000,
        ];
        let times = arrivals.map(at);
        assert_eq!(times[1..4], arrivals[1..4], "the arrival, where it lies within the second");
        assert!(times[1..].is_sorted_by(|a, b| a < b), "{times:?}");
        assert!(times.iter().all(|time| (second..second + SECOND).contains(time)), "{times:?}");
    }

    #[test]
    fn a_time_without_a_zone_is_that_of_the_sender_or_of_utc() {
        let east = chrono::FixedOffset::east_opt(2 * 3600).expect("a zone");
        let at = |text: &str| decode(text, 1_794_176_055_250_000_000, &east).1.timestamp;
        for text in ["<34>Nov  9 00:14:15 h a: x", "<34>Nov  8 22:14:15 h a: x"] {
            assert_eq!(at(text), 1_794_176_055_250_000_000, "{text}");
        }
    }

    #[test]
    fn what_is_no_syslog_is_kept_as_it_is() {
        for text in ["hello error", "<999>x", "<3", "", "<12>no time: at all"] {
            let (stream, entry) = decode(text, ARRIVAL, &Utc);
            assert_eq!(stream.get("job"), Some("syslog"));
            assert!(text.ends_with(&*entry.line) && entry.timestamp == ARRIVAL, "{text}");
        }
    }
}
