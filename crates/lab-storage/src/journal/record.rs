//! One record: what came with one push.
//!
//! ```text
//! head (64 bytes) · bytes of the body (4) · checksum (4) · front · body
//! ```
//!
//! The head is that of a row (see [`Head`]) and holds the length of the front; the checksum is that of a row, too: CRC-32C
//! over head, front and body. The head's number is the record's; its times are those of the earliest and the latest item.

use crate::journal::fields::FieldWriter;
use crate::row::head::{Head, Owner};
use crate::row::kind::Kind;

/// Bytes before the front.
pub(crate) const PREFIX: usize = Head::ENCODED + 8;

/// The kind of the records of a journal, in the version that this program writes and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub kind: Kind,
    pub version: u8,
}

/// A record that was read and checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub head: Head,
    pub front: &'a [u8],
    pub body: &'a [u8],
}

/// A record that has no number yet.
#[derive(Debug)]
pub struct Draft {
    head: Head,
    front_bytes: usize,
    bytes: FieldWriter,
}

/// A record that lacks nothing but its number.
#[derive(Debug)]
pub(crate) struct Sealed {
    head: Head,
    front_bytes: usize,
    bytes: Vec<u8>,
    /// The checksum over front and body alone.
    payload_checksum: u32,
}

/// Why there is no record at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRecord {
    /// The bytes end before the record does.
    Incomplete,
    /// The record is there whole, but its checksum does not match; so many items it claims to hold.
    Damaged { number: u64, items: u64, range: (i64, i64) },
    /// What is there is no record at all.
    Garbage,
    /// A newer version of this program wrote it.
    Newer { version: u8 },
}

impl Draft {
    /// A record with this front; the body is written next.
    pub fn new(format: Format, front: FieldWriter) -> Self {
        let Format { kind, version } = format;
        let head =
            Head { id: 0, owner: Owner::Number(0), kind, version, codec: 0, first: 0, last: 0, items: 0, bytes: 0 };
        let mut bytes = FieldWriter::default();
        bytes.raw(&[0; PREFIX]);
        bytes.raw(&front.into_bytes());
        Self { head, front_bytes: bytes.len() - PREFIX, bytes }
    }

    /// Where the fields of the body go.
    pub fn body(&mut self) -> &mut FieldWriter {
        &mut self.bytes
    }

    /// Counts an item of this time, which the body holds.
    pub fn count(&mut self, time: i64) {
        self.head.first = if self.head.items == 0 { time } else { self.head.first.min(time) };
        self.head.last = if self.head.items == 0 { time } else { self.head.last.max(time) };
        self.head.items += 1;
    }

    pub(crate) fn seal(self) -> Sealed {
        let (front_bytes, bytes) = (self.front_bytes, self.bytes.into_bytes());
        let payload_checksum = crc32c::crc32c(&bytes[PREFIX..]);
        let head = Head { bytes: (bytes.len() - PREFIX - front_bytes) as u64, ..self.head };
        Sealed { head, front_bytes, bytes, payload_checksum }
    }
}

impl Sealed {
    /// How many bytes the record has.
    pub(crate) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The record's bytes, with its number.
    pub(crate) fn numbered(mut self, number: u64) -> Vec<u8> {
        let head = Head { id: number.cast_signed(), ..self.head };
        let encoded = head.encoded(self.front_bytes);
        let payload = self.bytes.len() - PREFIX;
        let checksum = crc32c::crc32c_combine(crc32c::crc32c(&encoded), self.payload_checksum, payload);
        self.bytes[..Head::ENCODED].copy_from_slice(&encoded);
        let body_bytes = (payload - self.front_bytes) as u32;
        self.bytes[Head::ENCODED..][..4].copy_from_slice(&body_bytes.to_le_bytes());
        self.bytes[Head::ENCODED + 4..][..4].copy_from_slice(&checksum.to_le_bytes());
        self.bytes
    }
}

/// The record at the beginning of `bytes`, and how many bytes it takes.
pub(crate) fn read(bytes: &[u8], format: Format) -> Result<(Record<'_>, usize), NoRecord> {
    let Some((prefix, rest)) = bytes.split_first_chunk::<PREFIX>() else { return Err(NoRecord::Incomplete) };
    if !looks_like_one(prefix, format) {
        return Err(NoRecord::Garbage);
    }
    let number = |at: usize| u32::from_le_bytes([prefix[at], prefix[at + 1], prefix[at + 2], prefix[at + 3]]);
    let (head, front_bytes) = Head::decoded(prefix, format.kind);
    let (body_bytes, checksum) = (number(Head::ENCODED) as usize, number(Head::ENCODED + 4));
    let Some(payload) = rest.get(..front_bytes + body_bytes) else { return Err(NoRecord::Incomplete) };
    let (front, body) = payload.split_at(front_bytes);
    if Head::checksum(head.front_checksum(front), body) != checksum {
        // Every item takes a byte at least, so a damaged number of items cannot be beyond that.
        let items = head.items.min(body_bytes as u64);
        return Err(NoRecord::Damaged { number: head.id.cast_unsigned(), items, range: (head.first, head.last) });
    }
    if head.version > format.version {
        return Err(NoRecord::Newer { version: head.version });
    }
    Ok((Record { head, front, body }, PREFIX + payload.len()))
}

/// True if these bytes can be the beginning of a record: its kind, no codec, no owner. By this a reader finds the next
/// record behind a damaged one.
pub(crate) fn looks_like_one(bytes: &[u8], format: Format) -> bool {
    bytes.len() >= 20 && bytes[0] == format.kind as u8 && bytes[1] > 0 && bytes[2..20].iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: Format = Format { kind: Kind::PushedLines, version: 1 };

    fn record() -> Vec<u8> {
        let mut front = FieldWriter::default();
        front.time(Some(7));
        let mut draft = Draft::new(FORMAT, front);
        draft.body().text("a line");
        draft.count(1_790_000_000);
        draft.seal().numbered(42)
    }

    #[test]
    fn a_record_is_read_back() {
        let bytes = record();
        let (record, length) = read(&bytes, FORMAT).expect("sound");
        assert_eq!(length, bytes.len());
        assert_eq!((record.head.id, record.head.items, record.head.first), (42, 1, 1_790_000_000));
        assert_eq!((record.front.len(), record.body), (9, &b"\x06a line"[..]));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let sound = record();
        for bit in 0..sound.len() * 8 {
            let mut bytes = sound.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&bytes, FORMAT).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_torn_record_is_incomplete_wherever_it_ends() {
        let sound = record();
        for end in 0..sound.len() {
            assert_eq!(read(&sound[..end], FORMAT), Err(NoRecord::Incomplete), "{end} bytes");
        }
    }

    #[test]
    fn a_record_of_a_newer_version_is_told_apart_from_damage() {
        let draft = Draft::new(Format { version: 2, ..FORMAT }, FieldWriter::default());
        assert_eq!(read(&draft.seal().numbered(1), FORMAT), Err(NoRecord::Newer { version: 2 }));
    }
}
