//! Taking a selection: what is in memory is copied under the lock, what is on disk is named.

use std::sync::Arc;

use lab_model::{Labels, Matcher};
use lab_storage::StorageError;

use crate::store::retain::places::Places;
use crate::store::rows::tables;
use crate::store::select::mask::{Mask, Masked};
use crate::store::select::{Part, Selection, Source, Taken};

/// What there is within a range (ns, both included) in the streams that meet every matcher, without what `masks` hide.
pub(crate) fn selection(
    places: Places<'_>,
    masks: &[Arc<Mask>],
    (matchers, taken): (&[Matcher], Taken),
    (start, end): (i64, i64),
) -> Result<Selection, StorageError> {
    let mask = |stream: &Labels| Masked::of(masks, stream, (start, end));
    let mut selection = Selection::default();
    let (mut rows, mut in_memory) = (Vec::new(), Vec::new());
    let visible_below = {
        let streams = places.streams.lock();
        for (id, stream) in streams.matching(matchers) {
            let at = selection.streams.len();
            selection.streams.push(stream.labels.clone());
            if taken == Taken::Measures && mask(&stream.labels).is_none() {
                let measure = stream.measure(start, end);
                selection.parts.extend(measure.map(|measure| Part::counted(at, measure)));
            } else {
                in_memory.push((at, stream.between(start, end)));
            }
            rows.push((at, id, stream.open_row));
        }
        streams.visible_below
    };
    let masked: Vec<Option<Arc<Masked>>> = selection.streams.iter().map(mask).collect();
    for (at, mut entries) in in_memory {
        if let Some(masked) = &masked[at] {
            masked.take_out(&mut entries);
        }
        selection.parts.extend(Part::in_memory(at, entries));
    }
    places.database.read(|connection| {
        for (at, id, open_row) in rows {
            let chunks = tables::chunks_between(connection, id, start, end)?;
            let visible = chunks.into_iter().filter(|row| row.id < visible_below && Some(row.id) != open_row);
            selection.parts.extend(visible.map(|row| Part {
                stream: at,
                first: row.first,
                last: row.last,
                entries: row.entries,
                bytes: row.bytes,
                source: match masked[at].as_ref().filter(|masked| masked.overlaps(row.first, row.last)) {
                    Some(masked) => Source::Masked(row.id, masked.clone()),
                    None => Source::Chunk(row.id),
                },
            }));
        }
        Ok(())
    })?;
    Ok(selection)
}

/// Labels of the streams that meet every matcher and have entries within a range (ns), sorted.
pub(crate) fn series(
    places: Places<'_>,
    matchers: &[Matcher],
    (start, end): (i64, i64),
) -> Result<Vec<Labels>, StorageError> {
    let (mut found, mut others) = (Vec::new(), Vec::new());
    for (id, stream) in places.streams.lock().matching(matchers) {
        if stream.has_between(start, end) {
            found.push(stream.labels.clone());
        } else {
            others.push((id, stream.labels.clone()));
        }
    }
    places.database.read(|connection| {
        for (id, labels) in others {
            if tables::has_chunk_between(connection, id, start, end)? {
                found.push(labels);
            }
        }
        Ok(())
    })?;
    found.sort();
    Ok(found)
}
