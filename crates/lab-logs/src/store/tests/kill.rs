//! A kill at any moment: what was acknowledged is there once, whatever was flushed and however the journal ends.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::time::Duration;

use lab_model::Labels;
use lab_storage::{SignalStore, Wait};
use proptest::prelude::*;

use crate::record::Entry;
use crate::store::LogStore;
use crate::store::limits::{Limits, Policy};
use crate::store::tests::{Directory, all, app};

/// Something that happens to a store; lines are numbered, so that no two are equal.
#[derive(Clone, Debug)]
enum Event {
    Push {
        stream: usize,
        lines: usize,
    },
    Flush,
    /// The process is killed, perhaps while it writes so many bytes of a record.
    Kill {
        torn: usize,
    },
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        5 => (0_usize..3, 1_usize..40).prop_map(|(stream, lines)| Event::Push { stream, lines }),
        2 => Just(Event::Flush),
        2 => prop_oneof![Just(0), 1_usize..200].prop_map(|torn| Event::Kill { torn }),
    ]
}

fn open(directory: &Directory) -> LogStore {
    directory.open(Limits { chunk_bytes: 700, memory_bytes: 20_000, ..Limits::default() })
}

fn push(store: &LogStore, stream: usize, entries: &[Entry]) -> Result<(), Wait> {
    let labels = app(["a", "b", "c"][stream]);
    let entries: Vec<(Labels, Entry)> = entries.iter().map(|entry| (labels.clone(), entry.clone())).collect();
    let wanted = entries.len();
    let appended = store.append_or_wait(entries, &Policy::collected(), Duration::ZERO)?;
    assert_eq!(appended.accepted, wanted);
    Ok(())
}

/// Tears the end of the journal as a kill within a write does. Answers whether there was a journal.
fn tear(directory: &Directory, bytes: usize) -> bool {
    let Ok(entries) = fs::read_dir(directory.0.join("journal")) else { return false };
    let Some(newest) = entries.map(|entry| entry.expect("entry").path()).max() else { return false };
    let sound = fs::read(&newest).expect("read");
    // A part of the first record: its head has 64 bytes, of which the last four are the length of the front; behind them
    // stand the length of the body and the checksum.
    let length = |at: usize| u32::from_le_bytes([sound[at], sound[at + 1], sound[at + 2], sound[at + 3]]) as usize;
    let whole = 72 + length(60) + length(64);
    let torn = &sound[..bytes.min(whole - 1)];
    File::options().append(true).open(newest).expect("opens").write_all(torn).expect("written");
    !torn.is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_acknowledged_is_there_once(events in prop::collection::vec(event(), 1..40)) {
        let directory = Directory::new(&format!("kill-{:?}", std::thread::current().id()));
        let mut store = open(&directory);
        let (mut acknowledged, mut next) = (BTreeSet::new(), 0_i64);
        for event in &events {
            match *event {
                Event::Push { stream, lines } => {
                    let entries: Vec<Entry> =
                        (next..next + lines as i64).map(|n| Entry::new(n, format!("line {n} of many"))).collect();
                    next += lines as i64;
                    if push(&store, stream, &entries).is_ok() {
                        acknowledged.extend(entries.iter().map(|entry| (entry.timestamp, entry.line.to_string())));
                    }
                }
                Event::Flush => store.flush().expect("flushes"),
                Event::Kill { torn } => {
                    drop(store);
                    let torn = torn > 0 && tear(&directory, torn);
                    store = open(&directory);
                    prop_assert_eq!(store.intake().cuts().len(), usize::from(torn), "{:?}", store.intake().cuts());
                    prop_assert_eq!(store.balance().expect("counts").at_start, acknowledged.len() as u64);
                }
            }
            let there = all(&store);
            prop_assert_eq!(there.len(), acknowledged.len());
            prop_assert_eq!(there.into_iter().collect::<BTreeSet<_>>(), acknowledged.clone());
            prop_assert_eq!(store.balance().expect("counts").difference(), 0);
        }
        prop_assert_eq!(store.damage().rows, 0);
    }
}

#[test]
fn a_journal_whose_file_cannot_be_made_refuses_pushes_and_keeps_nothing_of_them() {
    let directory = Directory::new("no-journal");
    // In place of the folder.
    fs::write(directory.0.join("journal"), "a file").expect("written");
    let store = LogStore::open(&lab_storage::Location::Directory(directory.0.clone()), Limits::default());
    // The folder cannot be read either, which is said when the store is opened.
    let error = store.expect_err("no folder").to_string();
    assert!(error.contains("journal"), "{error}");
}

#[test]
fn a_record_in_the_middle_that_is_damaged_costs_its_lines_only_and_is_said() {
    let directory = Directory::new("flipped");
    let store = open(&directory);
    for n in 0..3 {
        push(&store, 0, &[Entry::new(n, format!("line {n}")), Entry::new(n + 10, "another")]).expect("kept");
    }
    drop(store);
    let segment =
        fs::read_dir(directory.0.join("journal")).expect("listed").next().expect("one").expect("entry").path();
    let mut bytes = fs::read(&segment).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&segment, bytes).expect("written");

    let store = open(&directory);
    let times: Vec<i64> = all(&store).into_iter().map(|(time, _)| time).collect();
    assert_eq!(times, [0, 2, 10, 12]);
    let (balance, report) = (store.balance().expect("counts"), store.damage());
    assert_eq!((balance.at_start, balance.damaged, balance.difference()), (6, 2, 0));
    assert_eq!((report.rows, report.items), (1, 2));
}
