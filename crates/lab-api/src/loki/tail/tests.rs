//! What a tail sends, and in which frame, without a socket.

use std::sync::Arc;

use lab_logs::{Entry, Limits, LogStore, Policy};
use lab_model::{Clock, Labels};
use lab_storage::Location;

use super::*;

fn tail(store: &Arc<LogStore>) -> Tail {
    let Ok(Query::Logs(query)) = parser::parse(r#"{a="b"} |= "x""#) else { panic!("a log query") };
    Tail {
        state: LokiState::new(Arc::clone(store), Clock::fixed(0)),
        query,
        categorize: false,
        delay: 0,
        floor: 0,
        sent: BTreeSet::new(),
    }
}

fn write(store: &LogStore, time: i64, line: &str) {
    let entry = Entry::new(time, line);
    store.append([(Labels::from_pairs([("a", "b")]), entry)], &Policy::collected());
}

fn texts(frame: Option<Value>) -> Vec<String> {
    let Some(frame) = frame else { return Vec::new() };
    let values = frame["streams"][0]["values"].as_array().cloned().unwrap_or_default();
    values.iter().map(|value| value[1].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn the_backlog_comes_first_then_every_line_once_even_if_it_comes_late() {
    let store = Arc::new(LogStore::open(&Location::Memory, Limits::default()).expect("opened"));
    for at in 1..=4 {
        write(&store, at * SECOND, &format!("x{at}"));
    }
    let mut tail = tail(&store);
    assert_eq!(texts(tail.backlog(2, 4 * SECOND).await.expect("asked")), ["x3", "x4"]);
    assert_eq!(texts(tail.news(4 * SECOND).await.expect("asked")), Vec::<String>::new());
    write(&store, 6 * SECOND, "x6");
    write(&store, 5 * SECOND, "not wanted");
    assert_eq!(texts(tail.news(6 * SECOND).await.expect("asked")), ["x6"]);
    write(&store, 5 * SECOND, "x5, late");
    assert_eq!(texts(tail.news(7 * SECOND).await.expect("asked")), ["x5, late"]);
    assert!(tail.news(60 * SECOND).await.expect("asked").is_none());
    assert!(tail.sent.is_empty(), "what lies behind the slack is forgotten");
}

#[tokio::test]
async fn what_is_left_out_is_counted_also_beyond_what_a_query_answers() {
    let store = Arc::new(LogStore::open(&Location::Memory, Limits::default()).expect("opened"));
    let entries = (0..12_000).map(|at| (Labels::from_pairs([("a", "b")]), Entry::new(SECOND + at, format!("x{at}"))));
    store.append(entries, &Policy::collected());
    let frame = tail(&store).news(2 * SECOND).await.expect("asked").expect("a frame");
    assert_eq!(texts(Some(frame.clone())).len(), MOST_PER_FRAME);
    assert_eq!(frame["dropped_total"], 12_000 - MOST_PER_FRAME);
    assert_eq!(frame["dropped_entries"].as_array().map(Vec::len), Some(MOST_DROPPED));
}

#[test]
fn a_frame_keeps_the_newest_lines_and_names_the_dropped_ones() {
    let line = |time: i64| LogLine {
        timestamp: time,
        line: "x".into(),
        stream: Labels::from_pairs([("a", "b")]),
        metadata: Labels::empty(),
        parsed: Labels::empty(),
    };
    let frame = frame(&[line(1), line(2), line(3)], 2, 4, false).expect("a frame");
    assert_eq!(frame["dropped_total"], 5);
    assert_eq!(frame["streams"][0]["values"], json!([["2", "x"], ["3", "x"]]));
    assert_eq!(frame["dropped_entries"], json!([{ "timestamp": "1", "labels": { "a": "b" } }]));
}
