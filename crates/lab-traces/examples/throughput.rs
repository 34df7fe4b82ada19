//! What a span costs: taking it in, flushing it, finding it again, with columns beside the spans and without; and what
//! the metrics of spans and the service graph add.
//!
//! `cargo run --release -p lab-traces --example throughput [spans]`; spans look like those of the dice
//! services, seven a trace, sixteen attributes each, in requests of 512, 28 traces a second. All times are of the processor.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lab_model::{Grant, Interrupt};
use lab_storage::{Location, SignalStore};
use lab_traces::query::metrics::{self, MetricsRequest};
use lab_traces::query::search::{SearchRequest, search};
use lab_traces::query::tags;
use lab_traces::query::walk::Selection;
use lab_traces::span_metrics::SpanMetrics;
use lab_traces::span_metrics::config::Config;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::ast::Question;
use lab_traces::traceql::syntax::{parse, parse_attribute};
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
/// How often the way in is measured with and without metrics of spans.
const ROUNDS: usize = 3;
const START_NS: u64 = 1_700_000_000_000_000_000;

/// Queries, each with what it stands for.
const QUERIES: [(&str, &str); 12] = [
    ("duration, no match", "{ duration > 10s }"),
    ("attribute = number, no match", "{ span.http.response.status_code = 599 }"),
    ("attribute = number and name", "{ span.die.result = 3 && name = \"GET\" }"),
    ("name by regular expression, no match", "{ name =~ \"nothing.*\" }"),
    ("name = text, no match", "{ name = \"nothing of that name\" }"),
    ("service and attribute", "{ span.die.type = \"die-7\" && resource.service.name = \"service-3\" }"),
    ("descendants, no match", "{ duration > 10s } >> { name = \"GET\" }"),
    ("count all", "{} | count_over_time()"),
    ("rate by service", "{} | rate() by (resource.service.name)"),
    ("quantile by name", "{} | quantile_over_time(duration, .9) by (name)"),
    ("average by text (50 values)", "{} | avg_over_time(duration) by (span.die.type)"),
    ("rate of roots by name", "{ nestedSetParent < 0 } | rate() by (name)"),
];

/// What was measured, with its unit.
type Measured = Vec<(String, f64)>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let spans: u64 = std::env::args().nth(1).map_or(Ok(700_000), |text| text.parse())?;
    let mut both = Vec::new();
    for columns in [false, true] {
        let directory = std::env::temp_dir().join(format!("dicelab-throughput-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let result = measure(spans, &directory, columns);
        std::fs::remove_dir_all(&directory)?;
        both.push(result?);
    }
    println!("{spans} spans\n{:48} {:>12} {:>12}", "", "spans only", "with columns");
    for ((name, without), (_, with)) in both[0].iter().zip(&both[1]) {
        println!("{name:48} {without:12.2} {with:12.2}");
    }
    // In turns, so that a slow moment of the machine meets both; the best of each counts.
    let (mut without, mut with) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        without = without.min(taking_in(spans, None)?);
        with = with.min(taking_in(spans, Some(SpanMetrics::new(Config::lab())))?);
    }
    let added = (with - without) / without * 100.0;
    println!(
        "taken in and flushed without metrics of spans {without:.2} µs a span, with them {with:.2}: {added:.1} % more"
    );
    Ok(())
}

/// Microseconds that a span takes on its way in and to the disk, with the metrics of spans or without them.
fn taking_in(spans: u64, metrics: Option<SpanMetrics>) -> Result<f64, Box<dyn std::error::Error>> {
    let store = TraceStore::open(&Location::Memory, Limits::default())?;
    if let Some(metrics) = metrics {
        store.measure_spans(Arc::new(metrics));
    }
    let (mut spent, mut since_flush) = (Duration::ZERO, 0);
    for first in (0..spans).step_by(SPANS_PER_REQUEST as usize) {
        let body = request(first, SPANS_PER_REQUEST.min(spans - first));
        let start = cpu_time();
        store.append(&body, START_NS as i64)?;
        since_flush += SPANS_PER_REQUEST;
        if since_flush >= SPANS_PER_FLUSH {
            since_flush = 0;
            store.flush(START_NS as i64)?;
        }
        spent += start.elapsed();
    }
    Ok(spent.as_secs_f64() * 1e6 / spans as f64)
}

fn measure(spans: u64, directory: &Path, columns: bool) -> Result<Measured, Box<dyn std::error::Error>> {
    let limits = Limits { columns, ..Limits::default() };
    let store = TraceStore::open(&Location::Directory(directory.to_owned()), limits)?;
    let (mut appending, mut flushing, mut since_flush) = (Duration::ZERO, Duration::ZERO, 0);
    for first in (0..spans).step_by(SPANS_PER_REQUEST as usize) {
        let body = request(first, SPANS_PER_REQUEST.min(spans - first));
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
    let mut measured = vec![
        ("check and append, µs a span".to_owned(), per_span(appending)),
        ("flush, µs a span".to_owned(), per_span(flushing)),
        ("on disk, bytes a span".to_owned(), store.database().used_bytes() as f64 / spans as f64),
    ];
    let traces = spans / SPANS_PER_TRACE;
    let start = cpu_time();
    let lookups = 2_000.min(traces);
    for at in 0..lookups {
        let id = TraceId(trace_id(at * (traces / lookups)));
        assert!(store.trace(id)?.is_some());
    }
    measured.push(("trace by id, µs".to_owned(), start.elapsed().as_secs_f64() * 1e6 / lookups as f64));
    for (name, query) in QUERIES {
        let start = cpu_time();
        ask(&store, query)?;
        measured.push((format!("{name}, ms"), start.elapsed().as_secs_f64() * 1e3));
    }
    let all = selection("{}", (0, i64::MAX))?;
    let start = cpu_time();
    tags::values(&store, &parse_attribute("resource.service.name")?, &all, &Grant::default())?;
    measured.push(("values of service.name, ms".to_owned(), start.elapsed().as_secs_f64() * 1e3));
    let start = cpu_time();
    tags::names(&store, &all, &Grant::default())?;
    measured.push(("names of attributes, ms".to_owned(), start.elapsed().as_secs_f64() * 1e3));
    Ok(measured)
}

fn selection(query: &str, (start_ns, end_ns): (i64, i64)) -> Result<Selection, Box<dyn std::error::Error>> {
    let plan = Plan::new(parse(query)?.pipeline().cloned().ok_or("no query for traces")?);
    Ok(Selection { plan, start_ns, end_ns, enough: Interrupt::default() })
}

/// Asks for the newest twenty traces, or for series over all the time that the spans take.
fn ask(store: &TraceStore, text: &str) -> Result<(), Box<dyn std::error::Error>> {
    let query = parse(text)?;
    if let Question::Series(_) = query.question {
        // One step of half a day, or many of 15 seconds.
        let step_ns = (!text.contains("count_over_time")).then_some(15_000_000_000);
        let (start_ns, end_ns) = (START_NS as i64 - 1, START_NS as i64 + 12 * 3_600_000_000_000);
        let enough = Interrupt::default();
        let request = MetricsRequest { query, start_ns, end_ns, enough, step_ns, exemplars: 0, max_series: 1000 };
        metrics::query(store, &request, &Grant::default())?;
        return Ok(());
    }
    let request = SearchRequest {
        selection: selection(text, (0, i64::MAX))?,
        min_duration_ns: 0,
        max_duration_ns: i64::MAX,
        limit: 20,
        spans_per_spanset: Some(3),
    };
    search(store, &request, &Grant::default())?;
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
    let start = START_NS + trace * 36_000_000;
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
