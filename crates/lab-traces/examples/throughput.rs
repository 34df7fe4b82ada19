//! What a span costs: taking it in, flushing it, finding it again.
//!
//! `cargo run --release -p lab-traces --example throughput [spans]`; spans look like those of the dice
//! services, seven a trace, sixteen attributes each, in requests of 512.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use lab_model::{Grant, Interrupt};
use lab_storage::Location;
use lab_traces::query::search::{SearchRequest, search};
use lab_traces::query::walk::Selection;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::ast::Pipeline;
use lab_traces::traceql::syntax::parse;
use lab_traces::{Limits, TraceId, TraceStore};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

const SPANS_PER_TRACE: u64 = 7;
const SPANS_PER_REQUEST: u64 = 512;
const SPANS_PER_FLUSH: u64 = 35_000;
const START_NS: u64 = 1_700_000_000_000_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spans: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let directory = std::env::temp_dir().join(format!("dicelab-throughput-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let result = measure(spans, &directory);
    std::fs::remove_dir_all(&directory)?;
    result
}

fn measure(spans: u64, directory: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let store = TraceStore::open(&Location::Directory(directory.to_owned()), Limits::default())?;
    let (mut appending, mut flushing, mut bytes, mut since_flush) = (Duration::ZERO, Duration::ZERO, 0, 0);
    for first in (0..spans).step_by(SPANS_PER_REQUEST as usize) {
        let body = request(first, SPANS_PER_REQUEST.min(spans - first));
        bytes += body.len();
        let start = cpu_time();
        store.append(&body, START_NS as i64)?;
        appending += start.elapsed();
        since_flush += SPANS_PER_REQUEST;
        if since_flush >= SPANS_PER_FLUSH {
            since_flush = 0;
            let start = cpu_time();
            store.flush(START_NS as i64)?;
            flushing += start.elapsed();
        }
    }
    let start = cpu_time();
    store.flush(START_NS as i64)?;
    flushing += start.elapsed();
    let per_span = |time: Duration| time.as_secs_f64() * 1e6 / spans as f64;
    let on_disk: u64 = std::fs::read_dir(directory)?.filter_map(|e| e.ok()?.metadata().ok()).map(|m| m.len()).sum();
    println!("{spans} spans, {} bytes each as OTLP", bytes as u64 / spans);
    println!("check + append  {:6.2} µs/span", per_span(appending));
    println!("flush           {:6.2} µs/span", per_span(flushing));
    println!("on disk         {:6} bytes/span (files, log included)", on_disk / spans);

    let traces = spans / SPANS_PER_TRACE;
    let start = cpu_time();
    let lookups = 2_000.min(traces);
    for at in 0..lookups {
        let id = TraceId(trace_id(at * (traces / lookups)));
        assert!(store.trace(id)?.is_some());
    }
    println!("trace by id     {:6.1} µs", start.elapsed().as_secs_f64() * 1e6 / lookups as f64);
    for query in [
        "{ }",
        "{ span.die.type = \"die-7\" && resource.service.name = \"service-3\" }",
        "{ name = \"nothing of that name\" }",
        "{ duration > 1h }",
    ] {
        let request = SearchRequest {
            selection: Selection {
                plan: Plan::new(parse(query)?.pipeline().cloned().unwrap_or(Pipeline { stages: Vec::new() })),
                start_ns: 0,
                end_ns: i64::MAX,
                enough: Interrupt::default(),
            },
            min_duration_ns: 0,
            max_duration_ns: i64::MAX,
            limit: 20,
            spans_per_spanset: Some(3),
        };
        let start = cpu_time();
        let result = search(&store, &request, &Grant::default())?;
        let (found, looked_at) = (result.traces.len(), result.inspected.traces);
        println!(
            "search          {:6.1} ms, {found} found, {looked_at} traces decoded: {query}",
            start.elapsed().as_secs_f64() * 1e3
        );
    }
    Ok(())
}

/// Processor time of this thread, which other work on the machine does not lengthen (Linux).
fn cpu_time() -> Clock {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    Clock(Duration::from_nanos(nanoseconds))
}

/// A reading of [`cpu_time`].
struct Clock(Duration);

impl Clock {
    fn elapsed(&self) -> Duration {
        cpu_time().0.saturating_sub(self.0)
    }
}

fn request(first: u64, count: u64) -> Bytes {
    let mut services: Vec<Vec<Span>> = vec![Vec::new(); 4];
    for number in first..first + count {
        services[(number % 4) as usize].push(span(number));
    }
    let resource_spans = services.into_iter().enumerate().map(|(at, spans)| ResourceSpans {
        resource: Some(Resource {
            attributes: vec![text("service.name", format!("service-{at}"))],
            ..Resource::default()
        }),
        scope_spans: vec![ScopeSpans {
            scope: Some(InstrumentationScope { name: "http".into(), ..InstrumentationScope::default() }),
            spans,
            ..ScopeSpans::default()
        }],
        ..ResourceSpans::default()
    });
    ExportTraceServiceRequest { resource_spans: resource_spans.collect() }.encode_to_vec().into()
}

fn span(number: u64) -> Span {
    let (trace, at) = (number / SPANS_PER_TRACE, number % SPANS_PER_TRACE);
    let start = START_NS + trace * 200_000;
    let mut attributes = vec![
        text("http.request.method", "GET".into()),
        text("url.scheme", "http".into()),
        text("url.path", "/roll-async".into()),
        text("server.address", "127.0.0.1".into()),
        text("network.protocol.version", "1.1".into()),
        text("user_agent.original", "dicelab-traffic/0.1".into()),
        text("die.type", format!("die-{}", trace % 50)),
        text("thread.name", "tokio-runtime-worker".into()),
    ];
    for (key, value) in [
        ("server.port", 8107),
        ("http.response.status_code", 200),
        ("die.result", number % 6),
        ("async.roll_index", at),
        ("async.batch_size", 10),
        ("thread.id", 2),
        ("busy_ns", number * 37 % 100_000),
        ("idle_ns", number * 91 % 1_000_000),
    ] {
        let value = Some(AnyValue { value: Some(Value::IntValue(value as i64)) });
        attributes.push(KeyValue { key: key.into(), value, ..KeyValue::default() });
    }
    Span {
        trace_id: trace_id(trace).to_vec(),
        span_id: (trace * 8 + at + 1).to_be_bytes().to_vec(),
        parent_span_id: if at == 0 { Vec::new() } else { (trace * 8 + at).to_be_bytes().to_vec() },
        name: ["GET /roll-async", "GET", "async_roll"][(at % 3) as usize].into(),
        kind: 1 + (at % 3) as i32,
        start_time_unix_nano: start + at * 1000,
        end_time_unix_nano: start + 1_000_000,
        attributes,
        ..Span::default()
    }
}

/// Spread like real ids.
fn trace_id(number: u64) -> [u8; 16] {
    let high = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (u128::from(high) << 64 | u128::from(number + 1)).to_be_bytes()
}

fn text(key: &str, value: String) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(Value::StringValue(value)) }),
        ..KeyValue::default()
    }
}
