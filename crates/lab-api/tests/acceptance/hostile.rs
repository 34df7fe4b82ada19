//! Hostile input: mutated expositions, remote-write bodies and queries. Whatever comes, the answer is a good one
//! or a documented error; nothing panics and nothing hangs.
//!
//! Each target runs for a second, or for as many as `DICELAB_FUZZ_SECONDS` says (`make fuzz`: ten minutes); a
//! failure names the input, and `DICELAB_FUZZ_SEED` repeats a run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::series::Sample as WireSample;
use lab_api::prometheus::write::v1::{Label, TimeSeries, WriteRequest};
use lab_metrics::MetricStore;
use lab_metrics::ingest::exposition::format::Format;
use lab_metrics::ingest::exposition::parser::Parser;
use lab_metrics::store::limits::Limits;
use lab_model::{Labels, Sample};
use lab_storage::Location;
use prost::Message;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::clock;

const EXPOSITIONS: [&str; 3] = [
    "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n\
     http_requests_total{handler=\"/roll\",method=\"GET\"} 17 1700000000000\n",
    "# TYPE h histogram\n# UNIT h seconds\nh_bucket{le=\"0.5\"} 3 # {trace_id=\"abc\"} 0.4 1.7e9\nh_sum 1\nh_count 3\n# EOF\n",
    "{\"utf-8 name\",\"l.b\"=\"\\n\\\"x\\\\\"} NaN\nx +Inf -5\n\ny{a=\"\"} 0x1p-3\n",
];

const QUERIES: [&str; 10] = [
    "sum by (job) (rate(http_requests_total{status!~\"5..|4.*\"}[5m] offset -1m))",
    "histogram_quantile(0.95, sum by (le) (rate(x_bucket[1m]))) > bool 0.5 unless on (a) y",
    "max_over_time(deriv(m[1h:1s])[1d:1m] @ end())",
    "label_replace(m, \"a\", \"$1-${2}\", \"b\", \"((x*)*y)+\") * on () group_left (c) m",
    "m{a=~\"(a{1,1000}){1,1000}\"} or absent_over_time(n[0x10s])",
    "topk(1e9, {__name__=~\".+\"}) ^ -1 % 2 atan2 pi()",
    "count_values without () (\"v\", m) + ignoring (v) m[3h:] @ 1e9",
    "rate(m[min_of(2 * 5m, step() + 1)] offset -(1h / 2)) + m[range()-1:1m*2]",
    "info(sum_over_time(m[2m:1m] @ 180), {__name__!=\"x\", a=~\".*\"}) + on (job) fill_left(0) n",
    "quantile_over_time(NaN, m[1w]) == +Inf / '\\xff' \"\\u00e9\" `raw`",
];

#[test]
fn expositions_are_read_or_refused() {
    let seeds: Vec<Vec<u8>> = EXPOSITIONS.iter().map(|text| text.as_bytes().to_vec()).collect();
    mutate(&seeds, |input| {
        for format in [Format::PrometheusText, Format::OpenMetrics] {
            let entries = Parser::new(input, format).into_iter().flatten().take_while(Result::is_ok).count();
            assert!(entries <= input.len() + 1, "{entries} entries of {input:?}");
        }
    });
}

#[test]
fn remote_writes_are_stored_or_refused() {
    let (runtime, router) = (Runtime::new().expect("a runtime"), router(store()));
    let series = |name: &str, timestamp| TimeSeries {
        labels: vec![Label { name: "__name__".to_owned(), value: name.to_owned() }],
        samples: vec![WireSample { timestamp, value: 1.5 }],
        ..TimeSeries::default()
    };
    let request = WriteRequest { timeseries: vec![series("m", 0), series("n", i64::MAX)], metadata: Vec::new() };
    let plain = request.encode_to_vec();
    let send = |media: &str, body: Vec<u8>| {
        let request = Request::post("/api/v1/write").header("content-type", media);
        let request = request.header("content-encoding", "snappy").body(Body::from(body)).expect("a request");
        let status = runtime.block_on(router.clone().oneshot(request)).expect("an answer").status();
        let documented = [StatusCode::NO_CONTENT, StatusCode::BAD_REQUEST, StatusCode::PAYLOAD_TOO_LARGE];
        assert!(documented.contains(&status), "{media}: {status}");
    };
    mutate(&[plain], |input| {
        let packed = snap::raw::Encoder::new().compress_vec(input).expect("packs");
        for media in ["application/x-protobuf", "application/x-protobuf;proto=io.prometheus.write.v2.Request"] {
            send(media, packed.clone());
            send(media, input.to_vec());
        }
    });
}

#[test]
fn queries_are_answered_or_refused() {
    let store = store();
    for (name, label, value) in [("m", "a", "b"), ("m", "b", "xy"), ("n", "c", "d"), ("x_bucket", "le", "0.5")] {
        let labels = Labels::from_pairs([("__name__", name), (label, value), ("job", "j")]);
        for minute in 0..60 {
            let sample = Sample { timestamp: 1_699_996_400_000 + minute * 60_000, value: (minute % 7) as f64 };
            store.append(&labels, sample).expect("taken");
        }
    }
    let (runtime, router) = (Runtime::new().expect("a runtime"), router(store));
    let seeds: Vec<Vec<u8>> = QUERIES.iter().map(|text| text.as_bytes().to_vec()).collect();
    let documented =
        [StatusCode::OK, StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::SERVICE_UNAVAILABLE];
    let mut asked = 0_u64;
    mutate(&seeds, |input| {
        let query = String::from_utf8_lossy(input);
        // Most queries get little time over few steps, so that one that takes all of it does not cost a hundred
        // others theirs; now and then one gets much of both.
        asked += 1;
        let (timeout, range) = if asked.is_multiple_of(64) {
            ("1s", "&start=0&end=1700000000&step=200000")
        } else {
            ("20ms", "&start=1699990000&end=1700000000&step=200")
        };
        for (path, more) in [
            ("query", "&time=1700000000"),
            ("query_range", range),
            ("format_query", ""),
            ("parse_query", ""),
            ("series", "&match[]=m"),
        ] {
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair(if path == "series" { "match[]" } else { "query" }, &query)
                .finish();
            let request = Request::post(format!("/api/v1/{path}"))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from(format!("{form}{more}&timeout={timeout}")))
                .expect("a request");
            let answer = runtime.block_on(router.clone().oneshot(request)).expect("an answer");
            let status = answer.status();
            let body = runtime.block_on(to_bytes(answer.into_body(), usize::MAX)).expect("a body");
            assert!(documented.contains(&status), "{path} of {query:?}: {status} {body:?}");
            assert!(serde_json::from_slice::<serde_json::Value>(&body).is_ok(), "{path} of {query:?}: {body:?}");
        }
    });
}

fn store() -> Arc<MetricStore> {
    Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"))
}

fn router(store: Arc<MetricStore>) -> Router {
    prometheus::router(PrometheusState::new(store, None, About::default(), clock::system()))
}

/// Shows mutations of the seeds until the time is over.
fn mutate(seeds: &[Vec<u8>], mut show: impl FnMut(&[u8])) {
    let setting = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let time = Duration::from_secs(setting("DICELAB_FUZZ_SECONDS").unwrap_or(1));
    let mut chance = Chance(setting("DICELAB_FUZZ_SEED").unwrap_or(0x9e37_79b9_7f4a_7c15) | 1);
    let (started, mut rounds) = (Instant::now(), 0_u64);
    while rounds < 50 || started.elapsed() < time {
        let mut input = seeds[chance.below(seeds.len())].clone();
        for _ in 0..=chance.below(6) {
            chance.change(&mut input, seeds);
        }
        show(&input);
        rounds += 1;
    }
    println!("{rounds} inputs");
}

/// Xorshift: the same seed, the same inputs.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    /// One change: a byte, a gap, a repetition, or a piece of another seed.
    fn change(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(20)).min(input.len());
        match self.below(5) {
            0 => input.insert(at, self.below(256) as u8),
            1 => drop(input.drain(at..end)),
            2 => {
                let piece = input[at..end].repeat(1 + self.below(40));
                input.splice(at..at, piece);
            }
            3 => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len() + 1);
                let to = (from + self.below(40)).min(other.len());
                input.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }
}
