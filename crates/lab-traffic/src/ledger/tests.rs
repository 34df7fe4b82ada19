//! Lines are the contract's, are read back as written, and none is lost.

use chrono::DateTime;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::*;

fn entry() -> Entry {
    Entry {
        trace_id: Some("0af7651916cd43dd8448eb211c80319c".to_owned()),
        user: 3,
        request: 1,
        endpoint: Endpoint::RollAsync,
        die: "fair".to_owned(),
        times: Some(2),
        strategy: Some(Strategy::BestEffort),
        status: Some(200),
        rolls: Some(vec![Some(4), None]),
        total: Some(4),
        started: DateTime::from_timestamp_micros(1_700_000_000_000_001).expect("a time"),
        duration_ms: 812.5,
    }
}

#[test]
fn a_line_has_the_fields_of_the_contract_in_their_order() {
    assert_eq!(
        serde_json::to_string(&entry()).expect("serialises"),
        concat!(
            r#"{"trace_id":"0af7651916cd43dd8448eb211c80319c","user":3,"request":1,"endpoint":"/roll-async","#,
            r#""die":"fair","times":2,"strategy":"best-effort","status":200,"rolls":[4,null],"total":4,"#,
            r#""started":"2023-11-14T22:13:20.000001Z","duration_ms":812.5}"#
        )
    );
    let absent =
        Entry { trace_id: None, times: None, strategy: None, status: None, rolls: None, total: None, ..entry() };
    let line = serde_json::to_value(&absent).expect("serialises");
    for key in ["trace_id", "times", "strategy", "status", "rolls", "total"] {
        assert_eq!(line.get(key), Some(&serde_json::Value::Null), "{key}");
    }
}

#[tokio::test]
async fn every_entry_handed_over_is_in_the_file() {
    let directory = std::env::temp_dir().join(format!("dicelab-ledger-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join("ledger.jsonl");
    let ledger = LedgerWriter::create(&path).expect("a file");
    for request in 1..=5000 {
        ledger.write(Entry { request, ..entry() }).await.expect("writable");
    }
    assert_eq!(ledger.finish().await.expect("complete"), 5000);
    let text = std::fs::read_to_string(&path).expect("readable");
    std::fs::remove_dir_all(&directory).expect("removed");
    let requests: Vec<u64> =
        text.lines().map(|line| serde_json::from_str::<Entry>(line).expect("an entry").request).collect();
    assert_eq!(requests, (1..=5000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_disk_and_a_missing_directory_are_reported() {
    let error = LedgerWriter::create(Path::new("/nonexistent/ledger.jsonl")).expect_err("no such directory");
    assert!(error.to_string().contains("/nonexistent/ledger.jsonl"), "{error}");

    let full = LedgerWriter::create(Path::new("/dev/full")).expect("opens");
    while full.write(entry()).await.is_ok() {}
    assert!(full.finish().await.expect_err("full").to_string().contains("/dev/full"));
}

proptest! {
    #[test]
    fn lines_are_read_back_as_written(
        die in ".*",
        status in proptest::option::of(100_u16..600),
        rolls in proptest::option::of(proptest::collection::vec(proptest::option::of(any::<i64>()), 0..20)),
        micros in 0_i64..4_000_000_000_000_000,
        duration_us: u32,
    ) {
        let started = DateTime::from_timestamp_micros(micros).expect("in range");
        let entry = Entry { die, status, rolls, started, duration_ms: f64::from(duration_us) / 1e3, ..entry() };
        let line = serde_json::to_string(&entry).expect("serialises");
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(serde_json::from_str::<Entry>(&line).expect("an entry"), entry);
    }
}
