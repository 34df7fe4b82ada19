//! Parts hold what the spans say: compared with the decoded spans over generated ones.

use std::collections::BTreeSet;
use std::sync::Arc;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Otlp;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use proptest::prelude::*;
use prost::Message;

use crate::columns::builder::{EncodedPart, parts};
use crate::columns::layout::{Content, Layout, MESSAGE, NAME, Shape};
use crate::columns::part::{Rows, attribute, text};
use crate::id::TraceId;
use crate::store::buffer::{Fragment, StoredSpan};
use crate::store::index::origin::{Origin, Origins};
use crate::store::index::summary::Summary;
use crate::traceql::value::Value;

fn value() -> impl Strategy<Value = Option<AnyValue>> {
    let scalar = prop_oneof![
        "[a-c]{0,2}".prop_map(Otlp::StringValue),
        (-3_i64..3).prop_map(Otlp::IntValue),
        any::<i64>().prop_map(Otlp::IntValue),
        any::<bool>().prop_map(Otlp::BoolValue),
        any::<f64>().prop_filter("NaN is not equal to itself", |number| !number.is_nan()).prop_map(Otlp::DoubleValue),
        prop::collection::vec(any::<u8>(), 0..4).prop_map(Otlp::BytesValue),
        (1_000_usize..2_000).prop_map(|length| Otlp::StringValue("x".repeat(length))),
    ];
    let list = prop::collection::vec(scalar.clone(), 0..3).prop_map(|values| {
        let values = values.into_iter().map(|value| AnyValue { value: Some(value) }).collect();
        Otlp::ArrayValue(ArrayValue { values })
    });
    prop_oneof![
        1 => Just(None),
        1 => Just(Some(AnyValue { value: None })),
        6 => scalar.prop_map(|value| Some(AnyValue { value: Some(value) })),
        1 => list.prop_map(|value| Some(AnyValue { value: Some(value) })),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    prop::collection::vec(("[a-e]", value()), 0..5).prop_map(|pairs| {
        pairs.into_iter().map(|(key, value)| KeyValue { key, value, ..KeyValue::default() }).collect()
    })
}

fn span() -> impl Strategy<Value = Span> {
    let times = (1_u64..1_000, 0_u64..1_000);
    let kinds = (0_i32..8, prop::option::of((0_i32..4, "[m]{0,2}")), prop::option::of(1_u8..3));
    let rest = (attributes(), prop::option::of(attributes()), prop::option::of(attributes()));
    (times, "[n-p]{0,2}", kinds, rest).prop_map(|((start, end), name, (kind, status, parent), (own, event, link))| {
        Span {
            start_time_unix_nano: start,
            end_time_unix_nano: end,
            name,
            kind,
            status: status.map(|(code, message)| Status { code, message }),
            parent_span_id: parent.map(|byte| vec![byte; 8]).unwrap_or_default(),
            attributes: own,
            events: event.map(|attributes| Event { attributes, ..Event::default() }).into_iter().collect(),
            links: link.map(|attributes| Link { attributes, ..Link::default() }).into_iter().collect(),
            ..Span::default()
        }
    })
}

fn origin(id: u32) -> Arc<Origin> {
    let origins = Origins::new(usize::MAX);
    origins.restore(id, &[], 0, Summary::EMPTY);
    origins.get(id)
}

fn fragment(number: u64, spans: &[(u32, Span)]) -> Fragment {
    let stored = |(id, span): &(u32, Span)| StoredSpan { origin: origin(*id), otlp: span.encode_to_vec().into() };
    Fragment {
        trace_id: TraceId(u128::from(number + 1).to_be_bytes()),
        start_ns: spans.iter().map(|(_, span)| span.start_time_unix_nano as i64).min().unwrap_or(0),
        end_ns: 0,
        reach: (0, 0),
        summary: Summary::EMPTY,
        spans: spans.iter().map(stored).collect(),
    }
}

fn encoded(fragments: &[Fragment]) -> Vec<EncodedPart> {
    parts(&fragments.iter().collect::<Vec<_>>())
}

/// What the columns say of an attribute of each row; `None` if that is kept out.
fn column(rows: Rows<'_>, key: &str) -> Option<Vec<Value<'static>>> {
    let Some(key) = rows.layout.key(key) else { return Some(vec![Value::Nil; rows.layout.rows]) };
    match &key.content {
        Content::KeptOut => None,
        content @ Content::Integers { .. } => {
            let integers = rows.integers(content).expect("integers");
            Some(integers.into_iter().map(|integer| integer.map_or(Value::Nil, Value::Int)).collect())
        }
        Content::Coded { values, segment } => {
            let entries = values.entries(rows, attribute).expect("a dictionary");
            let codes = rows.codes(*segment, entries.len() + 1).expect("codes");
            let value = |code: &u32| code.checked_sub(1).map_or(Value::Nil, |at| entries[at as usize].clone());
            Some(codes.iter().map(value).collect())
        }
    }
}

proptest! {
    #[test]
    fn a_part_says_what_its_spans_say(
        traces in prop::collection::vec(prop::collection::vec((1_u32..4, span()), 1..6), 1..30)
    ) {
        let mut fragments: Vec<Fragment> = (0..).zip(&traces).map(|(number, spans)| fragment(number, spans)).collect();
        fragments.sort_by_key(|fragment| fragment.start_ns);
        let part = encoded(&fragments).pop().expect("a part");
        let layout = Layout::from_bytes(&part.front).expect("a layout");
        let rows = Rows { layout: &layout, body: &part.body };
        // The spans in the order of the rows.
        let mut spans: Vec<(u32, u32, Span)> = Vec::new();
        for (place, fragment) in (0..).zip(&fragments) {
            let decoded = |span: &StoredSpan| (place, span.origin.id, Span::decode(span.otlp.clone()).expect("a span"));
            spans.extend(fragment.spans.iter().map(decoded));
        }
        spans.sort_by_key(|(_, _, span)| span.start_time_unix_nano);
        prop_assert_eq!(layout.rows, spans.len());
        let starts = rows.starts().expect("starts");
        prop_assert_eq!(&starts, &spans.iter().map(|span| span.2.start_time_unix_nano as i64).collect::<Vec<_>>());
        prop_assert_eq!(layout.starts, (starts[0], starts[starts.len() - 1]));
        let took = |span: &Span| span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano) as i64;
        prop_assert_eq!(rows.durations(), Some(spans.iter().map(|span| took(&span.2)).collect()));
        prop_assert_eq!(rows.fragments(), Some(spans.iter().map(|span| span.0).collect()));
        let origins = rows.origins().expect("origins").iter().map(|code| layout.origins[*code as usize]).collect();
        prop_assert_eq!(Some(origins), Some(spans.iter().map(|span| span.1).collect::<Vec<u32>>()));
        let shapes = rows.shapes().expect("shapes");
        let names = layout.names.entries(rows, text).expect("names");
        let name_codes = rows.codes(NAME, names.len() + 1).expect("codes of names");
        let messages = layout.messages.entries(rows, text).expect("messages");
        let message_codes = rows.codes(MESSAGE, messages.len() + 1).expect("codes of messages");
        let of = |entries: &[Value<'static>], code: u32| code.checked_sub(1).map_or(String::new(), |at| entries[at as usize].to_string());
        for (row, (_, _, span)) in spans.iter().enumerate() {
            let shape = layout.shapes[shapes[row] as usize];
            let status = span.status.clone().unwrap_or_default();
            prop_assert_eq!(shape.kind(), if span.kind > 5 { 0 } else { span.kind });
            prop_assert_eq!(shape.status(), if status.code > 2 { 0 } else { status.code });
            prop_assert_eq!(shape.has(Shape::ROOT), span.parent_span_id.is_empty());
            prop_assert_eq!(shape.has(Shape::EVENTS), !span.events.is_empty());
            prop_assert_eq!(shape.has(Shape::LINKS), !span.links.is_empty());
            prop_assert_eq!(&of(&names, name_codes[row]), &span.name);
            prop_assert_eq!(&of(&messages, message_codes[row]), &status.message);
        }
        for key in ["a", "b", "c", "d", "e", "f"] {
            let expected: Vec<Value<'_>> = spans.iter().map(|(_, _, span)| {
                let found = span.attributes.iter().find(|attribute| attribute.key == key);
                Value::from_otlp(found.and_then(|attribute| attribute.value.as_ref()))
            }).collect();
            match column(rows, key) {
                Some(values) => prop_assert_eq!(&values, &expected),
                None => prop_assert!(
                    expected.iter().any(|value| value.to_string().len() > 1000), "{} is kept out for nothing", key
                ),
            }
        }
        let event_keys = spans.iter().flat_map(|span| &span.2.events).flat_map(|event| &event.attributes);
        let event_keys: BTreeSet<String> = event_keys.map(|attribute| attribute.key.clone()).collect();
        prop_assert_eq!(layout.event_keys.known, event_keys.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn no_damaged_body_panics(spans in prop::collection::vec((1_u32..4, span()), 1..20), at: usize, flipped in 1_u8..) {
        let part = encoded(&[fragment(1, &spans)]).pop().expect("a part");
        let layout = Layout::from_bytes(&part.front).expect("a layout");
        let mut body = part.body;
        let at = at % body.len();
        body[at] ^= flipped;
        let rows = Rows { layout: &layout, body: &body };
        let _ = (rows.starts(), rows.durations(), rows.fragments(), rows.origins(), rows.shapes());
        for key in &layout.keys {
            let _ = rows.integers(&key.content);
            if let Content::Coded { values, segment } = &key.content {
                let _ = (values.entries(rows, attribute), rows.codes(*segment, values.count + 1));
            }
        }
    }
}

fn spans_with(count: u64, value: impl Fn(u64) -> Otlp) -> Vec<(u32, Span)> {
    let span = |number: u64| {
        let value = Some(AnyValue { value: Some(value(number)) });
        let attributes = vec![KeyValue { key: "k".into(), value, ..KeyValue::default() }];
        (1, Span { start_time_unix_nano: number, end_time_unix_nano: number, attributes, ..Span::default() })
    };
    (1..=count).map(span).collect()
}

fn content(spans: &[(u32, Span)]) -> Content {
    let part = encoded(&[fragment(1, spans)]).pop().expect("a part");
    Layout::from_bytes(&part.front).and_then(|layout| layout.key("k").cloned()).expect("a column").content
}

#[test]
fn a_column_takes_the_form_that_its_values_need() {
    assert!(matches!(
        content(&spans_with(1000, |n| Otlp::IntValue(n as i64))),
        Content::Integers { range: (1, 1000), complete: true, .. }
    ));
    let few = content(&spans_with(1000, |n| Otlp::IntValue(n as i64 % 9)));
    assert!(matches!(few, Content::Coded { values, .. } if values.count == 9 && values.is_here()));
    let texts = content(&spans_with(1000, |n| Otlp::StringValue(format!("user-{n}"))));
    assert!(matches!(texts, Content::Coded { values, .. } if values.count == 1000 && !values.is_here()));
    assert_eq!(content(&spans_with(1000, |n| Otlp::StringValue(format!("{n:>99}")))), Content::KeptOut);
    assert_eq!(content(&spans_with(1, |_| Otlp::StringValue("x".repeat(2000)))), Content::KeptOut);
}

#[test]
fn parts_end_when_they_are_full_or_time_jumps() {
    let at = |number: u64, start: i64, spans: u64| {
        let spans = spans_with(spans, |_| Otlp::BoolValue(true));
        Fragment { start_ns: start, ..fragment(number, &spans) }
    };
    let hour = 3_600_000_000_000;
    let fragments = [at(1, 0, 30_000), at(2, 1, 3_000), at(3, 2, 1), at(4, hour, 1), at(5, hour + 1, 1), at(6, 3, 1)];
    let ranges: Vec<_> = encoded(&fragments).into_iter().map(|part| part.fragments).collect();
    assert_eq!(ranges, [0..2, 2..3, 3..5, 5..6], "back in time, too: where parts are put together");
}

#[test]
fn a_part_of_long_texts_is_full_earlier_and_all_of_its_texts_are_read() {
    let long = |number: u64| {
        let message = format!("{number}{}", "x".repeat(1 << 20));
        let status = Some(Status { code: 2, message });
        fragment(number, &[(1, Span { start_time_unix_nano: number, status, ..Span::default() })])
    };
    let fragments: Vec<Fragment> = (1..=60).map(long).collect();
    let parts = encoded(&fragments);
    assert_eq!(parts.len(), 3, "of 24 MiB each, but the last one");
    let read: usize = parts
        .iter()
        .map(|part| {
            let layout = Layout::from_bytes(&part.front).expect("a layout");
            let rows = Rows { layout: &layout, body: &part.body };
            layout.messages.entries(rows, text).expect("messages").len()
        })
        .sum();
    assert_eq!(read, 60);
}
