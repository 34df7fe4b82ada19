//! What is answered without reading lines is what a scan answers: the same entries in memory, where every line is looked at,
//! and in sealed chunks, of which the catalogue, the columns and the filters answer.

use lab_logs::logql::error::QueryError;
use lab_logs::logql::eval::lines::{Direction, LinesRequest, lines};
use lab_logs::logql::eval::metric::metric;
use lab_logs::logql::limits::QueryLimits;
use lab_logs::logql::syntax::ast::Query;
use lab_logs::logql::syntax::parser::parse;
use lab_logs::{Entry, Grid, Limits, LogStore, Policy};
use lab_model::{Grant, Labels};
use lab_storage::Location;
use proptest::prelude::*;

/// Nanoseconds in a tenth of a second, in which the times of lines are counted here.
const TENTH: i64 = 100_000_000;

const QUERIES: [&str; 30] = [
    r#"sum(count_over_time({app=~".+"}[WINDOW]))"#,
    r#"sum by (app) (count_over_time({app=~".+"}[WINDOW]))"#,
    r#"sum by (app, level) (rate({app=~".+"}[WINDOW]))"#,
    r#"sum by (level) (count_over_time({app="one"}[WINDOW] offset 3s))"#,
    r#"sum by (absent) (count_over_time({app="one"}[WINDOW]))"#,
    r#"sum without (trace_id) (count_over_time({app=~".+"}[WINDOW]))"#,
    r#"sum without (trace_id, level) (count_over_time({app=~".+"}[WINDOW]))"#,
    r#"sum by (app_extracted) (count_over_time({app=~".+"}[WINDOW]))"#,
    r#"sum by (trace_id) (count_over_time({app=~".+"}[WINDOW]))"#,
    r#"count_over_time({app=~".+"}[WINDOW])"#,
    r#"rate({app=~".+"} | level="error" [WINDOW])"#,
    r#"sum(bytes_over_time({app=~".+"}[WINDOW]))"#,
    r#"sum by (level) (bytes_rate({app=~".+"} | level!="" [WINDOW]))"#,
    r#"max by (level) (bytes_over_time({app="two"}[WINDOW]))"#,
    r#"absent_over_time({app="two"}[WINDOW])"#,
    r#"absent_over_time({app=~".+"} | level="error" [WINDOW])"#,
    r#"sum by (level) (count_over_time({app=~".+"} | level="error" or app_extracted="inner" [WINDOW]))"#,
    r#"sum by (app) (count_over_time({app=~".+"} | level=~"e.*" | trace_id="00000000000000000000000000000003" [WINDOW]))"#,
    r#"sum by (app) (count_over_time({app=~".+"} | retries > 1 [WINDOW]))"#,
    r#"sum by (retries) (count_over_time({app=~".+"} | retries >= 0 | __error__="" [WINDOW]))"#,
    r#"sum by (app) (count_over_time({app=~".+"} |= "refused" [WINDOW]))"#,
    r#"avg_over_time({app=~".+"} | unwrap retries | __error__="" [WINDOW]) by (app)"#,
    r#"{app=~".+"} |= "connection refused""#,
    r#"{app=~".+"} |= "request 17" or "out of memory""#,
    r#"{app="one"} |= "id=00000003" != "refused""#,
    r#"{app="one"} |= "not there at all""#,
    r#"{app=~".+"} | line_format "{{.level}} connection refused" |= "connection refused""#,
    r#"{app=~".+"} | logfmt | id="00000005" |= "served""#,
    r#"{app=~".+"} | level="error" | trace_id="00000000000000000000000000000003""#,
    r#"{app="two"} |~ "mem.ry""#,
];

/// Queries whose parsers and conditions may be answered by what is kept of the fields of lines.
const FIELD_QUERIES: [&str; 33] = [
    r#"sum by (level) (count_over_time({app=~".+"} | PARSER [WINDOW]))"#,
    r#"sum by (app, status) (rate({app=~".+"} | PARSER | status >= 400 [WINDOW]))"#,
    r#"sum by (status) (bytes_over_time({app=~".+"} | PARSER | status="501" or level="error" [WINDOW]))"#,
    r#"sum by (app) (count_over_time({app=~".+"} | PARSER | status="501" [WINDOW]))"#,
    r#"sum(count_over_time({app=~".+"} | PARSER [WINDOW]))"#,
    r#"sum(count_over_time({app=~".+"} | PARSER | level="error" [WINDOW]))"#,
    r#"sum by (level) (count_over_time({app=~".+"} | PARSER | __error__="" [WINDOW]))"#,
    r#"sum by (level, __error__) (count_over_time({app=~".+"} | PARSER [WINDOW]))"#,
    r#"sum by (level_extracted) (count_over_time({app=~".+"} | PARSER | __error__="" [WINDOW]))"#,
    r#"sum by (app_extracted) (count_over_time({app=~".+"} | PARSER | __error__="" [WINDOW]))"#,
    r#"sum by (app) (count_over_time({app=~".+"} | PARSER | __error__="" [WINDOW]))"#,
    r#"sum by (user) (count_over_time({app=~".+"} | PARSER | __error__="" [WINDOW]))"#,
    r#"sum by (req_path) (count_over_time({app=~".+"} | PARSER | user="7" | __error__="" [WINDOW]))"#,
    r#"sum by (absent) (count_over_time({app=~".+"} | PARSER | __error__="" [WINDOW]))"#,
    r#"sum without (user) (count_over_time({app=~".+"} | PARSER | __error__="" [WINDOW]))"#,
    r#"count_over_time({app=~".+"} | PARSER | status="501" | __error__="" [WINDOW])"#,
    r#"absent_over_time({app=~".+"} | PARSER | status="501" | __error__="" [WINDOW])"#,
    r#"max by (req_path) (sum_over_time({app=~".+"} | PARSER | level!="" | unwrap status | __error__="" [WINDOW]))"#,
    r#"sum by (level) (count_over_time({app=~".+"} | level="info" | PARSER | status != 200 | __error__="" [WINDOW]))"#,
    r#"sum by (level) (count_over_time({app=~".+"} | PARSER | PARSER | status != 200 | __error__="" [WINDOW]))"#,
    r#"{app=~".+"} | PARSER | status >= 400 | req_path = ip("10.0.0.0/8")"#,
    r#"{app=~".+"} | level > 5 | PARSER | req_path = ip("10.0.0.0/8")"#,
    r#"{app=~".+"} | PARSER | status="501""#,
    r#"{app=~".+"} | PARSER | status >= 500"#,
    r#"{app=~".+"} | PARSER | status >= 500 and level="error" or app_extracted="inner""#,
    r#"{app=~".+"} |= "7" | PARSER | level=~"e.*" | status != "200""#,
    r#"{app=~".+"} | PARSER | level_extracted="warn""#,
    r#"{app=~".+"} | PARSER | absent="" | __error__="""#,
    r#"{app=~".+"} | PARSER | absent="x""#,
    r#"{app=~".+"} | PARSER | __error__!="""#,
    r#"{app=~".+"} | PARSER | line_format "{{.level}}" | level="error""#,
    r#"{app=~".+"} | PARSER | label_format level="none" | level="error""#,
    r#"{app=~".+"} | line_format "level=error status=501" | PARSER | status="501""#,
];

/// Lines that a parser reads, and some that it does not; some have a field that the metadata or the stream has, too.
fn entry_with_fields() -> impl Strategy<Value = (&'static str, Entry)> {
    let level = proptest::option::of(prop::sample::select(vec!["info", "error", "warn", ""]));
    let status = prop::sample::select(vec!["200", "404", "501", "\"501\"", "\"many\"", "null", "[1]", "true"]);
    let of_metadata = proptest::option::weighted(0.1, Just("warn"));
    let inner = proptest::option::weighted(0.2, Just("inner"));
    let place = (prop::sample::select(vec!["one", "two", "three"]), 0..600_i64);
    let fields = (level, status, inner, 0..40_u64, prop::sample::select(vec!["/", "/a b", "/\u{e9}\\\"", ""]));
    (place, fields, of_metadata, 0..60_u8).prop_map(|((app, time), (level, status, inner, user, path), of_metadata, whim)| {
        let level = level.map(|level| (format!("\"level\": \"{level}\", "), format!("level=\"{level}\" ")));
        let inner = inner.map(|inner| (format!("\"app\": \"{inner}\", "), format!("app={inner} ")));
        let (json_level, logfmt_level) = level.unwrap_or_default();
        let (json_inner, logfmt_inner) = inner.unwrap_or_default();
        let path = path.replace('"', "\\\"");
        let line = match (app, whim) {
            (_, 0) => "neither the one nor the other".to_owned(),
            (_, 1) => format!("{{\"level\": \"error\", \"status\": {status}"),
            ("one", 2) => format!("{{\"status\": 200, \"status\": {status}, \"req_path\": 1, \"req\": {{\"path\": 2}}}}"),
            ("one", _) => format!(
                "{{{json_level}{json_inner}\"status\": {status}, \"user\": {user}, \"req\": {{\"path\": \"{path}\"}}}}"
            ),
            ("two", 2) => format!("status=200 status={status} = a=b=c \"level=x"),
            ("two", _) => format!("{logfmt_level}{logfmt_inner}status={status} user={user} flag req.path=\"{path}\""),
            _ => format!("GET {path} {status} level={}", user % 3),
        };
        let metadata = of_metadata.map(|level| ("level", level));
        (app, Entry::new(time * TENTH, line).with_metadata(Labels::from_pairs(metadata)))
    })
}

fn entry() -> impl Strategy<Value = (&'static str, Entry)> {
    let level = proptest::option::of(prop::sample::select(vec!["info", "error", "warn", ""]));
    let inner = proptest::option::weighted(0.2, Just("inner"));
    let retries = proptest::option::weighted(0.5, prop::sample::select(vec!["0", "1", "2", "many"]));
    let text = prop::sample::select(vec!["served", "connection refused", "out of memory"]);
    (prop::sample::select(vec!["one", "two"]), 0..600_i64, 0..40_u64, level, inner, retries, text).prop_map(
        |(app, time, id, level, inner, retries, text)| {
            let trace = format!("{:032x}", id / 3);
            let metadata = [("level", level), ("app", inner), ("retries", retries), ("trace_id", Some(trace.as_str()))];
            let metadata = metadata.into_iter().filter_map(|(name, value)| Some((name, value?)));
            let entry = Entry::new(time * TENTH, format!("request {id} id={id:08x} msg=\"{text}\""));
            (app, entry.with_metadata(Labels::from_pairs(metadata)))
        },
    )
}

/// A store with these entries; if chunks are small, most of them are in sealed chunks.
fn store(entries: &[(&str, Entry)], limits: Limits, portions: usize) -> LogStore {
    let store = LogStore::open(&Location::Memory, limits).expect("open");
    for portion in entries.chunks(entries.len().div_ceil(portions).max(1)) {
        let labeled = portion.iter().map(|(app, entry)| (Labels::from_pairs([("app", *app)]), entry.clone()));
        store.append(labeled, &Policy::collected());
        if portions > 1 {
            store.flush().expect("flushed");
        }
    }
    store
}

/// What a query answers, or its error.
fn answer(store: &LogStore, query: &str, grid: Grid) -> String {
    let (limits, grant) = (QueryLimits::default(), Grant::default());
    match parse(query).expect(query) {
        Query::Metric(query) => {
            let answer = metric(store, &query, grid, &limits, &grant);
            // An error is that of the line that was read first.
            if let Err(QueryError::Pipeline { .. }) = answer {
                return "an error of a line".to_owned();
            }
            // Series come in the order in which they are found.
            let answer = format!("{answer:?}");
            let mut series: Vec<&str> = answer.split("Series {").collect();
            series.sort_unstable();
            series.join("\n")
        }
        Query::Logs(query) => {
            let request =
                LinesRequest { start: 0, end: i64::MAX, limit: 1000, direction: Direction::Forward, interval: 0 };
            let found = lines(store, &query, request, &limits, &grant).expect("evaluates");
            let mut lines: Vec<String> = found.lines.iter().map(|line| format!("{line:?}")).collect();
            lines.sort_unstable();
            lines.join("\n")
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn chunks_answer_as_lines_do(
        entries in proptest::collection::vec(entry(), 1..200), portions in 2..6_usize, chunk_bytes in 100..3000_usize,
        start in 0..300_i64, step in 1..100_i64, count in 1..12_usize, window in 1..400_i64
    ) {
        let scanned = store(&entries, Limits::default(), 1);
        let sealed = store(&entries, Limits { chunk_bytes, ..Limits::default() }, portions);
        let grid = Grid { start: start * TENTH, step: step * TENTH, count };
        for query in QUERIES {
            let query = query.replace("WINDOW", &format!("{}ms", window * 100));
            prop_assert_eq!(answer(&sealed, &query, grid), answer(&scanned, &query, grid), "{}", query);
        }
    }

    #[test]
    fn chunks_answer_by_fields_as_lines_do(
        entries in proptest::collection::vec(entry_with_fields(), 1..150), portions in 2..6_usize,
        chunk_bytes in 100..6000_usize,
        start in 0..300_i64, step in 1..100_i64, count in 1..12_usize, window in 1..400_i64
    ) {
        let scanned = store(&entries, Limits::default(), 1);
        let sealed = store(&entries, Limits { chunk_bytes, ..Limits::default() }, portions);
        let grid = Grid { start: start * TENTH, step: step * TENTH, count };
        for query in FIELD_QUERIES {
            for parser in ["json", "logfmt"] {
                let query = query.replace("WINDOW", &format!("{}ms", window * 100)).replace("PARSER", parser);
                prop_assert_eq!(answer(&sealed, &query, grid), answer(&scanned, &query, grid), "{}", query);
            }
        }
    }
}
