//! Reading a journal when its store is opened: records that the tables do not hold yet are handed to the store.
//!
//! A kill can tear the record that is being written; nobody was told that it is kept, so it is cut off and said. A record
//! that is whole but damaged was acknowledged: it is noted as damage, and reading goes on behind it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::error::StorageError;
use crate::journal::fields::Undecodable;
use crate::journal::record::{self, Format, NoRecord, Record};
use crate::journal::segment::{Closed, Folder};
use crate::journal::writer::Journal;
use crate::row::damage::DamageLog;
use crate::row::head::Head;
use crate::row::unreadable::Unreadable;

/// The name under which damage in a journal is noted.
const TABLE: &str = "journal";

/// An end of a journal that was cut off.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{}: the last {bytes} bytes, from byte {at} on, are no whole record and were cut off; the process or the machine \
     stopped while they were written, and no sender was told that they are kept", .file.display()
)]
pub struct Cut {
    pub file: PathBuf,
    /// Where the sound part ends.
    pub at: u64,
    pub bytes: u64,
}

/// A journal at its start.
#[derive(Debug)]
pub struct Opened {
    pub journal: Journal,
    /// Records that were handed to the store.
    pub records: u64,
    pub cuts: Vec<Cut>,
}

/// Opens the journal of a signal in a data directory and hands every record after number `after` to `apply`, in order.
pub(crate) fn open(
    (data_dir, signal): (&Path, &str),
    (format, limit): (Format, u64),
    after: u64,
    damage: &DamageLog,
    mut apply: impl FnMut(Record<'_>) -> Result<(), Undecodable>,
) -> Result<Opened, StorageError> {
    let folder = Folder::new(data_dir, signal);
    let segments = folder.segments().map_err(|source| StorageError::Directory { path: data_dir.to_owned(), source })?;
    let next_segment = segments.last().map_or(1, |(number, _)| number + 1);
    let (mut records, mut cuts, mut closed, mut last) = (0, Vec::new(), Vec::new(), after);
    for (_, path) in segments {
        let fail = |source| StorageError::Journal { path: path.clone(), source };
        let bytes = fs::read(&path).map_err(fail)?;
        let mut of_segment = 0;
        let end = walk(&bytes, format, |found| match found {
            Found::Record(record) => {
                of_segment = record.head.id.cast_unsigned();
                if of_segment > after {
                    records += 1;
                    if apply(record).is_err() {
                        let Head { id, items, first, last, .. } = record.head;
                        damage.note(TABLE, id, Unreadable::Content, items, (first, last));
                    }
                }
            }
            Found::Damaged { number, items, range } => {
                damage.note(TABLE, number.cast_signed(), Unreadable::Checksum, items, range);
            }
        });
        let end = end.map_err(|version| StorageError::NewerJournal { path: path.clone(), version })?;
        if end < bytes.len() {
            cuts.push(cut(&path, end, bytes.len()));
        }
        last = last.max(of_segment);
        closed.push(Closed { path, bytes: end as u64, last: of_segment });
    }
    let journal = Journal::new(folder, limit, next_segment, closed, last + 1);
    // What an earlier process could not delete any more.
    journal.committed(after);
    Ok(Opened { journal, records, cuts })
}

/// What stands at a place of a segment.
enum Found<'a> {
    Record(Record<'a>),
    Damaged { number: u64, items: u64, range: (i64, i64) },
}

/// Shows everything in a segment to `see`; answers where the sound part ends, or the version that is too new.
fn walk<'a>(bytes: &'a [u8], format: Format, mut see: impl FnMut(Found<'a>)) -> Result<usize, u8> {
    let mut at = 0;
    while at < bytes.len() {
        match record::read(&bytes[at..], format) {
            Ok((record, length)) => {
                see(Found::Record(record));
                at += length;
            }
            Err(NoRecord::Newer { version }) => return Err(version),
            Err(problem) => {
                let next = next_record(bytes, at + 1, format);
                if let NoRecord::Damaged { number, items, range } = problem {
                    see(Found::Damaged { number, items, range });
                } else if next.is_some() {
                    // Something was there between two records, but not even its number of items can be read.
                    see(Found::Damaged { number: at as u64, items: 0, range: (0, 0) });
                }
                match next {
                    Some(next) => at = next,
                    None => return Ok(at),
                }
            }
        }
    }
    Ok(at)
}

/// The place of the next sound record from `from` on.
fn next_record(bytes: &[u8], from: usize, format: Format) -> Option<usize> {
    (from..bytes.len()).find(|at| {
        let rest = &bytes[*at..];
        record::looks_like_one(rest, format) && record::read(rest, format).is_ok()
    })
}

/// Cuts off what is behind `end`, so that it is found only once.
fn cut(path: &Path, end: usize, length: usize) -> Cut {
    // On a disk that cannot be written it stays, and is found again.
    let _ = File::options().write(true).open(path).and_then(|file| file.set_len(end as u64));
    Cut { file: path.to_owned(), at: end as u64, bytes: (length - end) as u64 }
}
