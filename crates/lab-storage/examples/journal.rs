//! What a journal costs: records of several sizes, from one sender and from four at once, with all that a push has to pay
//! for them (fields, checksum, write).
//!
//! `cargo run --release -p lab-storage --example journal`

use std::sync::Arc;
use std::time::Instant;

use lab_storage::journal::position;
use lab_storage::{
    Budget, DamageLog, Database, Draft, FieldWriter, Format, Intake, Kind, Location, Schema, TimeUnit, row_table,
};

const FORMAT: Format = Format { kind: Kind::PushedLines, version: 1 };
const SCHEMA: Schema = Schema(&[row_table!("journal")]);
/// Bytes of all records of one measurement.
const BYTES: usize = 256 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::temp_dir().join(format!("dicelab-journal-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let location = Location::Directory(directory.clone());
    let database = Arc::new(Database::open(&location, "bench", SCHEMA)?);
    let damage = DamageLog::new("bench", "items", TimeUnit::Nanoseconds);
    let limit = u64::MAX;
    let intake = Intake::open((&location, "bench"), (FORMAT, limit), (&database, &damage), |_| Ok(()))?;
    let (intake, budget) = (Arc::new(intake), Arc::new(Budget::new(limit)));
    for (bytes, senders) in [(500, 1), (500, 4), (50_000, 1), (50_000, 4), (1_000_000, 1), (1_000_000, 4)] {
        let (begin, cpu) = (Instant::now(), cpu_seconds());
        let records = (BYTES / bytes).min(200_000);
        let threads: Vec<_> = (0..senders)
            .map(|_| {
                let (intake, budget) = (intake.clone(), budget.clone());
                std::thread::spawn(move || {
                    let text = "x".repeat(bytes);
                    for _ in 0..records / senders {
                        let draft = || {
                            let mut draft = Draft::new(FORMAT, FieldWriter::default());
                            draft.body().text(&text);
                            draft.count(0);
                            draft
                        };
                        if intake.enter().journal(&budget, draft).is_err() {
                            eprintln!("a record could not be written");
                        }
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().map_err(|_| "a sender panicked")?;
        }
        let (spent, cpu) = (begin.elapsed().as_secs_f64() * 1e6, (cpu_seconds() - cpu) * 1e6);
        let each = records as f64;
        println!(
            "{bytes:>8} bytes, {senders} senders: {:>8.2} µs a record, {:>8.2} µs of CPU",
            spent / each,
            cpu / each
        );
        let record = intake.between_pushes(|record| record);
        if let Some(record) = record {
            database.write(|transaction| position::put(transaction, record))?;
        }
        intake.committed(record);
    }
    std::fs::remove_dir_all(directory)?;
    Ok(())
}

/// Processor time of this process so far, user and system, in seconds; `/proc` counts in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}
