//! A run from a file: a run file as it is, telemetry of OpenTelemetry by way of a lab that takes it in.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use lab_recording::archive::{self, Bounds};
use lab_recording::extent::extent;
use lab_recording::manifest::Manifest;
use lab_recording::otlp::file;
use lab_recording::otlp::lines::Signal;
use lab_recording::otlp::starts::Starts;
use lab_recording::recording::Recording;
use lab_verify::options::access::Access;
use lab_verify::stack::endpoint::{Answer, Endpoint};
use serde_json::Value;
use tokio::runtime::Builder;

use crate::app::ephemeral::{Ephemeral, Setup};
use crate::options::collect::CollectOptions;
use crate::parts::program::counters::Edges;
use crate::ports::Port;

/// The longest file that is read, packed or not.
pub const LONGEST: u64 = 1 << 30;
/// How long a request with telemetry may take.
const TAKEN_WITHIN: Duration = Duration::from_secs(60);
/// How metrics begin that the lab makes by itself, at its own time.
const OF_THE_LAB: [&str; 3] = ["traces_spanmetrics_", "traces_service_graph_", "dicelab_"];
/// Threads that serve the lab, and those for what blocks.
const WORKERS: usize = 2;
const BLOCKING: usize = 8;

/// The bytes of a file.
pub fn content(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("{name} cannot be read"))?;
    let mut content = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut content).with_context(|| format!("{name} cannot be read"))?;
    if content.len() as u64 > LONGEST {
        bail!("{name} is longer than {LONGEST} bytes, which is more than is read");
    }
    Ok(content)
}

/// Reads a run file or a file of OpenTelemetry. Not to be called where a runtime runs already.
pub fn recording(path: &Path) -> anyhow::Result<Recording> {
    let content = content(path)?;
    let name = || path.display().to_string();
    if content.is_empty() || file::is_run_file(&content) {
        return archive::read(&*content, Bounds::default()).with_context(name);
    }
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(WORKERS).max_blocking_threads(BLOCKING).enable_all().build();
    runtime.context("the runtime cannot start")?.block_on(by_a_lab(&content)).with_context(name)
}

/// Lets a lab of its own take the telemetry in, and takes it out again.
async fn by_a_lab(content: &[u8]) -> anyhow::Result<Recording> {
    let lab = Ephemeral::start(Setup {
        offset: 0,
        scrape: &[],
        collect: &CollectOptions::default(),
        job: "",
        for_containers: false,
        shows: &[],
        is_old: true,
        began: Instant::now(),
    })?;
    let url = lab.ports.url(Port::OtlpHttp).parse()?;
    let receiver = Endpoint::new(Access::default().client(TAKEN_WITHIN)?, &url, &[]).within(TAKEN_WITHIN);
    let mut starts = Starts::default();
    let note = |request: &file::Request| {
        if request.signal == Signal::Metrics {
            starts.note(&request.json);
        }
    };
    send_noting(&receiver, content, note).await?;
    if !lab.arrived(TAKEN_WITHIN).await.is_empty() {
        bail!("the lab that reads the file does not come to an end with it");
    }
    let is_of_file = |name: &str| !OF_THE_LAB.iter().any(|begin| name.starts_with(begin));
    let of_file = extent(&lab.record().await?, is_of_file)?;
    let (start_ns, end_ns) = of_file.context("it holds no span, no line and no sample")?;
    let edges = Edges { start: start_ns / 1_000_000, end: end_ns / 1_000_000 };
    lab.settle(edges, starts.before(start_ns)).await?;
    let mut recording = lab.record().await?;
    recording.dashboards.clear();
    recording.manifest = Manifest { start_ns, end_ns, ..recording.manifest };
    lab.finish().await;
    Ok(recording)
}

/// Sends each request of a file where OTLP goes; answers how many of traces, logs and metrics were taken. What a receiver
/// refuses of a request is told on standard error.
pub async fn send(receiver: &Endpoint, content: &[u8]) -> anyhow::Result<[usize; 3]> {
    send_noting(receiver, content, |_| ()).await
}

/// The same; each request is shown before it is sent.
async fn send_noting(
    receiver: &Endpoint,
    content: &[u8],
    mut note: impl FnMut(&file::Request),
) -> anyhow::Result<[usize; 3]> {
    let mut counts = [0; 3];
    let plain = file::unpacked_whole(content, LONGEST)?;
    for request in file::requests(&plain, LONGEST) {
        let request = request?;
        note(&request);
        let file::Request { place, signal, json } = request;
        let (path, at) = match signal {
            Signal::Traces => ("/v1/traces", 0),
            Signal::Logs => ("/v1/logs", 1),
            Signal::Metrics => ("/v1/metrics", 2),
        };
        let answer = receiver.post_json(path, json).await.and_then(Answer::good);
        let answer: Value = answer.and_then(|answer| answer.json()).with_context(|| place.clone())?;
        if let Some(why) = answer["partialSuccess"]["errorMessage"].as_str().filter(|why| !why.is_empty()) {
            eprintln!("{place}: {why}");
        }
        counts[at] += 1;
    }
    Ok(counts)
}
