//! A program with telemetry, for `dicelab run`: lines on standard output, spans and series by OTLP. It says at its end what the
//! lab that it runs under has cost.

use std::io::Write as _;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use bytes::Bytes;
use hyper::Request;
use hyper::header::CONTENT_TYPE;
use serde_json::json;
use tokio::time::sleep_until;

use crate::endure::feed::traces::{Made, export};
use crate::http::connection::Connection;
use crate::programs::process;

/// Spans of a request.
const SPANS: u64 = 5;
/// How often what has been done so far is sent.
const TICK: Duration = Duration::from_millis(100);

/// What it does.
#[derive(Debug, clap::Args)]
pub struct EmitArgs {
    /// Requests per second
    #[arg(long, default_value_t = 1000)]
    rate: u64,
    /// Requests in all
    #[arg(long, default_value_t = 5000)]
    requests: u64,
    /// Lines of a request
    #[arg(long, default_value_t = 8)]
    lines: u64,
    /// Series of metrics that are sent once, at the end
    #[arg(long, default_value_t = 0)]
    series: u64,
}

/// Works, and prints `lab: S seconds of a core in T seconds` on standard error.
pub async fn run(args: &EmitArgs) -> anyhow::Result<()> {
    let endpoint = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").context("run this under dicelab run")?;
    let mut lab_connection = Connection::open(&endpoint).await?;
    let lab = std::os::unix::process::parent_id();
    let (began, cpu_before) = (Instant::now(), process::cpu_seconds(lab)?);
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut done, mut tick) = (0, tokio::time::Instant::now());
    while done < args.requests {
        tick += TICK;
        let due = (args.rate * TICK.as_millis() as u64 / 1000).min(args.requests - done);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos() as u64;
        for request in done..done + due {
            for line in 0..args.lines {
                writeln!(
                    out,
                    "level=info request={request} line={line} msg=\"the order was taken and is on its way\""
                )?;
            }
        }
        out.flush()?;
        let spans = (done * SPANS..(done + due) * SPANS).map(|span| Made {
            trace: (u128::from(now) << 64) | u128::from(span / SPANS + 1),
            span: span + 1,
            start_ns: now,
        });
        let body = export("emit", spans);
        post(&mut lab_connection, "/v1/traces", "application/x-protobuf", body).await?;
        done += due;
        sleep_until(tick).await;
    }
    if args.series > 0 {
        post(&mut lab_connection, "/v1/metrics", "application/json", series(args.series)?).await?;
    }
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), process::cpu_seconds(lab)? - cpu_before);
    eprintln!("lab: {cpu:.3} seconds of a core in {seconds:.3} seconds");
    Ok(())
}

async fn post(lab: &mut Connection, path: &str, kind: &str, body: Bytes) -> anyhow::Result<()> {
    let (status, answer) = lab.send(Request::post(path).header(CONTENT_TYPE, kind), body).await?;
    anyhow::ensure!(status.is_success(), "{path}: {status}: {}", String::from_utf8_lossy(&answer));
    Ok(())
}

/// So many series of one metric, with a value each.
fn series(count: u64) -> anyhow::Result<Bytes> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos().to_string();
    let point = |at: u64| {
        let attribute = json!({"key": "of", "value": {"stringValue": at.to_string()}});
        json!({"asInt": at.to_string(), "timeUnixNano": now, "attributes": [attribute]})
    };
    let points: Vec<_> = (0..count).map(point).collect();
    let metric = json!({"name": "emitted", "gauge": {"dataPoints": points}});
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "emit"}}]});
    let all = json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]});
    Ok(serde_json::to_vec(&all)?.into())
}
