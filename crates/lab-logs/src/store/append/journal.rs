//! A push of log lines as a record of the journal.
//!
//! ```text
//! front   the oldest and the newest time that is taken, each if there is one; 1 if long lines are cut, else 0
//! body    for each run of entries of one stream: its labels, the number of entries, for each its time, metadata, line
//! ```

use std::sync::Arc;

use lab_model::Labels;
use lab_storage::{Draft, FieldReader, FieldWriter, Format, Kind, Record, TimeLimits, Undecodable};

use crate::record::Entry;
use crate::store::append::run::Run;
use crate::store::limits::Policy;

/// The records of `logs`.
pub(crate) const FORMAT: Format = Format { kind: Kind::PushedLines, version: 1 };

/// The record of what is taken of a push.
pub(crate) fn draft(runs: &[Run], policy: &Policy) -> Draft {
    let mut front = FieldWriter::default();
    front.time(policy.times.oldest);
    front.time(policy.times.newest);
    front.number(u64::from(policy.truncate));
    let mut draft = Draft::new(FORMAT, front);
    for Run { labels, entries, .. } in runs {
        draft.body().labels(labels);
        draft.body().number(entries.len() as u64);
        for entry in entries {
            draft.count(entry.timestamp);
            let body = draft.body();
            body.word(entry.timestamp.cast_unsigned());
            body.labels(&entry.metadata);
            body.text(&entry.line);
        }
    }
    draft
}

/// The push in a record.
pub(crate) fn read(record: &Record<'_>) -> Result<(Vec<(Labels, Entry)>, Policy), Undecodable> {
    let mut front = FieldReader::new(record.front);
    let times = TimeLimits { oldest: front.time()?, newest: front.time()? };
    let policy = Policy { times, truncate: front.number()? == 1 };
    let (mut body, mut entries) = (FieldReader::new(record.body), Vec::new());
    while !body.is_at_end() {
        let labels = body.labels()?;
        for _ in 0..body.number()? {
            let timestamp = body.word()?.cast_signed();
            let metadata = body.labels()?;
            let line: Arc<str> = body.text()?.into();
            entries.push((labels.clone(), Entry { timestamp, line, metadata }));
        }
    }
    Ok((entries, policy))
}
