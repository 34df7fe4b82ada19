//! A push of spans as a record of the journal: the encoded request as it came, and in the front when it arrived.

use lab_storage::{Draft, FieldReader, FieldWriter, Format, Kind, Record, Undecodable};

use crate::ingest::request::ArrivedSpan;

/// The records of `traces`.
pub(crate) const FORMAT: Format = Format { kind: Kind::PushedSpans, version: 1 };

/// The record of a request that holds these spans.
pub(crate) fn draft(request: &[u8], spans: &[ArrivedSpan], now_ns: i64) -> Draft {
    let mut front = FieldWriter::default();
    front.word(now_ns.cast_unsigned());
    let mut draft = Draft::new(FORMAT, front);
    for span in spans {
        draft.count(span.start_ns);
    }
    draft.body().raw(request);
    draft
}

/// When the request in a record arrived.
pub(crate) fn arrival(record: &Record<'_>) -> Result<i64, Undecodable> {
    FieldReader::new(record.front).word().map(u64::cast_signed)
}
