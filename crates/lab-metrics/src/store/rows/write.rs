//! Writing one row of each table.

use lab_model::Labels;
use lab_storage::{Head, Owner};
use rusqlite::{Result, Transaction};

use crate::model::exemplar::Exemplar;
use crate::model::metadata::Metadata;
use crate::store::buffer::open::FrozenChunk;
use crate::store::buffer::series::SAMPLE_BYTES;
use crate::store::rows::chunk::reader::ChunkReader;
use crate::store::rows::tables::{CHUNK, EXEMPLAR, METADATA, OPEN_CHUNK, SERIES};
use crate::store::rows::texts;

/// Writes the row of a series.
pub(crate) fn put_series(transaction: &Transaction<'_>, id: i64, labels: &Labels) -> Result<()> {
    SERIES.put_text(transaction, &SERIES.head(id, Owner::Number(0)), &texts::labels_to_text(labels))
}

/// Writes the row of a full chunk: number, series, first and last time, and its bytes with their header.
pub(crate) fn put_chunk(
    transaction: &Transaction<'_>,
    (id, series): (i64, i64),
    (first, last): (i64, i64),
    bytes: &[u8],
) -> Result<()> {
    let reader = ChunkReader::new(bytes);
    let (items, codec) = (u64::from(reader.count()), reader.codec());
    let head = CHUNK.head(id, Owner::Number(series));
    let head = Head { codec, first, last, items, bytes: items * SAMPLE_BYTES, ..head };
    CHUNK.put(transaction, &head, None, reader.stream())
}

/// Writes the row of a series' open chunk and its late samples.
pub(crate) fn put_open_chunk(
    transaction: &Transaction<'_>,
    series: i64,
    open: Option<&FrozenChunk>,
    late: Option<&FrozenChunk>,
) -> Result<()> {
    let chunks = || open.into_iter().chain(late);
    let (first, last) = (chunks().map(|chunk| chunk.first).min(), chunks().map(|chunk| chunk.last).max());
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    let items = chunks().map(|chunk| u64::from(chunk.count)).sum();
    let head = OPEN_CHUNK.head(series, Owner::Number(series));
    let head = Head { first, last, items, bytes: items * SAMPLE_BYTES, ..head };
    let body = open.map_or(&[][..], |open| &*open.bytes);
    OPEN_CHUNK.put(transaction, &head, late.map(|late| &*late.bytes), body)
}

/// Writes a row with exemplars of one series.
pub(crate) fn put_exemplars(transaction: &Transaction<'_>, series: i64, exemplars: &[Exemplar]) -> Result<()> {
    let times = || exemplars.iter().map(|one| one.timestamp);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return Ok(()) };
    let text = texts::exemplars_to_text(exemplars);
    let head = EXEMPLAR.head(EXEMPLAR.last_id(transaction)? + 1, Owner::Number(series));
    let head = Head { first, last, items: exemplars.len() as u64, bytes: text.len() as u64, ..head };
    EXEMPLAR.put_text(transaction, &head, &text)
}

/// Writes the row of a metric family.
pub(crate) fn put_metadata(transaction: &Transaction<'_>, id: i64, name: &str, metadata: &Metadata) -> Result<()> {
    let text = texts::metadata_to_text(name, metadata);
    METADATA.put_text(transaction, &METADATA.head(id, Owner::Number(0)), &text)
}
