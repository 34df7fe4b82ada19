//! What is taken out of one lab is in the next one.

use clap::Parser;
use lab_logs::Entry as StoredEntry;
use lab_model::{Interrupt, Labels, Sample as StoredSample};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

use super::*;
use crate::options::lab::LabOptions;
use crate::parts::storage::recording::take::{TooMuch, take, take_at_most};

const SECOND: i64 = 1_000_000_000;

#[derive(clap::Parser)]
struct Arguments {
    #[command(flatten)]
    lab: LabOptions,
}

fn in_memory() -> Stores {
    let arguments = Arguments::try_parse_from(["lab", "--in-memory"]).expect("valid");
    Stores::open(&arguments.lab).expect("opens")
}

fn fill(stores: &Stores) {
    let labels = |name: &str| Labels::from_pairs([("__name__", name), ("job", "shop")]);
    for (name, at) in [("a_total", 1000), ("a_total", 2000), ("b", 1000), ("late", 900_000)] {
        stores.metrics.append(&labels(name), StoredSample { timestamp: at, value: 1.5 }).expect("taken");
    }
    let kept = Metadata { kind: kind(1), help: "help".to_owned(), unit: String::new() };
    stores.metrics.set_metadata("a_total", kept);
    let trace_id = Labels::from_pairs([("trace_id", "0af7")]);
    let entry = StoredEntry::new(SECOND, "it broke").with_metadata(trace_id);
    stores.logs.append([(Labels::from_pairs([("service_name", "shop")]), entry)], &Policy::collected());
    let span = |id: u8| Span {
        trace_id: vec![1; 16],
        span_id: vec![id; 8],
        name: format!("span {id}"),
        start_time_unix_nano: SECOND as u64,
        end_time_unix_nano: 2 * SECOND as u64,
        ..Span::default()
    };
    let scope = ScopeSpans { spans: vec![span(1), span(2)], ..ScopeSpans::default() };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() }],
    };
    stores.traces.append(&request.encode_to_vec().into(), 3 * SECOND).expect("taken");
}

#[test]
fn what_is_taken_out_of_one_lab_is_in_the_next_and_only_once() {
    let (first, second) = (in_memory(), in_memory());
    fill(&first);
    let taken = take(&first, (0, 10 * SECOND), &Interrupt::default()).expect("taken");
    let counts = taken.manifest.counts;
    assert_eq!((counts.series, counts.samples, counts.lines, counts.spans), (2, 3, 1, 2));
    let put_in = put(&second, &taken, 3 * SECOND).expect("put in");
    assert_eq!(put_in, Put { samples: 3, lines: 1, spans: 2, refused: 0 });
    assert_eq!(take(&second, (0, 10 * SECOND), &Interrupt::default()).expect("taken"), taken);
    assert_eq!(put(&second, &taken, 3 * SECOND).expect("put in again"), put_in);
    assert_eq!(take(&second, (0, 10 * SECOND), &Interrupt::default()).expect("taken"), taken);
    assert_eq!(second.metrics.metadata(Some("a_total"))["a_total"].help, "help");
}

#[test]
fn a_part_that_is_no_message_is_named() {
    let broken = |recording: Recording| put(&in_memory(), &recording, 0).expect_err("refused").to_string();
    let garbage = vec![Bytes::from_static(b"\x0a\xff")];
    assert_eq!(broken(Recording { logs: garbage.clone(), ..Recording::default() }), "logs/0001.pb cannot be read");
    assert_eq!(
        broken(Recording { metrics: garbage.clone(), ..Recording::default() }),
        "metrics/0001.pb cannot be read"
    );
    assert_eq!(broken(Recording { traces: garbage, ..Recording::default() }), "traces/0001.pb cannot be read");
}

#[test]
fn what_is_too_much_or_not_waited_for_is_not_taken_out() {
    let stores = in_memory();
    fill(&stores);
    let interrupt = Interrupt::default();
    let taken = |most| take_at_most(&stores, (0, 10 * SECOND), &interrupt, most);
    for most in [0, 20, 100, 150] {
        assert!(taken(most).expect_err("too much").downcast_ref::<TooMuch>().is_some(), "{most}");
    }
    taken(10_000).expect("enough");
    interrupt.set();
    assert!(format!("{:#}", taken(10_000).expect_err("interrupted")).ends_with("nobody waits for the file any more"));
}

#[test]
fn a_file_with_one_bad_portion_changes_nothing() {
    let mut portion = vec![0x0a];
    let entries = [0x12, 0x00].repeat(4 << 20);
    prost::encoding::encode_varint(entries.len() as u64, &mut portion);
    portion.extend(entries);
    let (first, second) = (in_memory(), in_memory());
    fill(&first);
    let mut taken = take(&first, (0, 10 * SECOND), &Interrupt::default()).expect("taken");
    taken.metrics.push(Bytes::from_static(b"\x0a\xff"));
    put(&second, &taken, 0).expect_err("one cannot be read");
    taken.logs.push(portion.into());
    let error = put(&second, &taken, 0).expect_err("one is too large");
    assert!(matches!(error.downcast_ref(), Some(PutError::TooLarge(part)) if part == "logs/0002.pb"), "{error:#}");
    let held = take(&second, (0, 10 * SECOND), &Interrupt::default()).expect("taken");
    assert!(held.metrics.is_empty() && held.logs.is_empty() && held.traces.is_empty());
}
