//! LogQL over a small store.

use std::sync::Arc;
use std::time::Duration;

use lab_api::loki::{self, state::LokiState};
use lab_logs::{Entry, LogStore, Policy};
use lab_model::Labels;
use lab_storage::Location;

use super::ask::Door;
use super::chance::rounds;
use super::grammar::Grammar;
use super::memory;
use crate::clock;

const SECOND: i64 = 1_000_000_000;

/// What can be put around a query.
const AROUND: [&str; 30] = [
    "@ | label_format a=`{{.a}}{{.a}}{{.a}}`",
    "@ | label_format b=`{{.a}}{{.b}}`, a=`{{.b}}{{.a}}`",
    "@ | line_format `{{__line__}}{{__line__}}`",
    "@ | line_format `{{ alignLeft 65536 __line__ }}`",
    "@ | line_format `{{ alignRight 1000000 .a }}`",
    "@ | line_format `{{ repeat 100000 .a }}`",
    "@ | line_format `{{ indent 70000 __line__ }}`",
    "@ | line_format `{{ printf \"%65536d %.70000f %*d\" 1 2.5 100000 3 }}`",
    "@ | line_format `{{ trunc -5 __line__ }}{{ substr 1 99 .a }}{{ nindent 4 .a }}`",
    "@ | line_format `{{ regexReplaceAll \"\" __line__ __line__ }}`",
    "@ | line_format `{{ range $i, $x := fromJson __line__ }}{{ $x }}{{ end }}`",
    "@ | line_format `{{ range 100000 }}{{ range 100000 }}x{{ end }}{{ end }}`",
    "@ | line_format `{{ round 1.5 400 }}{{ div 5 0 }}{{ mod -9223372036854775808 -1 }}`",
    "@ | line_format `{{ $x := \"x\" }}{{ range 40 }}{{ $x = print $x $x }}{{ end }}{{ $x }}`",
    "@ | label_format a=`{{ count \"(.*)+\" __line__ }}`",
    "@ | json",
    "@ | logfmt --keep-empty",
    "@ | regexp `(?P<a>.*)(?P<b>.)`",
    "@ | pattern `<a> <b> <_>`",
    "@ | unpack | drop a | keep b",
    "@ |~ `(a{1,100}){1,100}`",
    "@ | a=~`.*é.*` or b > 1e308",
    "count_over_time(@ [1h])",
    "sum by (a, b) (rate(@ [290y]))",
    "quantile_over_time(NaN, @ | unwrap status [1m]) by (a)",
    "label_replace(@, `a`, `$1$1$1`, `a`, `(.*)`)",
    "topk(9223372036854775807, @)",
    "(@)",
    "@ * on (a) group_left (b) vector(1)",
    "sort_desc(@) or vector(NaN)",
];

/// The queries of the engine's list and of its scripts.
fn seeds() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../lab-logs/tests/logql");
    let read = |file: &str| std::fs::read_to_string(format!("{folder}/{file}")).expect("a file of tests");
    let list: serde_yaml_ng::Value = serde_yaml_ng::from_str(&read("queries.yaml")).expect("YAML");
    let mut seeds: Vec<String> = list["valid"]
        .as_sequence()
        .expect("a list")
        .iter()
        .filter_map(|query| Some(query.as_str()?.to_owned()))
        .collect();
    for file in ["lines.test", "metrics.test", "matching.test"] {
        let text = read(file);
        let evals = text.lines().filter_map(|line| line.strip_prefix("eval ").or_else(|| line.strip_prefix("range ")));
        seeds.extend(evals.map(str::to_owned));
    }
    assert!(seeds.len() > 100, "only {} queries", seeds.len());
    seeds
}

#[test]
fn queries_are_answered_or_refused() {
    let store = Arc::new(LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opens"));
    let lines = [
        r#"{"message":"é roll","roll":{"index":0,"value":3},"list":[1,2,{"a":"b"}],"status":200}"#,
        "level=info took=150ms size=2KB msg=\"GET /roll\" status=200",
        "plain text 世界 \u{1b}[31mred",
    ];
    for at in 0..90_i64 {
        let labels = Labels::from_pairs([("app", ["dice", "web", "a"][at as usize % 3]), ("level", "INFO")]);
        let entry = Entry::new(1_700_000_000 * SECOND + at * SECOND, lines[at as usize % lines.len()]);
        let entry = entry.with_metadata(Labels::from_pairs([("trace_id", format!("t{at}"))]));
        store.append([(labels, entry)], &Policy::collected());
    }
    let mut state = LokiState::new(store, clock::system()).with_memory(memory::pool());
    state.timeout = Duration::from_millis(300);
    let mut door = Door::new(loki::router(state), &[200, 400, 429, 504]);
    let grammar = Grammar { seeds: seeds(), around: &AROUND };
    rounds(
        |chance| grammar.query(chance),
        |query| {
            let api = |path: &str| format!("/loki/api/v1/{path}");
            let query = [("query", query.as_str())];
            let range = [query[0], ("start", "1700000000"), ("end", "1700000100"), ("step", "1"), ("limit", "100")];
            door.ask_json(&api("query"), &[query[0], ("time", "1700000090")], true);
            door.ask_json(&api("query_range"), &range, true);
            door.ask_json(&api("format_query"), &query, true);
            door.ask_json(&api("detected_fields"), &range, true);
            door.ask_json(&api("index/volume_range"), &range, true);
        },
    );
    memory::report();
}
