//! What a real Loki (main-65e30f8) answered in protobuf to questions about lines of ours is read whole: written again it has the
//! same bytes, so that no field is missing and none has another number.

use super::*;

fn read(bytes: &[u8]) -> Reply {
    let read = QueryResponse::decode(bytes).expect("a message");
    assert_eq!(read.encode_to_vec(), bytes);
    read.reply.expect("an answer")
}

macro_rules! recorded {
    ($name:literal) => {
        read(include_bytes!(concat!("../recorded/", $name, ".pb")))
    };
}

#[test]
fn samples_and_volumes_are_those_of_prometheus() {
    for (bytes, kind, series) in [
        (recorded!("matrix"), "matrix", 2),
        (recorded!("vector"), "vector", 4),
        (recorded!("scalar"), "scalar", 1),
        (recorded!("volume"), "vector", 1),
        (recorded!("volumes"), "matrix", 1),
    ] {
        let Reply::Samples(SamplesReply { response: Some(response), statistics: Some(_) }) = bytes else {
            panic!("{bytes:?}")
        };
        let data = response.data.expect("data");
        assert_eq!((&*data.result_type, data.result.len()), (kind, series));
        assert!(data.result.iter().all(|one| !one.samples.is_empty()));
    }
}

#[test]
fn lines_have_their_labels_as_a_text_and_by_origin() {
    for (bytes, with_parsed) in [(recorded!("streams"), false), (recorded!("categorized"), true)] {
        let Reply::Streams(streams) = bytes else { panic!("{bytes:?}") };
        assert_eq!((streams.direction, streams.limit), (1, 2));
        let result = streams.data.expect("data").result;
        assert_eq!(result.iter().map(|stream| stream.entries.len()).sum::<usize>(), 2);
        assert_eq!(result[0].labels.contains("msg="), !with_parsed, "{}", result[0].labels);
        assert!(result.iter().flat_map(|stream| &stream.entries).all(|entry| {
            !entry.structured_metadata.is_empty() && !entry.parsed.is_empty() && entry.timestamp.is_some()
        }));
    }
}

#[test]
fn what_there_is_has_messages_of_its_own() {
    let Reply::Labels(labels) = recorded!("labels") else { panic!("labels") };
    let Reply::Labels(values) = recorded!("values") else { panic!("values") };
    assert!(labels.data.iter().any(|name| name == "service_name") && values.data.iter().any(|value| value == "eu"));
    let Reply::Series(series) = recorded!("series") else { panic!("series") };
    assert!(series.data.iter().all(|set| set.labels.iter().any(|pair| pair.name == "app" && pair.value == "num")));
    let Reply::Amounts(amounts) = recorded!("amounts") else { panic!("amounts") };
    // Loki estimates them from what part of a chunk lies in the range.
    assert_eq!(amounts.response.map(|amounts| (amounts.streams, amounts.entries)), Some((4, 1)));
    let Reply::DetectedLabels(labels) = recorded!("detected_labels") else { panic!("detected labels") };
    assert!(labels.response.expect("labels").detected_labels.iter().all(|label| label.cardinality > 0));
    let Reply::Fields(fields) = recorded!("fields") else { panic!("fields") };
    let fields = fields.response.expect("fields").fields;
    assert!(fields.iter().any(|field| field.label == "s" && field.kind == "bytes" && field.parsers == ["logfmt"]));
    let Reply::Fields(values) = recorded!("field_values") else { panic!("values of a field") };
    assert_eq!(values.response.expect("values").values.len(), 2);
    let Reply::Patterns(patterns) = recorded!("patterns") else { panic!("patterns") };
    let patterns = patterns.response.expect("patterns").series;
    assert!(patterns.iter().all(|one| one.samples.iter().map(|sample| sample.value).sum::<i64>() > 0));
    assert!(!patterns.is_empty());
}
