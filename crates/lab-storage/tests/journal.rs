//! The journal beside a real database: what was written is read again once, however it ends and whoever wrote at once.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use lab_storage::journal::position;
use lab_storage::{
    Budget, Cause, DamageLog, Database, Draft, FieldReader, FieldWriter, Format, Intake, Kind, Location, Schema,
    TimeUnit, Wait, row_table,
};
use proptest::prelude::*;

const FORMAT: Format = Format { kind: Kind::PushedLines, version: 1 };
const SCHEMA: Schema = Schema(&[row_table!("journal")]);
const ROOMY: u64 = 64 << 20;

/// A store of texts whose tables are a set in memory that outlives it, as a database outlives a process.
struct Texts {
    database: Database,
    damage: DamageLog,
    budget: Budget,
    intake: Intake,
    found: Vec<String>,
}

struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("dicelab-journal-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("made");
        Self(path)
    }

    fn open(&self) -> Texts {
        self.open_with(ROOMY)
    }

    fn open_with(&self, limit: u64) -> Texts {
        let location = Location::Directory(self.0.clone());
        let database = Database::open(&location, "texts", SCHEMA).expect("opens");
        let damage = DamageLog::new("texts", "texts", TimeUnit::Nanoseconds);
        let mut found = Vec::new();
        let intake = Intake::open((&location, "texts"), (FORMAT, limit), (&database, &damage), |record| {
            found.push(FieldReader::new(record.body).text()?.to_owned());
            Ok(())
        });
        Texts { intake: intake.expect("opens"), database, damage, budget: Budget::new(limit), found }
    }

    fn segments(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.0.join("journal")) else { return Vec::new() };
        let mut paths: Vec<_> = entries.map(|entry| entry.expect("entry").path()).collect();
        paths.sort();
        paths
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Texts {
    fn push(&self, text: &str) -> Result<(), Wait> {
        let draft = || {
            let mut draft = Draft::new(FORMAT, FieldWriter::default());
            draft.body().text(text);
            draft.count(7);
            draft
        };
        self.intake.enter().journal(&self.budget, draft)
    }

    fn commit(&self) {
        let record = self.intake.between_pushes(|record| record);
        if let Some(record) = record {
            self.database.write(|transaction| position::put(transaction, record)).expect("written");
        }
        self.intake.committed(record);
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

#[test]
fn what_was_written_is_read_again_until_the_tables_hold_it() {
    let directory = Directory::new();
    let texts = directory.open();
    texts.push("one").expect("written");
    texts.push("two").expect("written");
    let segments = directory.segments();
    assert_eq!((segments.len(), mode(&segments[0]), mode(&directory.0.join("journal"))), (1, 0o600, 0o700));
    drop(texts);

    let texts = directory.open();
    assert_eq!(texts.found, ["one", "two"]);
    texts.push("three").expect("written");
    assert_eq!(directory.segments().len(), 2);
    texts.commit();
    assert_eq!((directory.segments().len(), texts.intake.bytes()), (0, 0), "files that nobody needs are gone");
    texts.push("four").expect("written");
    drop(texts);
    assert_eq!(directory.open().found, ["four"]);
}

#[test]
fn a_kill_between_the_commit_and_the_end_of_a_file_counts_nothing_twice() {
    let directory = Directory::new();
    let texts = directory.open();
    texts.push("one").expect("written");
    let record = texts.intake.between_pushes(|record| record).expect("there is news");
    texts.database.write(|transaction| position::put(transaction, record)).expect("written");
    texts.push("two").expect("written");
    drop(texts);
    assert_eq!(directory.segments().len(), 2);
    let texts = directory.open();
    assert_eq!((&*texts.found, directory.segments().len()), (&["two".to_owned()][..], 1));
}

#[test]
fn senders_who_come_together_are_all_written() {
    let directory = Directory::new();
    let texts = Arc::new(directory.open());
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            let texts = texts.clone();
            std::thread::spawn(move || (0..200).for_each(|n| texts.push(&format!("{sender}/{n}")).expect("written")))
        })
        .collect();
    for _ in 0..20 {
        // Rotated meanwhile, without a commit.
        texts.intake.between_pushes(|_| ());
    }
    for sender in senders {
        sender.join().expect("no panic");
    }
    drop(texts);
    let found = directory.open().found;
    assert_eq!((found.len(), found.into_iter().collect::<BTreeSet<_>>().len()), (1600, 1600));
}

#[test]
fn a_full_journal_sends_its_senders_away_until_a_commit() {
    let directory = Directory::new();
    let texts = directory.open_with(500);
    let long = "x".repeat(300);
    texts.push(&long).expect("written");
    assert_eq!(texts.push(&long), Err(Wait::USUAL));
    texts.commit();
    texts.push(&long).expect("there is room");
    drop(texts);
    assert_eq!(directory.open().found.len(), 1);
}

#[test]
fn a_journal_that_cannot_be_written_keeps_nothing_and_says_why() {
    let directory = Directory::new();
    let texts = directory.open();
    texts.push("one").expect("written");
    texts.commit();
    // The next record needs a file, whose place is taken.
    fs::create_dir_all(directory.0.join("journal").join("texts-00000002")).expect("made");
    let wait = texts.push("two").expect_err("no file");
    assert_eq!(wait.cause, Cause::JournalUnwritable);
    assert!(texts.intake.last_error().is_some_and(|error| error.contains("journal cannot be written")));
    fs::remove_dir(directory.0.join("journal").join("texts-00000002")).expect("removed");
    texts.push("three").expect("written again");
    assert_eq!(texts.intake.last_error(), None);
    drop(texts);
    assert_eq!(directory.open().found, ["three"]);
}

#[test]
fn a_torn_end_is_cut_off_once_and_said_with_its_place() {
    let directory = Directory::new();
    let texts = directory.open();
    texts.push("one").expect("written");
    texts.push("two").expect("written");
    drop(texts);
    let segment = directory.segments().remove(0);
    let whole = fs::read(&segment).expect("read");
    let first = whole.len() / 2;
    for end in first + 1..whole.len() {
        fs::write(&segment, &whole[..end]).expect("written");
        let texts = directory.open();
        assert_eq!(texts.found, ["one"], "{end} bytes");
        let cuts = texts.intake.cuts();
        assert_eq!((cuts.len(), cuts[0].at, cuts[0].bytes), (1, first as u64, (end - first) as u64));
        assert!(cuts[0].to_string().contains(&format!("from byte {first} on")), "{}", cuts[0]);
        assert_eq!(texts.damage.report().rows, 0, "nobody was told that it is kept");
        drop(texts);
        assert!(directory.open().intake.cuts().is_empty(), "it is said once");
    }
}

#[test]
fn a_newer_journal_is_refused_by_name() {
    let directory = Directory::new();
    let location = Location::Directory(directory.0.clone());
    let texts = directory.open();
    texts
        .intake
        .enter()
        .journal(&texts.budget, || Draft::new(Format { version: 2, ..FORMAT }, FieldWriter::default()))
        .expect("written");
    drop(texts);
    let database = Database::open(&location, "texts", SCHEMA).expect("opens");
    let damage = DamageLog::new("texts", "texts", TimeUnit::Nanoseconds);
    let error =
        Intake::open((&location, "texts"), (FORMAT, ROOMY), (&database, &damage), |_| Ok(())).expect_err("newer");
    assert!(error.to_string().contains("a newer dicelab wrote this journal"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One flipped bit costs the record in which it is, at most; all others are read.
    #[test]
    fn a_flipped_bit_costs_one_record_and_is_noticed(place in any::<prop::sample::Index>(), count in 1_usize..6) {
        let directory = Directory::new();
        let texts = directory.open();
        let all: Vec<String> = (0..count).map(|n| format!("text number {n}")).collect();
        for text in &all {
            texts.push(text).expect("written");
        }
        drop(texts);
        let segment = directory.segments().remove(0);
        let mut bytes = fs::read(&segment).expect("read");
        let bit = place.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let hit = bit / 8 / (bytes.len() / count);
        fs::write(&segment, bytes).expect("written");

        let texts = directory.open();
        let sound: Vec<_> = all.iter().enumerate().filter(|(n, _)| *n != hit).map(|(_, text)| text.clone()).collect();
        prop_assert_eq!(&texts.found, &sound);
        let noticed = texts.damage.report().rows as usize + texts.intake.cuts().len();
        prop_assert!(noticed >= 1, "bit {bit} is noticed");
    }
}
