//! Flipped bits: in the files of each store, closed or left behind by a kill, one bit is changed at random. Then every
//! answer is as before, or it says that something is missing, or the store refuses to open with a message that names the
//! file; nothing panics, and nothing is silently other.
//!
//! `DICELAB_FLIPS` says how many bits are flipped (`make endure PART=flips`: 1,000); a failure names its seed, which
//! `DICELAB_FLIPS_SEED` repeats.

use std::collections::HashMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use lab_api::loki::{self, state::LokiState};
use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::tempo::{self, state::TempoState};
use lab_logs::{Entry, LogStore, Policy};
use lab_metrics::MetricStore;
use lab_model::{Labels, Sample};
use lab_storage::Location;
use lab_traces::TraceStore;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::clock;

/// Bits that are flipped unless told otherwise.
const FLIPS: u64 = 120;
const START: i64 = 1_700_000_000;
const SECOND: i64 = 1_000_000_000;

/// A store as a test uses it.
struct Signal {
    name: &'static str,
    /// Writes one half of the data, in a few commits.
    fill: fn(&Path, half: i64),
    /// The router over the store in a directory, or why it cannot be opened.
    open: fn(&Path) -> Result<Router, String>,
    queries: &'static [&'static str],
}

const SIGNALS: [Signal; 3] = [
    Signal {
        name: "metrics",
        fill: fill_metrics,
        open: open_metrics,
        queries: &[
            "/api/v1/query_range?query=m&start=1700000000&end=1700006000&step=100",
            "/api/v1/query?query=count_over_time(m[2h])&time=1700006000",
            "/api/v1/series?match[]=m",
            "/api/v1/label/n/values",
        ],
    },
    Signal {
        name: "logs",
        fill: fill_logs,
        open: open_logs,
        queries: &[
            "/loki/api/v1/query_range?query={app=~%22.%2B%22}&start=1700000000&end=1700002000&limit=5000&direction=forward",
            "/loki/api/v1/query_range?query=sum by(app)(count_over_time({app=~%22.%2B%22}[100s]))&start=1700000000&end=1700001000&step=100",
            "/loki/api/v1/query_range?query={app=~%22.%2B%22}&start=1700000100&end=1700000130&limit=5000",
            "/loki/api/v1/series?start=1700000000&end=1700002000",
        ],
    },
    Signal {
        name: "traces",
        fill: fill_traces,
        open: open_traces,
        queries: &[
            "/api/search?q={}&limit=1000&spss=100&start=1700000000&end=1700002000",
            "/api/metrics/query_range?q={}|count_over_time()&start=1700000000&end=1700001000&step=100s",
            "/api/v2/traces/00000000000000000000000000000007",
            "/api/traces/0000000000000000000000000000002a",
        ],
    },
];

fn fill_metrics(directory: &Path, half: i64) {
    let store =
        MetricStore::open(&Location::Directory(directory.to_owned()), lab_metrics::store::limits::Limits::default())
            .expect("opens");
    for part in 0..4 {
        for series in 0..12 {
            let labels = Labels::from_pairs([("__name__", "m".to_owned()), ("n", series.to_string())]);
            let time = |n: i64| (START + (half * 400 + part * 100 + n) * 7) * 1000;
            for n in 0..100 {
                store.append(&labels, Sample { timestamp: time(n), value: (n * series) as f64 }).expect("taken");
            }
        }
        store.flush().expect("flushed");
    }
    leave(directory, half);
}

fn open_metrics(directory: &Path) -> Result<Router, String> {
    let store =
        MetricStore::open(&Location::Directory(directory.to_owned()), lab_metrics::store::limits::Limits::default());
    let store = store.map_err(|error| error.to_string())?;
    Ok(prometheus::router(PrometheusState::new(Arc::new(store), None, About::default(), clock::system())))
}

fn log_store(directory: &Path) -> Result<LogStore, String> {
    let limits = lab_logs::Limits { chunk_bytes: 2000, ..lab_logs::Limits::default() };
    LogStore::open(&Location::Directory(directory.to_owned()), limits).map_err(|error| error.to_string())
}

fn fill_logs(directory: &Path, half: i64) {
    let store = log_store(directory).expect("opens");
    for part in 0..4 {
        let entries = (0..300).map(|n| {
            let at = half * 400 + part * 100 + n / 3;
            let app = Labels::from_pairs([("app", ["a", "b", "c"][n as usize % 3])]);
            let trace = Labels::from_pairs([("trace_id", format!("{at:032x}"))]);
            (
                app,
                Entry::new((START + at) * SECOND, format!("line {at} of some text {}", at * 7919)).with_metadata(trace),
            )
        });
        // The last of them wait in the journal.
        store.append_or_wait(entries.collect(), &Policy::collected(), Duration::ZERO).expect("taken");
        if (half, part) != (1, 3) {
            store.flush().expect("flushed");
        }
    }
    leave(directory, half);
    store.flush().expect("flushed");
}

fn open_logs(directory: &Path) -> Result<Router, String> {
    Ok(loki::router(LokiState::new(Arc::new(log_store(directory)?), clock::system())))
}

fn fill_traces(directory: &Path, half: i64) {
    let store =
        TraceStore::open(&Location::Directory(directory.to_owned()), lab_traces::Limits::default()).expect("opens");
    for part in 0..4 {
        for trace in 0..15 {
            let number = half * 60 + part * 15 + trace;
            let span = |id: u8| Span {
                trace_id: (number as u128 + 1).to_be_bytes().to_vec(),
                span_id: vec![id; 8],
                name: format!("span {id} of trace {number}"),
                start_time_unix_nano: ((START + number * 5) * SECOND) as u64,
                end_time_unix_nano: ((START + number * 5 + i64::from(id)) * SECOND) as u64,
                ..Span::default()
            };
            let scope_spans = vec![ScopeSpans { spans: vec![span(1), span(2), span(3)], ..ScopeSpans::default() }];
            let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
            let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
            store.append(&body.into(), START * SECOND).expect("taken");
        }
        if (half, part) != (1, 3) {
            store.flush(START * SECOND).expect("flushed");
        }
    }
    leave(directory, half);
    store.flush(START * SECOND).expect("flushed");
}

fn open_traces(directory: &Path) -> Result<Router, String> {
    let store = TraceStore::open(&Location::Directory(directory.to_owned()), lab_traces::Limits::default());
    Ok(tempo::router(TempoState::new(Arc::new(store.map_err(|error| error.to_string())?), clock::system())))
}

/// Copies the files of the second half while the store is open, log and all: what a kill leaves behind.
fn leave(directory: &Path, half: i64) {
    if half == 1 {
        copy(directory, &killed(directory));
        copy(&directory.join("journal"), &killed(directory).join("journal"));
    }
}

fn killed(directory: &Path) -> PathBuf {
    directory.with_extension("killed")
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).expect("made");
    let Ok(entries) = fs::read_dir(from) else { return };
    for entry in entries {
        let path = entry.expect("entry").path();
        // The shared-memory file is made anew by whoever opens the database first.
        if path.is_file() && path.extension().is_none_or(|extension| extension != "db-shm") {
            fs::copy(&path, to.join(path.file_name().expect("name"))).expect("copied");
        }
    }
}

/// What the queries answer: status and body.
fn answers(runtime: &Runtime, router: &Router, queries: &[&str]) -> Vec<(u16, String)> {
    let ask = |query: &&str| {
        let uri = query.replace(' ', "%20").replace('{', "%7B").replace('}', "%7D").replace('|', "%7C");
        runtime.block_on(async {
            let request = Request::get(uri).body(Body::empty()).expect("a request");
            let response = router.clone().oneshot(request).await.expect("answers");
            let status = response.status().as_u16();
            let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
            (status, String::from_utf8_lossy(&body).into_owned())
        })
    };
    queries.iter().map(ask).collect()
}

/// True if an answer says that it is not whole.
fn says(status: u16, body: &str) -> bool {
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    let warned = json["warnings"].as_array().is_some_and(|warnings| !warnings.is_empty());
    warned || json["status"] == "PARTIAL" || status >= 500 || (status == 404 && body.contains("damaged"))
}

/// The same answer, whatever it cost and in whatever order its parts come.
fn meaning(body: &str) -> Value {
    let mut json: Value = serde_json::from_str(body).unwrap_or_else(|_| body.into());
    if let Value::Object(object) = &mut json {
        object.remove("metrics");
        object.get_mut("data").and_then(Value::as_object_mut).map(|data| data.remove("stats"));
    }
    sorted(json)
}

fn sorted(json: Value) -> Value {
    match json {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.into_iter().map(sorted).collect();
            list.sort_by_key(ToString::to_string);
            list.into()
        }
        Value::Object(object) => object.into_iter().map(|(name, value)| (name, sorted(value))).collect(),
        other => other,
    }
}

/// Random numbers from a seed (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Flips one bit of one file, chosen by size; says where.
fn flip(directory: &Path, random: &mut Random) -> String {
    let folders = [directory.to_owned(), directory.join("journal")];
    let entries = folders.into_iter().flat_map(|folder| fs::read_dir(folder).expect("listed"));
    let files = entries.map(|entry| entry.expect("entry").path()).filter(|path| path.is_file());
    let mut files: Vec<(PathBuf, u64)> = files
        .map(|path| (path.clone(), fs::metadata(path).expect("read").len()))
        .filter(|(_, bytes)| *bytes > 0)
        .collect();
    files.sort();
    let mut place = random.below(files.iter().map(|(_, bytes)| bytes).sum());
    let (path, _) = files
        .iter()
        .find(|(_, bytes)| {
            let here = place < *bytes;
            place -= if here { 0 } else { *bytes };
            here
        })
        .expect("a file");
    let (mut bytes, bit) = (fs::read(path).expect("read"), random.below(8));
    bytes[place as usize] ^= 1 << bit;
    fs::write(path, bytes).expect("written");
    format!("bit {bit} of byte {place} of {}", path.file_name().unwrap_or_default().display())
}

/// What became of one flip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Outcome {
    AsBefore,
    Said,
    Refused,
}

fn trial(runtime: &Runtime, signal: &Signal, directory: &Path, expected: &[(u16, String)]) -> Result<Outcome, String> {
    let router = match (signal.open)(directory) {
        Ok(router) => router,
        Err(message) if message.contains(&format!("{}.db", signal.name)) => return Ok(Outcome::Refused),
        Err(message) => return Err(format!("the store is refused with a message that names no file: {message}")),
    };
    let mut outcome = Outcome::AsBefore;
    for ((query, before), (status, body)) in
        signal.queries.iter().zip(expected).zip(answers(runtime, &router, signal.queries))
    {
        if says(status, &body) {
            outcome = Outcome::Said;
        } else if status != before.0 || meaning(&body) != meaning(&before.1) {
            let lengths = (before.1.len(), body.len());
            return Err(format!(
                "{query} silently answers {status}, other than before (bytes: {lengths:?}): {body:.600}"
            ));
        }
    }
    Ok(outcome)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn a_flipped_bit_changes_no_answer_unsaid() {
    let runtime = Runtime::new().expect("starts");
    let root = std::env::temp_dir().join(format!("dicelab-flips-{}", std::process::id()));
    let mut states = Vec::new();
    for signal in &SIGNALS {
        let closed = root.join(signal.name);
        fs::create_dir_all(&closed).expect("made");
        (signal.fill)(&closed, 0);
        (signal.fill)(&closed, 1);
        for directory in [killed(&closed), closed] {
            let copied = root.join("expected");
            copy(&directory, &copied);
            copy(&directory.join("journal"), &copied.join("journal"));
            let expected = answers(&runtime, &(signal.open)(&copied).expect("opens"), signal.queries);
            for (query, (status, body)) in signal.queries.iter().zip(&expected) {
                assert!(*status == 200 && !says(*status, body) && body.len() > 60, "{query}: {status} {body:.300}");
            }
            states.push((signal, directory, expected));
        }
    }
    let seed = number("DICELAB_FLIPS_SEED");
    let flips = if seed.is_some() { 1 } else { number("DICELAB_FLIPS").unwrap_or(FLIPS) };
    let first = seed.unwrap_or_else(|| u64::from(std::process::id()) << 20);
    let (mut outcomes, mut failures): (HashMap<Outcome, u64>, Vec<String>) = (HashMap::new(), Vec::new());
    for seed in first..first + flips {
        let mut random = Random(seed);
        let (signal, directory, expected) = &states[random.below(states.len() as u64) as usize];
        let copied = root.join("flipped");
        copy(directory, &copied);
        copy(&directory.join("journal"), &copied.join("journal"));
        let place = flip(&copied, &mut random);
        let result = catch_unwind(AssertUnwindSafe(|| trial(&runtime, signal, &copied, expected)));
        match result.unwrap_or_else(|_| Err("panicked".to_owned())) {
            Ok(outcome) => *outcomes.entry(outcome).or_default() += 1,
            Err(why) => failures.push(format!("seed {seed}, {place}: {why}")),
        }
    }
    println!("{flips} flips from seed {first} on: {outcomes:?}");
    fs::remove_dir_all(root).expect("removed");
    assert!(failures.is_empty(), "{} of {flips} failed:\n{}", failures.len(), failures.join("\n"));
    assert!(seed.is_some() || outcomes.get(&Outcome::Said).is_some_and(|said| *said > 0), "{outcomes:?}");
}
