//! From a raw stdout line of a container to an entry: the line's own `timestamp` is the entry's time, its
//! `level` a stream label, `trace_id` and `span_id` structured metadata. The line itself is kept as it is.
//!
//! A line that is no JSON object is kept too, at the time it arrived (see [`Arrivals`]) and, as with Alloy's pipeline stages,
//! without the label that it does not have; its `detected_level` comes from its text.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use lab_model::{Labels, LabelsBuilder};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::ingest::arrival::Arrivals;
use crate::ingest::enrich;
use crate::record::Entry;

/// Stream label and field of a line's level.
const LEVEL: &str = "level";
/// The longest text that is taken for a level.
const LONGEST_LEVEL: usize = 12;
/// The most levels of one container that get a stream of their own.
const MOST_LEVELS: usize = 16;
/// Longest trace or span id that becomes structured metadata.
const LONGEST_ID: usize = 64;

static TRACE_ID: LazyLock<Arc<str>> = LazyLock::new(|| "trace_id".into());
static SPAN_ID: LazyLock<Arc<str>> = LazyLock::new(|| "span_id".into());

/// A line ready for [`LogStore::append`](crate::LogStore::append).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Labels of the stream that the line belongs to.
    pub stream: Labels,
    /// The line with its time and its structured metadata.
    pub entry: Entry,
    /// False if the line was no JSON object, or had no timestamp that could be read.
    pub structured: bool,
}

/// Decodes the lines of one container; remembers the label sets of the levels it has seen.
#[derive(Clone, Debug)]
pub struct LineDecoder {
    /// The stream of lines without a level.
    base: Labels,
    by_level: Vec<(Box<str>, Labels)>,
    /// Times for lines that have none.
    arrivals: Arrivals,
}

impl LineDecoder {
    /// A decoder for lines whose streams carry `labels` (and the level, and `service_name`).
    pub fn new(labels: &Labels) -> Self {
        Self { base: enrich::with_service_name(labels), by_level: Vec::new(), arrivals: Arrivals::default() }
    }

    /// A decoder for a container, with the stream labels that the Alloy set-up of the mission gives.
    pub fn for_container(container_name: &str, compose_project: &str, compose_service: &str) -> Self {
        Self::new(&Labels::from_pairs([
            ("container_name", container_name),
            ("compose_project", compose_project),
            ("compose_service", compose_service),
            ("job", compose_service),
        ]))
    }

    /// Decodes one line (without its line feed) that arrived at `arrival` (ns since the epoch).
    pub fn decode(&mut self, line: &str, arrival: i64) -> Decoded {
        let mut decoded = self.decode_timed(line, arrival);
        if !decoded.structured {
            decoded.entry.timestamp = self.arrivals.next(arrival);
        }
        decoded
    }

    /// Decodes a line that what wrapped it gave a time of its own (ns since the epoch), which it keeps however often it is
    /// decoded: one that is read again is the same entry.
    pub fn decode_timed(&mut self, line: &str, time: i64) -> Decoded {
        let fields =
            if line.trim_start().starts_with('{') { serde_json::from_str::<Fields<'_>>(line).ok() } else { None };
        let fields = fields.unwrap_or_default();
        let timestamp = fields.timestamp.as_deref().and_then(nanoseconds);
        let stream = fields.level.as_deref().and_then(|level| self.stream_of(level));
        let mut metadata = LabelsBuilder::default();
        for (name, value) in [(&TRACE_ID, fields.trace_id), (&SPAN_ID, fields.span_id)] {
            if let Some(value) = value.filter(|value| value.len() <= LONGEST_ID) {
                metadata.set(Arc::clone(name), &*value);
            }
        }
        let detected = match &fields.level {
            Some(level) => enrich::level_named(level),
            None => enrich::detected_level(&self.base, &Labels::empty(), line),
        };
        metadata.set(detected.name, detected.value);
        let structured = timestamp.is_some();
        let timestamp = timestamp.unwrap_or(time);
        Decoded {
            stream: stream.unwrap_or_else(|| self.base.clone()),
            entry: Entry { timestamp, line: line.into(), metadata: metadata.build() },
            structured,
        }
    }

    /// The stream of a level, or none if the text is no level or there are too many of them.
    fn stream_of(&mut self, level: &str) -> Option<Labels> {
        if let Some((_, labels)) = self.by_level.iter().find(|(known, _)| **known == *level) {
            return Some(labels.clone());
        }
        let good =
            !level.is_empty() && level.len() <= LONGEST_LEVEL && level.bytes().all(|b| b.is_ascii_alphanumeric());
        if !good || self.by_level.len() == MOST_LEVELS {
            return None;
        }
        let mut labels = self.base.to_builder();
        labels.set(LEVEL, level);
        let labels = labels.build();
        self.by_level.push((level.into(), labels.clone()));
        Some(labels)
    }
}

/// Nanoseconds since the epoch of an RFC 3339 time.
fn nanoseconds(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok()?.timestamp_nanos_opt()
}

/// What is read from a JSON line; everything else is skipped without being built.
#[derive(Default)]
struct Fields<'a> {
    timestamp: Option<Cow<'a, str>>,
    level: Option<Cow<'a, str>>,
    trace_id: Option<Cow<'a, str>>,
    span_id: Option<Cow<'a, str>>,
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Fields::default();
                while let Some(Text(key)) = map.next_key()? {
                    let slot = match key.as_deref().unwrap_or_default() {
                        "timestamp" => &mut fields.timestamp,
                        LEVEL => &mut fields.level,
                        "trace_id" => &mut fields.trace_id,
                        "span_id" => &mut fields.span_id,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *slot = map.next_value::<Text<'_>>()?.0;
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// A string, borrowed where it has no escapes; any other JSON value is none.
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any JSON value")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_unit<E>(self) -> Result<Text<'de>, E> {
                Ok(Text(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARRIVAL: i64 = 1_000;

    fn decode(line: &str) -> Decoded {
        LineDecoder::for_container("die-service-stage4", "stage4", "die-service").decode(line, ARRIVAL)
    }

    #[test]
    fn time_level_and_ids_of_a_json_line_are_found() {
        let line = r#"{"timestamp":"2026-11-22T17:00:00.123456Z","level":"INFO","message":"Die \"x\"","service":"die-service","logger":"l","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","faces":[1,2]}"#;
        let decoded = decode(line);
        assert_eq!(
            decoded.stream.to_string(),
            r#"{compose_project="stage4", compose_service="die-service", container_name="die-service-stage4", job="die-service", level="INFO", service_name="die-service-stage4"}"#
        );
        assert_eq!(
            decoded.entry.metadata.to_string(),
            r#"{detected_level="info", span_id="00f067aa0ba902b7", trace_id="4bf92f3577b34da6a3ce929d0e0e4736"}"#
        );
        assert_eq!(decoded.entry.timestamp, 1_795_366_800_123_456_000);
        assert_eq!(&*decoded.entry.line, line);
        assert!(decoded.structured);
    }

    #[test]
    fn a_line_without_a_readable_timestamp_gets_its_time_of_arrival() {
        for line in ["thread 'main' panicked", "", "{\"level\":\"INFO\"", "[1]", "{}", r#"{"timestamp":"yesterday"}"#] {
            let decoded = decode(line);
            assert_eq!((decoded.entry.timestamp, &*decoded.entry.line), (ARRIVAL, line));
            assert!(!decoded.structured && decoded.stream.get(LEVEL).is_none(), "{line}");
        }
        assert_eq!(decode("ERROR: no disk").entry.metadata.get(enrich::DETECTED_LEVEL), Some("error"));
    }

    #[test]
    fn fields_that_are_no_strings_are_ignored() {
        let decoded = decode(r#"{"timestamp":5,"level":{"a":[1]},"trace_id":null,"span_id":[[]],"x":1e400}"#);
        assert!(!decoded.structured && decoded.entry.metadata.get("trace_id").is_none());
        let odd = decode(r#"{"timestamp":"2026-11-22T17:00:00Z","level":"a level, says who?"}"#);
        assert!(odd.structured && odd.stream.get(LEVEL).is_none());
    }

    #[test]
    fn a_container_gets_at_most_sixteen_streams_for_levels() {
        let mut decoder = LineDecoder::for_container("c", "p", "s");
        let streams: std::collections::HashSet<_> =
            (0..100).map(|n| decoder.decode(&format!(r#"{{"level":"L{n}"}}"#), 0).stream).collect();
        assert_eq!(streams.len(), MOST_LEVELS + 1);
    }

    proptest! {
        #[test]
        fn no_line_panics_or_is_lost(line in "\\{?\"?.{0,60}") {
            let decoded = decode(&line);
            prop_assert_eq!(&*decoded.entry.line, &*line);
        }
    }
}
