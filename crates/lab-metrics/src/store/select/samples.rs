//! Putting the samples of one series together from its chunks.

use std::sync::Arc;

use lab_model::{Interrupt, Labels, Sample};
use lab_storage::{DamageLog, Database, StorageError};

use crate::model::histogram_sample::{HistogramSample, Samples};
use crate::store::buffer::series::{ChunkId, Series, SeriesId, SeriesState};
use crate::store::error::StoreError;
use crate::store::rows::chunk::format::Coding;
use crate::store::rows::chunk::histogram::reader::HistogramReader;
use crate::store::rows::chunk::reader::ChunkReader;
use crate::store::rows::tables::CHUNK;

/// Shows each series with its samples in the range (ms, both ends included); series without one there are left out. An
/// error of `visit` ends the reading.
pub(crate) fn visit<E: From<StoreError>>(
    disk: (&Database, &DamageLog),
    found: &[Arc<Series>],
    (start, end): (i64, i64),
    interrupt: &Interrupt,
    visit: &mut impl FnMut(&Labels, Samples<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut reader = SampleReader::default();
    for series in found {
        if interrupt.is_set() {
            return Err(StoreError::Interrupted.into());
        }
        reader.read(disk, series, start, end).map_err(StoreError::from)?;
        let samples = Samples { floats: &reader.samples, histograms: &reader.histograms };
        if !samples.is_empty() {
            visit(&series.labels, samples)?;
        }
    }
    Ok(())
}

/// Reads series one after the other and keeps its buffers.
#[derive(Debug, Default)]
pub(crate) struct SampleReader {
    resident: Vec<Arc<[u8]>>,
    open: Vec<u8>,
    late: Vec<Sample>,
    samples: Vec<Sample>,
    histograms: Vec<HistogramSample>,
}

impl SampleReader {
    /// The histograms of the series that was read last, ascending, one per timestamp.
    pub(crate) fn histograms(&mut self) -> &mut Vec<HistogramSample> {
        &mut self.histograms
    }

    /// The numbers with `start <= timestamp <= end`, ascending, one per timestamp.
    ///
    /// The series is locked only while references and the open chunk's bytes are taken down.
    pub(crate) fn read(
        &mut self,
        (database, damage): (&Database, &DamageLog),
        series: &Series,
        start: i64,
        end: i64,
    ) -> Result<&mut Vec<Sample>, StorageError> {
        let on_disk = self.take_down(&series.state(), start, end);
        self.decode((database, damage), series.id, on_disk, (start, end))
    }

    /// The same for a series whose lock the caller holds.
    pub(crate) fn read_locked(
        &mut self,
        (database, damage): (&Database, &DamageLog),
        (id, state): (SeriesId, &SeriesState),
        start: i64,
        end: i64,
    ) -> Result<&mut Vec<Sample>, StorageError> {
        let on_disk = self.take_down(state, start, end);
        self.decode((database, damage), id, on_disk, (start, end))
    }

    fn decode(
        &mut self,
        (database, damage): (&Database, &DamageLog),
        id: SeriesId,
        on_disk: Option<ChunkId>,
        (start, end): (i64, i64),
    ) -> Result<&mut Vec<Sample>, StorageError> {
        self.samples.clear();
        self.histograms.clear();
        if let Some(before) = on_disk {
            let condition = "WHERE owner = ? AND last >= ? AND first <= ? AND id < ? ORDER BY last";
            let (samples, histograms) = (&mut self.samples, &mut self.histograms);
            database.read(|connection| {
                CHUNK.visit(connection, damage, (condition, [id, start, end, before]), |row| {
                    if Coding::of(row.head.codec).is_some() {
                        ChunkReader::of_row(&row)?.read_into(start, end, samples);
                    } else {
                        HistogramReader::of_row(&row)?.read_into(start, end, histograms);
                    }
                    Ok(())
                })
            })?;
        }
        for bytes in self.resident.iter().map(|bytes| &**bytes).chain([&*self.open]) {
            ChunkReader::new(bytes).read_into(start, end, &mut self.samples);
            HistogramReader::new(bytes).read_into(start, end, &mut self.histograms);
        }
        self.samples.append(&mut self.late);
        // Chunks overlap only where samples came out of order.
        if !self.samples.is_sorted_by(|a, b| a.timestamp < b.timestamp) {
            self.samples.sort_by_key(|sample| sample.timestamp);
            self.samples.dedup_by_key(|sample| sample.timestamp);
        }
        if !self.histograms.is_sorted_by(|a, b| a.timestamp < b.timestamp) {
            self.histograms.sort_by_key(|sample| sample.timestamp);
            self.histograms.dedup_by_key(|sample| sample.timestamp);
        }
        Ok(&mut self.samples)
    }

    /// Takes down what memory holds; if disk may hold more, the id that ends it there.
    fn take_down(&mut self, state: &SeriesState, start: i64, end: i64) -> Option<ChunkId> {
        self.resident.clear();
        self.open.clear();
        self.late.clear();
        if !state.overlaps(start, end) {
            return None;
        }
        let overlapping = state.sealed.iter().filter(|chunk| chunk.first <= end && chunk.last >= start);
        self.resident.extend(overlapping.map(|chunk| chunk.bytes.clone()));
        if let Some(open) = state.open.as_ref().filter(|open| open.first() <= end) {
            self.open.extend_from_slice(open.bytes());
        }
        self.late.extend(state.late.iter().filter(|late| (start..=end).contains(&late.timestamp)));
        let first_resident = state.sealed.front().map_or(ChunkId::MAX, |chunk| chunk.id);
        state.disk_until.is_some_and(|until| until >= start).then_some(first_resident)
    }
}
