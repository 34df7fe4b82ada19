//! All files together stay within the limit, whichever signal comes, and what nobody else uses may be used.

use std::fs;
use std::path::Path;
use std::time::Duration;

use clap::Parser;
use lab_logs::{Entry, Policy};
use lab_model::{Labels, Sample};
use lab_storage::{SignalStore, TimeLimits};

use crate::options::lab::LabOptions;
use crate::parts::storage::stores::Stores;

const DISK: u64 = 16 << 20;

#[derive(clap::Parser)]
struct Arguments {
    #[command(flatten)]
    lab: LabOptions,
}

fn open(directory: &Path) -> Stores {
    let directory = directory.display().to_string();
    let disk = format!("{}MiB", DISK >> 20);
    let arguments = ["lab", "--data-dir", &directory, "--max-disk", &disk, "--retention", "1000000h"];
    Stores::open(&Arguments::try_parse_from(arguments).expect("valid").lab).expect("opens")
}

/// Bytes of every file below a directory.
fn bytes_of(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).expect("listed").map(|entry| entry.expect("entry").path());
    entries
        .map(|path| if path.is_dir() { bytes_of(&path) } else { fs::metadata(path).map_or(0, |file| file.len()) })
        .sum()
}

/// What takes how much.
fn told(stores: &Stores, directory: &Path) -> String {
    let entries = fs::read_dir(directory).expect("listed").map(|entry| entry.expect("entry"));
    let files: Vec<_> =
        entries.map(|entry| (entry.file_name(), entry.metadata().map_or(0, |file| file.len()))).collect();
    let spaces = stores.all().map(|store| (store.database().space(), store.intake().bytes()));
    format!("{files:?} {spaces:?}")
}

/// What the upkeep does.
fn upkeep(stores: &Stores) {
    assert_eq!(stores.flush(0), Vec::<String>::new());
    if stores.is_full() {
        assert_eq!(stores.retain(0), Vec::<String>::new());
    }
}

/// Lines that do not compress, a second after the other.
fn lines(number: i64) -> Vec<(Labels, Entry)> {
    let mut state = number.cast_unsigned() + 1;
    let mut text = || {
        let mut text = String::new();
        for _ in 0..60 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text += &(state >> 16).to_string();
        }
        text
    };
    let labels = Labels::from_pairs([("app", "noise")]);
    (0..300).map(|n| (labels.clone(), Entry::new((number * 300 + n) * 1_000_000_000, text()))).collect()
}

#[test]
fn files_stay_within_the_limit_and_one_signal_may_use_what_the_others_leave() {
    let directory = std::env::temp_dir().join(format!("dicelab-stores-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("made");
    let stores = open(&directory);
    let most = DISK / 10 * 11;
    for number in 0..150 {
        stores.logs.append_or_wait(lines(number), &Policy::collected(), Duration::ZERO).expect("kept");
        upkeep(&stores);
        let bytes = bytes_of(&directory);
        assert!(
            bytes <= most,
            "{bytes} bytes after push {number}, at most {most} are allowed: {}",
            told(&stores, &directory)
        );
    }
    let balance = stores.logs.balance().expect("counts");
    assert!(balance.evicted_by_disk > 0 && balance.difference() == 0, "{balance:?}");
    let logs_alone = stores.logs.database().space().live;
    assert!(logs_alone > DISK / 2, "{logs_alone} bytes: more than the third that is the logs' own");

    // Another signal takes its own part back.
    let series: Vec<Labels> = (0..50).map(|n| Labels::from_pairs([("__name__", "m"), ("n", &n.to_string())])).collect();
    let mut state = 1_u64;
    for round in 0..60 {
        for labels in &series {
            let samples: Vec<Sample> = (0..120)
                .map(|n| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    Sample { timestamp: round * 120_000 + n * 1000, value: f64::from_bits(state >> 2) }
                })
                .collect();
            assert_eq!(stores.metrics.append_batch(labels, &samples, &TimeLimits::ANY).1, None);
        }
        upkeep(&stores);
        let bytes = bytes_of(&directory);
        assert!(
            bytes <= most,
            "{bytes} bytes in round {round}, at most {most} are allowed: {}",
            told(&stores, &directory)
        );
    }
    assert_eq!(stores.metrics.balance().expect("counts").evicted_by_disk, 0, "metrics use less than their part");
    assert!(stores.logs.database().space().live < logs_alone, "which the logs gave back");
    drop(stores);
    fs::remove_dir_all(directory).expect("removed");
}
