//! A push of samples as a record of the journal.
//!
//! ```text
//! front   the oldest and the newest time that is taken, each if there is one
//! body    the number of metric families, and of each name, type, help and unit;
//!         for each series its number, or 0 and its labels; its samples; its exemplars; its native histograms
//! ```
//!
//! Records of version 1 have no histograms.
//!
//! A series that has a row in the database is told by its number, which saves most of the bytes.

use std::sync::Arc;

use lab_model::Sample;
use lab_storage::{Draft, FieldReader, FieldWriter, Format, Kind, Record, TimeLimits, Undecodable};

use crate::model::exemplar::Exemplar;
use crate::model::metadata::Metadata;
use crate::store::append::push::{Push, PushedSeries, Target};
use crate::store::buffer::series::{Series, SeriesId};
use crate::store::rows::chunk::histogram::builder::HistogramBuilder;
use crate::store::rows::chunk::histogram::reader::HistogramReader;

/// The records of `metrics`.
pub(crate) const FORMAT: Format = Format { kind: Kind::PushedSamples, version: 2 };

/// The record of what is admitted of a push. No series may be removed until the push is in the store.
pub(crate) fn draft(push: &Push) -> Draft {
    let mut front = FieldWriter::default();
    front.time(push.times.oldest);
    front.time(push.times.newest);
    let mut draft = Draft::new(FORMAT, front);
    for (series, samples) in push.admitted() {
        let floats = samples.iter().map(|sample| sample.timestamp);
        for timestamp in floats.chain(series.histograms.iter().map(|sample| sample.timestamp)) {
            draft.count(timestamp);
        }
    }
    let body = draft.body();
    body.number(push.metadata.len() as u64);
    for (name, Metadata { kind, help, unit }) in &push.metadata {
        for text in [name, kind.as_str(), help, unit] {
            body.text(text);
        }
    }
    for (series, samples) in push.admitted() {
        write_target(body, &series.target);
        body.number(samples.len() as u64);
        for sample in samples {
            write_point(body, sample.timestamp, sample.value);
        }
        body.number(series.exemplars.len() as u64);
        for exemplar in &series.exemplars {
            write_point(body, exemplar.timestamp, exemplar.value);
            body.labels(&exemplar.labels);
        }
        // In the codec of the chunks, each run of histograms as one.
        let chunks = HistogramBuilder::from_samples(&series.histograms);
        body.number(chunks.len() as u64);
        for chunk in &chunks {
            body.number(chunk.bytes().len() as u64);
            body.raw(chunk.bytes());
        }
    }
    draft
}

/// The push in a record, and how many samples of it belong to series that are not there any more. `find` knows the series
/// by their numbers.
pub(crate) fn read(
    record: &Record<'_>,
    find: impl Fn(SeriesId) -> Option<Arc<Series>>,
) -> Result<(Push, u64), Undecodable> {
    let mut front = FieldReader::new(record.front);
    let mut push = Push::new(TimeLimits { oldest: front.time()?, newest: front.time()? });
    let (mut body, mut orphans) = (FieldReader::new(record.body), 0);
    for _ in 0..body.number()? {
        let name = body.text()?;
        let kind = body.text()?.parse().unwrap_or_default();
        push.describe(name, Metadata { kind, help: body.text()?.to_owned(), unit: body.text()?.to_owned() });
    }
    while !body.is_at_end() {
        let target = match body.number()? {
            0 => Some(Target::New(body.labels()?)),
            number => find(number.cast_signed()).map(Target::Known),
        };
        let before = push.samples.len();
        for _ in 0..body.number()? {
            let (timestamp, value) = read_point(&mut body)?;
            push.samples.push(Sample { timestamp, value });
        }
        let mut exemplars = Vec::new();
        for _ in 0..body.number()? {
            let (timestamp, value) = read_point(&mut body)?;
            exemplars.push(Exemplar { labels: body.labels()?, value, timestamp });
        }
        let mut histograms = Vec::new();
        for _ in 0..if record.head.version < 2 { 0 } else { body.number()? } {
            let length = usize::try_from(body.number()?).map_err(|_| Undecodable)?;
            HistogramReader::new(body.raw(length)?).read_into(i64::MIN, i64::MAX, &mut histograms);
        }
        let samples = push.samples.len() - before;
        if let Some(target) = target {
            push.series.push(PushedSeries { target, samples, histograms, exemplars });
        } else {
            orphans += (samples + histograms.len()) as u64;
            push.samples.truncate(before);
        }
    }
    Ok((push, orphans))
}

fn write_target(body: &mut FieldWriter, target: &Target) {
    match target {
        Target::Known(series) if series.state().has_row() => body.number(series.id.cast_unsigned()),
        target => {
            body.number(0);
            body.labels(target.labels());
        }
    }
}

fn write_point(body: &mut FieldWriter, timestamp: i64, value: f64) {
    body.word(timestamp.cast_unsigned());
    body.word(value.to_bits());
}

fn read_point(body: &mut FieldReader<'_>) -> Result<(i64, f64), Undecodable> {
    Ok((body.word()?.cast_signed(), f64::from_bits(body.word()?)))
}
