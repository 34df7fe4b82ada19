//! How large a request in protobuf becomes when it is decoded: an empty message is two bytes in a file, and hundreds in memory.

use std::mem::size_of;

use opentelemetry_proto::tonic::common::v1::{AnyValue, EntityRef, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, SummaryDataPoint,
};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::encoding::{self, DecodeContext, WireType};

/// What may stand in a message.
pub(crate) type Shape = &'static [Field];

/// A field: its number, the bytes of one in memory, and what stands in it.
#[derive(Debug)]
pub(crate) struct Field(u32, usize, Within);

#[derive(Debug)]
enum Within {
    Messages(Shape),
    /// Numbers, each of one byte at least.
    Numbers,
}

use Within::{Messages, Numbers};

/// What is deeper, prost refuses, too.
const DEEPEST: u32 = 100;
/// Bytes of a number in memory.
const NUMBER: usize = 8;

pub(crate) static TRACES: [Field; 1] =
    [Field(1, size_of::<ResourceSpans>(), Messages(&[RESOURCE, Field(2, size_of::<ScopeSpans>(), Messages(&SPANS))]))];
static SPANS: [Field; 2] = [
    SCOPE,
    Field(
        2,
        size_of::<Span>(),
        Messages(&[
            pairs(9),
            Field(11, size_of::<Event>(), Messages(&[pairs(3)])),
            Field(13, size_of::<Link>(), Messages(&[pairs(4)])),
        ]),
    ),
];

pub(crate) static LOGS: [Field; 1] =
    [Field(1, size_of::<ResourceLogs>(), Messages(&[RESOURCE, Field(2, size_of::<ScopeLogs>(), Messages(&RECORDS))]))];
static RECORDS: [Field; 2] =
    [SCOPE, Field(2, size_of::<LogRecord>(), Messages(&[Field(5, 0, Messages(&ANY_VALUE)), pairs(6)]))];

pub(crate) static METRICS: [Field; 1] = [Field(
    1,
    size_of::<ResourceMetrics>(),
    Messages(&[RESOURCE, Field(2, size_of::<ScopeMetrics>(), Messages(&OF_METRICS))]),
)];
static OF_METRICS: [Field; 2] = [
    SCOPE,
    Field(
        2,
        size_of::<Metric>(),
        Messages(&[
            Field(5, 0, Messages(&NUMBER_POINTS)),
            Field(7, 0, Messages(&NUMBER_POINTS)),
            Field(9, 0, Messages(&[Field(1, size_of::<HistogramDataPoint>(), Messages(&[pairs(9), exemplars(8)]))])),
            Field(10, 0, Messages(&EXPONENTIAL_POINTS)),
            Field(11, 0, Messages(&SUMMARY_POINTS)),
            pairs(12),
        ]),
    ),
];
static NUMBER_POINTS: [Field; 1] = [Field(1, size_of::<NumberDataPoint>(), Messages(&[pairs(7), exemplars(5)]))];
static EXPONENTIAL_POINTS: [Field; 1] = [Field(
    1,
    size_of::<ExponentialHistogramDataPoint>(),
    Messages(&[
        pairs(1),
        Field(8, 0, Messages(&[Field(2, 0, Numbers)])),
        Field(9, 0, Messages(&[Field(2, 0, Numbers)])),
        exemplars(11),
    ]),
)];
static SUMMARY_POINTS: [Field; 1] = [Field(
    1,
    size_of::<SummaryDataPoint>(),
    Messages(&[pairs(7), Field(6, size_of::<ValueAtQuantile>(), Messages(&[]))]),
)];

const RESOURCE: Field =
    Field(1, 0, Messages(&[pairs(1), Field(3, size_of::<EntityRef>(), Messages(&[text(3), text(4)]))]));
const SCOPE: Field = Field(1, 0, Messages(&[pairs(3)]));

/// Values hold lists, which hold values again.
static ANY_VALUE: [Field; 2] = [
    Field(5, 0, Messages(&[Field(1, size_of::<AnyValue>(), Messages(&ANY_VALUE))])),
    Field(6, 0, Messages(&[pairs(1)])),
];
static EXEMPLAR: [Field; 1] = [pairs(7)];
static PAIR: [Field; 1] = [Field(2, 0, Messages(&ANY_VALUE))];

const fn pairs(number: u32) -> Field {
    Field(number, size_of::<KeyValue>(), Messages(&PAIR))
}

const fn exemplars(number: u32) -> Field {
    Field(number, size_of::<Exemplar>(), Messages(&EXEMPLAR))
}

const fn text(number: u32) -> Field {
    Field(number, size_of::<String>(), Messages(&[]))
}

/// How many bytes the messages of a request take in memory, without their texts; `None` if it is no message.
pub(crate) fn decoded(message: &[u8], shape: Shape) -> Option<usize> {
    of_depth(message, shape, DEEPEST)
}

fn of_depth(mut message: &[u8], shape: Shape, depth: u32) -> Option<usize> {
    let (depth, mut bytes) = (depth.checked_sub(1)?, 0);
    while !message.is_empty() {
        let (number, wire) = encoding::decode_key(&mut message).ok()?;
        if wire != WireType::LengthDelimited {
            encoding::skip_field(wire, number, &mut message, DecodeContext::default()).ok()?;
            continue;
        }
        let length = usize::try_from(encoding::decode_varint(&mut message).ok()?).ok()?;
        let (content, rest) = message.split_at_checked(length)?;
        bytes += match shape.iter().find(|field| field.0 == number) {
            None => 0,
            Some(Field(_, size, Messages([]))) => *size,
            Some(Field(_, size, Messages(within))) => size + of_depth(content, within, depth)?,
            Some(Field(_, _, Numbers)) => content.len() * NUMBER,
        };
        message = rest;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(number: u8, content: &[u8]) -> Vec<u8> {
        let mut message = vec![number << 3 | 2];
        encoding::encode_varint(content.len() as u64, &mut message);
        message.extend(content);
        message
    }

    #[test]
    fn messages_are_counted_before_they_are_made() {
        let spans = [0x12, 0x00].repeat(1000);
        let request = within(1, &within(2, &spans));
        let expected = size_of::<ResourceSpans>() + size_of::<ScopeSpans>() + 1000 * size_of::<Span>();
        assert_eq!(decoded(&request, &TRACES), Some(expected));
        assert_eq!(decoded(&request[..9], &TRACES), None);
        let counts = within(1, &within(2, &within(2, &within(10, &within(1, &within(8, &within(2, &[0; 500])))))));
        assert!(decoded(&counts, &METRICS).is_some_and(|bytes| bytes > 8 * 500));
    }

    #[test]
    fn values_in_values_are_counted_as_deep_as_they_are_decoded() {
        let list = |values: &[u8]| within(5, values);
        let record = |body: &[u8]| within(1, &within(2, &within(2, &within(5, body))));
        let values = [0x0a, 0x00].repeat(10);
        let one = decoded(&record(&list(&values)), &LOGS).expect("a request");
        let two = decoded(&record(&list(&within(1, &list(&values)))), &LOGS).expect("a request");
        assert_eq!(two - one, size_of::<AnyValue>());
        let deep = (0..200).fold(Vec::new(), |value, _| list(&within(1, &value)));
        assert_eq!(decoded(&record(&deep), &LOGS), None);
    }
}
