//! PromQL over a small store.

use std::sync::Arc;

use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_metrics::MetricStore;
use lab_metrics::store::limits::Limits;
use lab_model::{Labels, Sample};
use lab_storage::Location;

use super::ask::Door;
use super::chance::rounds;
use super::grammar::Grammar;
use super::memory;
use crate::clock;

/// Queries that reach what the scripts of the engine do not.
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

/// What can be put around a query.
const AROUND: [&str; 22] = [
    "(@)",
    "-@",
    "abs(@)",
    "sum by (job, a) (@)",
    r#"label_join(@, "a", "", "a", "a", "a")"#,
    r#"label_join(@, "new", ",", "a", "b", "job")"#,
    r#"label_replace(@, "a", "$1$1$1", "a", "(.*)")"#,
    r#"label_replace(@, "job", "${1}é", "job", "(.*)")"#,
    r#"count_values("v", @)"#,
    r#"histogram_quantiles(@, "q", 0.1, 0.5, time())"#,
    "max_over_time((@)[1h:1s])",
    "sum_over_time((@)[1d:1m] offset 1h)",
    "rate((@)[1y:1ms])",
    "(@) * on (job) group_left (a) m",
    "(@) or {__name__=~\".+\"}",
    "topk(9223372036854775807, @)",
    "quantile by (job) (1e308, @)",
    "info(@)",
    "absent_over_time((@)[5m:1s])",
    "sort_by_label_desc(@, \"a\")",
    "(@) @ 1700000000",
    "limit_ratio(-0.5, @)",
];

/// The queries of the engine's own scripts, and those above.
fn seeds() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../lab-metrics/tests/promql/cases");
    let mut seeds: Vec<String> = QUERIES.map(str::to_owned).to_vec();
    for file in std::fs::read_dir(folder).expect("the scripts") {
        let text = std::fs::read_to_string(file.expect("a script").path()).expect("a script");
        let evals = text.lines().filter_map(|line| line.strip_prefix("eval instant at "));
        seeds.extend(evals.filter_map(|line| Some(line.split_once(' ')?.1.to_owned())));
    }
    assert!(seeds.len() > 100, "only {} queries", seeds.len());
    seeds
}

#[test]
fn queries_are_answered_or_refused() {
    let store = Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"));
    for (name, label, value) in [("m", "a", "b"), ("m", "b", "xy"), ("n", "c", "d"), ("x_bucket", "le", "0.5")] {
        let labels = Labels::from_pairs([("__name__", name), (label, value), ("job", "j")]);
        for minute in 0..60 {
            let sample = Sample { timestamp: 1_699_996_400_000 + minute * 60_000, value: (minute % 7) as f64 };
            store.append(&labels, sample).expect("taken");
        }
    }
    let state = PrometheusState::new(store, None, About::default(), clock::system()).with_memory(memory::pool());
    let mut door = Door::new(prometheus::router(state), &[200, 400, 422, 503]);
    let grammar = Grammar { seeds: seeds(), around: &AROUND };
    let mut asked = 0_u64;
    rounds(
        |chance| grammar.query(chance),
        |query| {
            // Most queries get little time over few steps, so that one that takes all of it does not cost a hundred
            // others theirs; now and then one gets much of both.
            asked += 1;
            let (timeout, step) = if asked.is_multiple_of(64) { ("1s", "1") } else { ("20ms", "200") };
            let range = [("start", "1699990000"), ("end", "1700000000"), ("step", step)];
            let instant = [("query", query.as_str()), ("time", "1700000000"), ("timeout", timeout)];
            door.ask_json("/api/v1/query", &instant, true);
            door.ask_json("/api/v1/query_range", &[&range[..], &instant[..]].concat(), true);
            door.ask_json("/api/v1/format_query", &instant, true);
            door.ask_json("/api/v1/parse_query", &instant, true);
            door.ask_json("/api/v1/series", &[("match[]", query.as_str()), ("match[]", "m")], true);
        },
    );
    memory::report();
}
