//! Syslog: messages of RFC 5424 and of RFC 3164, and how they follow each other in a TCP stream (RFC 6587). What is neither
//! is kept as a line.

pub mod frames;
mod message;
pub mod seconds;

use chrono::{DateTime, Datelike, NaiveDateTime, TimeZone, Utc};
use lab_model::{Labels, LabelsBuilder};

use crate::ingest::enrich;
use crate::ingest::syslog::message::Message;
use crate::ingest::syslog::seconds::Seconds;
use crate::record::Entry;

/// The names of the severities, by their numbers, as levels of Loki.
const LEVELS: [&str; 8] = ["critical", "critical", "critical", "error", "warn", "info", "info", "debug"];
/// The names of the severities as syslog has them.
const SEVERITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"];
/// Nanoseconds by which the clock of a sender may be ahead.
const MOST_AHEAD: i64 = 300_000_000_000;
/// Nanoseconds between the clocks of two zones, at most: two days.
const MOST_BETWEEN_ZONES: u64 = 2 * 86_400_000_000_000;
/// A stream label of more bytes is cut.
const LONGEST_LABEL: usize = 128;

/// The stream and the entry of a message that arrived at `arrival` (ns). The host and the program are stream labels; severity,
/// facility, process and structured data are structured metadata. A message without a time has that of its arrival. `zone` is
/// where its sender may be, if its time names none; `seconds` are those of the messages before it.
pub fn decode(text: &str, arrival: i64, zone: &impl TimeZone, seconds: &Seconds) -> (Labels, Entry) {
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
    let timestamp = match message.time.and_then(|time| sent(time, arrival, zone)) {
        Some(Sent::At(time)) => time,
        Some(Sent::Within(second)) => seconds.place(&stream, second, arrival),
        None => arrival,
    };
    (stream, Entry { timestamp, line: message.text.into(), metadata })
}

fn cut(value: &str) -> &str {
    let end = (0..=LONGEST_LABEL.min(value.len())).rev().find(|end| value.is_char_boundary(*end));
    &value[..end.unwrap_or(0)]
}

/// When a message was sent, in nanoseconds since the epoch.
enum Sent {
    At(i64),
    /// Somewhere within the second that begins there: no fraction was written.
    Within(i64),
}

/// The time of a message. The older form has neither year nor zone: it is that of its sender, who may also be a container and
/// have UTC, in the year that brings it closest to its arrival.
fn sent(time: &str, arrival: i64, zone: &impl TimeZone) -> Option<Sent> {
    let Ok(read) = DateTime::parse_from_rfc3339(time) else {
        return whole_second(time, arrival, zone).map(Sent::Within);
    };
    let sent = if time.contains('.') { Sent::At } else { Sent::Within };
    read.timestamp_nanos_opt().map(sent)
}

/// The whole seconds (ns) of the older form. A message comes late more often than a clock is ahead, and an hour may come twice.
fn whole_second(time: &str, arrival: i64, zone: &impl TimeZone) -> Option<i64> {
    let year = DateTime::<Utc>::from_timestamp_nanos(arrival).year();
    let in_year = |year: i32| {
        let time = NaiveDateTime::parse_from_str(&format!("{year} {time}"), "%Y %b %e %H:%M:%S").ok()?;
        let there = zone.from_local_datetime(&time);
        let there = [there.clone().earliest(), there.latest()].into_iter().flatten();
        Some(there.filter_map(|time| time.timestamp_nanos_opt()).chain(time.and_utc().timestamp_nanos_opt()))
    };
    let is_ahead = |time: i64| time > arrival.saturating_add(MOST_AHEAD);
    let times: Vec<i64> = (year - 1..=year + 1).filter_map(in_year).flatten().collect();
    let closest = times.iter().map(|time| time.abs_diff(arrival)).min()?;
    // Those of the same year.
    let times = times.into_iter().filter(|time| time.abs_diff(arrival) - closest < MOST_BETWEEN_ZONES);
    times.min_by_key(|time| (is_ahead(*time), time.abs_diff(arrival)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARRIVAL: i64 = 1_795_864_580_000_000_000;

    /// Nanoseconds in a second.
    const SECOND: i64 = 1_000_000_000;

    fn decode(text: &str, arrival: i64, zone: &impl TimeZone) -> (Labels, Entry) {
        super::decode(text, arrival, zone, &Seconds::default())
    }

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
            ("2026-11-28T11:00:00.000Z", 1_795_863_600_000_000_000),
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
    fn equal_messages_of_one_second_remain_several_where_no_fraction_is_written() {
        let seconds = Seconds::default();
        for text in [
            "<14>2026-11-28T11:00:00Z h a: x",
            "<14>1 2026-11-28T12:00:00+01:00 h b - - - x",
            "<14>Nov 28 11:00:00 h c: x",
        ] {
            let at = |arrival: i64| super::decode(text, arrival, &Utc, &seconds).1.timestamp;
            let times = [ARRIVAL, ARRIVAL, ARRIVAL + 1].map(at);
            assert!(times.is_sorted_by(|a, b| a < b), "{text} {times:?}");
            assert!(times.iter().all(|time| time / SECOND == 1_795_863_600), "{text} {times:?}");
        }
        let at = |arrival: i64| super::decode("<14>2026-11-28T11:00:00.5Z h a: x", arrival, &Utc, &seconds).1.timestamp;
        assert_eq!([ARRIVAL, ARRIVAL + 7].map(at), [1_795_863_600_500_000_000; 2], "the sender knows it");
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
    fn a_late_message_is_not_put_into_the_future() {
        let (utc, arrival) = (chrono::FixedOffset::east_opt(0).expect("a zone"), 1_794_176_055_250_000_000);
        let [west, east] = [-2, 2].map(|hours| chrono::FixedOffset::east_opt(hours * 3600).expect("a zone"));
        let early = |text: &str, zone| arrival / SECOND - decode(text, arrival, zone).1.timestamp / SECOND;
        // It is 22:14:15 in UTC.
        assert_eq!(early("<34>Nov  8 22:40:00 h a: x", &east), 5655, "in the east, late");
        assert_eq!(early("<34>Nov  8 20:40:00 h a: x", &east), 5655, "in UTC, late");
        assert_eq!(early("<34>Nov  8 20:14:00 h a: x", &west), 15, "in the west");
        assert_eq!(early("<34>Nov  8 22:18:00 h a: x", &utc), -225, "a clock that is a little ahead");
        assert_eq!(early("<34>Nov  8 23:14:15 h a: x", &utc), -3600, "no other hour could be meant");
    }

    #[test]
    fn the_hour_that_comes_twice_is_the_one_that_is_closer_to_the_arrival() {
        /// In the first hour of its clocks that comes twice they are two hours ahead of UTC, in the second hour one.
        #[derive(Clone)]
        struct Autumn;
        impl TimeZone for Autumn {
            type Offset = chrono::FixedOffset;
            fn from_offset(_: &chrono::FixedOffset) -> Self {
                Self
            }
            fn offset_from_local_date(&self, _: &chrono::NaiveDate) -> chrono::MappedLocalTime<chrono::FixedOffset> {
                chrono::MappedLocalTime::None
            }
            fn offset_from_local_datetime(&self, _: &NaiveDateTime) -> chrono::MappedLocalTime<chrono::FixedOffset> {
                let [summer, winter] = [2, 1].map(|hours| chrono::FixedOffset::east_opt(hours * 3600).expect("a zone"));
                chrono::MappedLocalTime::Ambiguous(summer, winter)
            }
            fn offset_from_utc_date(&self, _: &chrono::NaiveDate) -> chrono::FixedOffset {
                chrono::FixedOffset::east_opt(3600).expect("a zone")
            }
            fn offset_from_utc_datetime(&self, _: &NaiveDateTime) -> chrono::FixedOffset {
                chrono::FixedOffset::east_opt(3600).expect("a zone")
            }
        }
        for arrival in ["2026-10-25T00:30:00.5Z", "2026-10-25T01:30:00.5Z"] {
            let at = DateTime::parse_from_rfc3339(arrival).ok().and_then(|time| time.timestamp_nanos_opt());
            let at = at.expect("a time");
            assert_eq!(decode("<34>Oct 25 02:30:00 h a: x", at, &Autumn).1.timestamp, at, "{arrival}");
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
