//! What telemetry costs a service: nanoseconds per span and per log line, as the services write them.
//!
//! `cargo run --release -p telemetry --example cost >/dev/null` prints to standard error; the lines go to standard
//! output as they do in production, the spans to a receiver in the same process that reads and forgets them. Time is
//! CPU time of the thread that serves, which is what a request pays, and of the whole process.

use std::hint::black_box;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use http::HeaderMap;
use opentelemetry::trace::TraceContextExt;
use rustix::time::{ClockId, clock_gettime};
use telemetry::config::{Config, Overrides};
use telemetry::metrics::{Registry, TracedHistogram};
use telemetry::{Identity, Telemetry, traces};
use tracing::field::Empty;
use tracing::{info, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

const IDENTITY: Identity = Identity { name: "cost", version: "0", targets: &["cost"] };
const ROUNDS: u32 = 200_000;

fn main() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("bound"));
    std::thread::spawn(move || swallow(&listener));
    let config = Config::from_env(&IDENTITY, &Overrides { otlp_endpoint: Some(endpoint), ..Overrides::default() })
        .expect("valid");
    let mut registry = Registry::default();
    let telemetry = Telemetry::init(IDENTITY, &config, &mut registry).expect("starts");

    measure("server span, 12 attributes, remote parent", server_span);
    measure("client span, 7 attributes, injected", client_span);
    measure("async_roll span, 3 attributes", || {
        info_span!("async_roll", "async.roll_index" = 3_i64, "die.type" = "fair", "die.result" = Empty)
            .in_scope(|| traces::set("die.result", 4_i64));
    });
    measure("log line, 3 fields, no span", || {
        info!(die_type = "fair", roll_value = 4, duration = 0.25, "Roll completed");
    });
    let span = info_span!("request");
    let entered = span.enter();
    measure("log line, 3 fields, in a span", || {
        info!(die_type = "fair", roll_value = 4, duration = 0.25, "Roll completed");
    });
    measure("log line with an array of 10", || {
        info!(die_type = "fair", total = 38, rolls = telemetry::logs::json(&[4_i64; 10]), "Async roll batch completed");
    });
    let histogram = TracedHistogram::new(&[0.1, 0.5, 1.0]);
    measure("histogram with exemplar", || histogram.observe(black_box(0.3)));
    drop(entered);
    drop(span);
    eprintln!("{:?}", telemetry.shutdown(Duration::from_secs(20)));
}

fn server_span() {
    let mut headers = HeaderMap::new();
    let parent = http::HeaderValue::from_static("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    headers.insert("traceparent", parent);
    let span = info_span!(
        parent: None,
        "request",
        "otel.name" = "GET /roll",
        "otel.kind" = "server",
        "otel.status_code" = Empty,
        "http.request.method" = "GET",
        "url.scheme" = "http",
        "url.path" = "/roll",
        "url.query" = "die=fair",
        "http.route" = "/roll",
        "server.address" = "127.0.0.1",
        "server.port" = 8107_i64,
        "client.address" = "127.0.0.1",
        "network.protocol.version" = "1.1",
        "http.response.status_code" = Empty,
        "error.type" = Empty,
    );
    if let Some(parent) = traces::extract(&headers) {
        let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(parent));
    }
    black_box(traces::SpanIds::of(&span));
    span.in_scope(|| traces::set("die.type", "fair"));
    span.record("http.response.status_code", 200_i64);
}

fn client_span() {
    let span = info_span!(
        "GET",
        "otel.kind" = "client",
        "otel.status_code" = Empty,
        "http.request.method" = "GET",
        "url.full" = "http://127.0.0.1:8106/dice?identifier=fair",
        "server.address" = "127.0.0.1",
        "server.port" = 8106_i64,
        "network.protocol.version" = "1.1",
        "http.response.status_code" = Empty,
        "error.type" = Empty,
    );
    let mut headers = HeaderMap::new();
    traces::inject(&span, &mut headers);
    black_box(headers);
    span.in_scope(|| ());
    span.record("http.response.status_code", 200_i64);
}

fn measure(what: &str, mut work: impl FnMut()) {
    (0..ROUNDS / 10).for_each(|_| work());
    let (thread, process) = (cpu(ClockId::ThreadCPUTime), cpu(ClockId::ProcessCPUTime));
    (0..ROUNDS).for_each(|_| work());
    // The other threads ship what this one made, so the process figure is approximate.
    std::thread::sleep(Duration::from_millis(400));
    let each = |from: u128, clock| (cpu(clock) - from) / u128::from(ROUNDS);
    let (thread, process) = (each(thread, ClockId::ThreadCPUTime), each(process, ClockId::ProcessCPUTime));
    eprintln!("{what:<45} {thread:>6} ns on the serving thread, {process:>6} ns in all");
}

fn cpu(clock: ClockId) -> u128 {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32).as_nanos()
}

/// Answers every OTLP request with 200 and forgets it.
fn swallow(listener: &TcpListener) {
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || swallow_connection(stream));
    }
}

fn swallow_connection(mut stream: std::net::TcpStream) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    loop {
        head.clear();
        while !head.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
        std::io::copy(&mut (&stream).take(length.unwrap_or(0)), &mut std::io::sink())?;
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}
