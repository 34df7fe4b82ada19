//! What the sample store costs: `cargo run --release -p lab-metrics --example store_bench`.
//!
//! 1,000 series of the kinds that services expose, 6 h at 15 s (1.44 million samples), in the order in which
//! a scraper would bring them, with a flush for each scrape. Prints the rate of appending, bytes a sample on
//! disk, the time of reading everything back over several ranges, and resident memory.

use std::path::Path;
use std::time::{Duration, Instant};

use lab_metrics::MetricStore;
use lab_metrics::store::append::push::Push;
use lab_metrics::store::error::StoreError;
use lab_metrics::store::limits::Limits;
use lab_model::{Interrupt, Labels, Matcher, Sample};
use lab_storage::{Location, TimeLimits};

const SERIES: usize = 1000;
/// Series of a start that has many.
const MANY: usize = 100_000;
const SCRAPES: i64 = 6 * 240;
const INTERVAL: i64 = 15_000;
const START: i64 = 1_790_000_000_000;

/// A reproducible stream of numbers in 0..1.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn labels(n: usize) -> Labels {
    let bucket = n.to_string();
    Labels::from_pairs([
        (
            "__name__",
            ["http_requests_total", "roll_duration_seconds_bucket", "roll_duration_seconds_sum", "queue_length"][n % 4],
        ),
        ("job", "dice-roller-stage4"),
        ("instance", "localhost:8107"),
        ("series", bucket.as_str()),
    ])
}

/// The next value of series `n`: three in five are counters and buckets that grow by whole numbers, one in
/// five never changes, the rest are sums of seconds and gauges.
fn next_value(n: usize, last: f64, numbers: &mut Numbers) -> f64 {
    match n % 5 {
        0 => last,
        1..=3 => last + (numbers.next() * f64::from(1 << (n % 8))).floor(),
        _ if n.is_multiple_of(2) => last + numbers.next(),
        _ => (numbers.next() * 50.0).floor(),
    }
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or_default()
}

/// What a sample costs that comes in a request of 500 series with one sample each, without the flush.
fn pushes(location: &Location, labels: &[Labels]) -> Result<f64, StoreError> {
    let store = MetricStore::open(location, Limits::default())?;
    let (mut took, mut samples) = (Duration::ZERO, 0);
    for round in 0..50_i64 {
        for group in labels.chunks(500) {
            let started = Instant::now();
            let mut push = Push::new(TimeLimits::ANY);
            for labels in group {
                let sample = Sample { timestamp: START + round * INTERVAL, value: round as f64 };
                store.add(&mut push, labels.clone(), &[sample][..], Vec::new());
            }
            samples += store.push(push, Duration::ZERO).map_or(0, |pushed| pushed.samples);
            took += started.elapsed();
        }
        store.flush()?;
    }
    Ok(took.as_secs_f64() * 1e6 / samples as f64)
}

/// Seconds that this thread has had a processor.
fn processor_seconds() -> f64 {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    schedule.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or_default() / 1e9
}

/// Makes 100,000 series of an hour, with a flush every two minutes.
fn make_many_series(location: &Location) -> Result<(), StoreError> {
    let store = MetricStore::open(location, Limits::default())?;
    let mut numbers = Numbers(7);
    let series: Vec<_> = (0..MANY).filter_map(|n| store.series_ref(&labels(n)).ok()).collect();
    let mut values = vec![0.0; MANY];
    for scrape in 0..240 {
        for (n, (series, value)) in series.iter().zip(&mut values).enumerate() {
            *value = next_value(n, *value, &mut numbers);
            let _ = store.append_to(series, Sample { timestamp: START + scrape * INTERVAL, value: *value });
        }
        if scrape % 8 == 0 {
            store.flush()?;
        }
    }
    Ok(store.flush()?)
}

/// What a start costs that finds 100,000 series in a folder; they are made if it is empty.
fn start_with_many_series(folder: &Path) -> Result<(), StoreError> {
    let location = Location::Directory(folder.to_owned());
    if !folder.join("metrics.db").exists() {
        make_many_series(&location)?;
    }
    let before = processor_seconds();
    let store = MetricStore::open(&location, Limits::default())?;
    println!("start                   {:>12.2} ms of processor time", (processor_seconds() - before) * 1000.0);
    println!("resident after a start  {:>12} KiB in all ({} series)", resident_kib(), store.series_count());
    Ok(())
}

#[expect(clippy::too_many_lines, reason = "one measurement after the other, each prints its line")]
fn main() -> Result<(), StoreError> {
    if let Some(folder) = std::env::args().nth(1) {
        return start_with_many_series(Path::new(&folder));
    }
    let folder = std::env::temp_dir().join(format!("dicelab-store-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .map_err(|source| lab_storage::StorageError::Directory { path: folder.clone(), source })?;
    let store = MetricStore::open(&Location::Directory(folder.clone()), Limits::default())?;
    let before = resident_kib();
    let (mut numbers, mut values) = (Numbers(42), vec![0.0; SERIES]);
    let refs: Vec<_> = (0..SERIES).filter_map(|n| store.series_ref(&labels(n)).ok()).collect();
    let (mut appending, mut flushing) = (0.0, 0.0);
    for scrape in 0..SCRAPES {
        for (n, value) in values.iter_mut().enumerate() {
            *value = next_value(n, *value, &mut numbers);
        }
        let started = Instant::now();
        for (series, value) in refs.iter().zip(&values) {
            let _ = store.append_to(series, Sample { timestamp: START + scrape * INTERVAL, value: *value });
        }
        appending += started.elapsed().as_secs_f64();
        let started = Instant::now();
        store.flush()?;
        flushing += started.elapsed().as_secs_f64();
    }
    let samples = SERIES as f64 * SCRAPES as f64;
    let disk = store.stats().disk_bytes;
    println!("append (series known)   {:>12.0} samples/s", samples / appending);
    println!("flush of {SERIES} series     {:>12.2} ms", flushing * 1000.0 / SCRAPES as f64);
    println!("on disk                 {:>12.2} bytes/sample ({disk} bytes)", disk as f64 / samples);
    println!("resident                {:>12} KiB more than empty", resident_kib() - before);

    let end = START + SCRAPES * INTERVAL;
    for (name, minutes) in [("15 m", 15), ("1 h", 60), ("6 h", 360)] {
        let (mut found, started) = (0, Instant::now());
        for _ in 0..10 {
            store.select(
                &[Matcher::equal("job", "dice-roller-stage4")],
                (end - minutes * 60_000, end),
                &Interrupt::default(),
                |_, samples| {
                    found += samples.len();
                    Ok::<_, StoreError>(())
                },
            )?;
        }
        let took = started.elapsed().as_secs_f64() / 10.0;
        println!(
            "select all over {name:<6}  {:>12.2} ms ({:.0} million samples/s)",
            took * 1000.0,
            found as f64 / 10.0 / took / 1e6
        );
    }

    // Bulk, as remote write brings it: labels looked up for each batch of 100 samples.
    let bulk = MetricStore::open(&Location::Memory, Limits::default())?;
    let labels: Vec<Labels> = (0..SERIES).map(labels).collect();
    let started = Instant::now();
    for batch in 0..14_i64 {
        for (n, labels) in labels.iter().enumerate() {
            let sample =
                |at: i64| Sample { timestamp: START + (batch * 100 + at) * INTERVAL, value: (at * n as i64) as f64 };
            bulk.append_batch(labels, &(0..100).map(sample).collect::<Vec<_>>(), &TimeLimits::ANY);
        }
        bulk.flush()?;
    }
    println!("bulk append with flush  {:>12.0} samples/s", 1400.0 * SERIES as f64 / started.elapsed().as_secs_f64());
    // The same in requests that are acknowledged, once without and once with a journal.
    println!("pushes in memory        {:>12.2} µs/sample", pushes(&Location::Memory, &labels)?);
    let pushed = folder.join("pushed");
    std::fs::create_dir_all(&pushed)
        .map_err(|source| lab_storage::StorageError::Directory { path: pushed.clone(), source })?;
    println!("pushes with a journal   {:>12.2} µs/sample", pushes(&Location::Directory(pushed), &labels)?);
    let started = Instant::now();
    drop(store);
    let store = MetricStore::open(&Location::Directory(folder.clone()), Limits::default())?;
    println!(
        "reopen                  {:>12.2} ms ({} series)",
        started.elapsed().as_secs_f64() * 1000.0,
        store.series_count()
    );
    let _ = std::fs::remove_dir_all(folder);
    Ok(())
}
