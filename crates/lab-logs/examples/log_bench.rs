//! What a line costs: decode, append and flush, then scans over what was stored.
//!
//! `cargo run --release -p lab-logs --example log_bench [lines [pushed]]`; with `pushed` the lines are acknowledged and go
//! through the journal.

use std::time::{Duration, Instant};

use lab_logs::logql::eval::lines::{Direction, LinesRequest, lines};
use lab_logs::logql::eval::metric::metric;
use lab_logs::logql::limits::QueryLimits;
use lab_logs::logql::syntax::ast::Query;
use lab_logs::logql::syntax::parser::parse;
use lab_logs::{Grid, Limits, LineDecoder, LogStore, Policy};
use lab_model::Grant;
use lab_storage::Location;

/// Lines between two flushes: a second at the rate that the lab must sustain.
const LINES_PER_FLUSH: u64 = 40_000;

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let pushed = std::env::args().nth(2).is_some_and(|text| text == "pushed");
    let directory = std::env::temp_dir().join(format!("dicelab-log-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let store = LogStore::open(&Location::Directory(directory.clone()), Limits::default()).expect("opens");
    let mut decoders = ["die-service", "dice-roller", "frontend"]
        .map(|service| LineDecoder::for_container(&format!("{service}-stage4"), "stage4", service));
    let texts: Vec<String> = (0..count).map(line).collect();
    let bytes: usize = texts.iter().map(String::len).sum();

    let begin = Instant::now();
    for (at, batch) in texts.chunks(LINES_PER_FLUSH as usize).enumerate() {
        for (inner, few) in batch.chunks(500).enumerate() {
            let decoder = &mut decoders[(at + inner) % 3];
            let entries = few.iter().map(|line| {
                let decoded = decoder.decode(line, 0);
                (decoded.stream, decoded.entry)
            });
            if pushed {
                store.append_or_wait(entries.collect(), &Policy::collected(), Duration::ZERO).expect("room");
            } else {
                store.append(entries, &Policy::collected());
            }
        }
        store.flush().expect("flushes");
    }
    let spent = begin.elapsed();
    let stats = store.stats();
    println!("{count} lines of {} bytes on average, {} in the database", bytes as u64 / count, stats.disk_bytes);
    println!("decode + append + flush: {:.2} µs a line", spent.as_secs_f64() * 1e6 / count as f64);
    println!("on disk: {:.1} bytes a line", stats.disk_bytes as f64 / count as f64);

    let end = 1_800_000_000_000_000_000 + i64::try_from(count).expect("fits") * 25_000;
    for text in [
        r#"{compose_project="stage4"} |= "nowhere""#,
        r#"{compose_project="stage4"} | json | die_type="nobody""#,
        r#"{compose_project="stage4"} | trace_id="00000000000000000000000000000fff""#,
        r#"sum by (level) (count_over_time({compose_project="stage4"}[1h]))"#,
        r#"sum by (level) (count_over_time({compose_project="stage4"} | json [1h]))"#,
    ] {
        let begin = Instant::now();
        let (limits, grant) = (QueryLimits::default(), Grant::default());
        let found = match parse(text).expect("valid") {
            Query::Logs(query) => {
                let request = LinesRequest { start: 0, end, limit: 100, direction: Direction::Backward, interval: 0 };
                lines(&store, &query, request, &limits, &grant).expect("evaluates").lines.len()
            }
            Query::Metric(query) => {
                metric(&store, &query, Grid::instant(end), &limits, &grant).expect("evaluates");
                1
            }
        };
        println!("{text}: {:.0} ms, {found} found", begin.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_dir_all(directory).expect("removed");
}

/// A line as the services write it; eight of a trace.
fn line(number: u64) -> String {
    let time = chrono::DateTime::from_timestamp_nanos(1_800_000_000_000_000_000 + number as i64 * 25_000);
    let time = time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let span = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!(
        r#"{{"timestamp":"{time}","level":"INFO","message":"Async roll completed","service":"dice-roller","logger":"dice_roller::roll","trace_id":"{:032x}","span_id":"{span:016x}","die_type":"fair","roll_index":{},"roll_value":{}}}"#,
        number / 8,
        number % 10,
        number % 6 + 1
    )
}
