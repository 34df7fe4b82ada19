//! The head of a row, and the checksums over a row.

use crate::row::kind::Kind;

/// Whose data a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The number of a series, a stream or an origin; 0 where nothing owns the row.
    Number(i64),
    /// The id of a trace.
    Id([u8; 16]),
}

/// What is known of a row without reading what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The row's number in its table, never used again within a database.
    pub id: i64,
    /// Whose data these are.
    pub owner: Owner,
    /// What the row holds.
    pub kind: Kind,
    /// The version of the kind's layout, counted from 1; see [`Head::CONVERTED`] for 0.
    pub version: u8,
    /// How front and body are coded; each kind numbers its own codecs.
    pub codec: u8,
    /// The earliest time in the row, in the signal's unit since the Unix epoch.
    pub first: i64,
    /// The latest time in the row.
    pub last: i64,
    /// How many samples, lines or spans the row holds.
    pub items: u64,
    /// How many bytes these items had when they arrived.
    pub bytes: u64,
}

impl Head {
    /// The version of a row that was written before rows had an envelope, and that got one when it was converted.
    pub const CONVERTED: u8 = 0;

    /// Bytes of a head as the checksum sees it.
    pub(crate) const ENCODED: usize = 64;

    /// The checksum over the head and the front.
    pub fn front_checksum(&self, front: &[u8]) -> u32 {
        crc32c::crc32c_append(crc32c::crc32c(&self.encoded(front.len())), front)
    }

    /// The checksum over all of the row, which goes on from [`Head::front_checksum`].
    pub fn checksum(front_checksum: u32, body: &[u8]) -> u32 {
        crc32c::crc32c_append(front_checksum, body)
    }

    /// All fields at fixed places, little-endian. The length of the front is among them, so that no byte can move
    /// from the front to the body unnoticed.
    pub(crate) fn encoded(&self, front_bytes: usize) -> [u8; Self::ENCODED] {
        let mut bytes = [0; Self::ENCODED];
        let (owner_type, owner) = match self.owner {
            Owner::Number(number) => (0, i128::from(number).to_le_bytes()),
            Owner::Id(id) => (1, id),
        };
        bytes[..4].copy_from_slice(&[self.kind as u8, self.version, self.codec, owner_type]);
        bytes[4..20].copy_from_slice(&owner);
        let numbers = [self.id as u64, self.first as u64, self.last as u64, self.items, self.bytes];
        for (place, number) in bytes[20..60].chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes[60..].copy_from_slice(&(front_bytes as u32).to_le_bytes());
        bytes
    }

    /// The head and the length of the front that begin with these bytes, for a head of this kind that nothing owns.
    pub(crate) fn decoded<const N: usize>(bytes: &[u8; N], kind: Kind) -> (Self, usize) {
        let number = |place: usize| {
            let mut number = [0; 8];
            number.copy_from_slice(&bytes[20 + 8 * place..][..8]);
            u64::from_le_bytes(number)
        };
        let signed = |place| number(place).cast_signed();
        let front_bytes = u32::from_le_bytes([bytes[60], bytes[61], bytes[62], bytes[63]]);
        let head = Self {
            id: signed(0),
            owner: Owner::Number(0),
            kind,
            version: bytes[1],
            codec: bytes[2],
            first: signed(1),
            last: signed(2),
            items: number(3),
            bytes: number(4),
        };
        (head, front_bytes as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            id: 7,
            owner: Owner::Number(3),
            kind: Kind::LogChunk,
            version: 1,
            codec: 2,
            first: 10,
            last: 20,
            items: 5,
            bytes: 500,
        }
    }

    #[test]
    fn the_checksum_is_the_castagnoli_crc() {
        // RFC 3720, appendix B.4: 32 bytes of zeros.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
    }

    #[test]
    fn every_field_changes_the_checksum() {
        let original = head();
        let changed: [Head; 9] = [
            Head { id: 8, ..original },
            Head { owner: Owner::Number(4), ..original },
            Head { kind: Kind::Stream, ..original },
            Head { version: 2, ..original },
            Head { codec: 1, ..original },
            Head { first: 11, ..original },
            Head { last: 21, ..original },
            Head { items: 6, ..original },
            Head { bytes: 501, ..original },
        ];
        let sum = original.front_checksum(b"front");
        for other in changed {
            assert_ne!(other.front_checksum(b"front"), sum, "{other:?}");
        }
        assert_ne!(original.front_checksum(b"fronT"), sum);
    }

    #[test]
    fn a_byte_that_moves_from_the_front_to_the_body_is_noticed() {
        let whole = |front: &[u8], body: &[u8]| Head::checksum(head().front_checksum(front), body);
        assert_ne!(whole(b"ab", b"c"), whole(b"a", b"bc"));
    }
}
