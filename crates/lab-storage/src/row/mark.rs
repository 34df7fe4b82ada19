//! The mark of a row: a checksum over what an index or the catalogue knows of it, so that both can be compared with the
//! rows without reading what these hold.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

/// A mark over some values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mark(u32);

impl Mark {
    /// Goes on with one more value.
    pub(crate) fn with(self, value: ValueRef<'_>) -> Self {
        let (type_number, number, bytes): (u8, [u8; 8], &[u8]) = match value {
            ValueRef::Null => (0, [0; 8], &[]),
            ValueRef::Integer(number) => (1, number.to_le_bytes(), &[]),
            ValueRef::Real(number) => (2, number.to_le_bytes(), &[]),
            ValueRef::Text(text) => (3, (text.len() as u64).to_le_bytes(), text),
            ValueRef::Blob(bytes) => (4, (bytes.len() as u64).to_le_bytes(), bytes),
        };
        Self([&[type_number], &number[..], bytes].iter().fold(self.0, |sum, part| crc32c::crc32c_append(sum, part)))
    }

    /// The mark as SQL has it; never negative, so that sums of marks only grow.
    pub(crate) fn number(self) -> i64 {
        i64::from(self.0)
    }
}

/// Gives a connection the function `row_mark(…)`, which the triggers of the catalogue call.
pub(crate) fn install(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("row_mark", -1, flags, |values| {
        Ok((0..values.len()).fold(Mark::default(), |mark, at| mark.with(values.get_raw(at))).number())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_its_type_and_its_place_count() {
        let of =
            |values: &[ValueRef<'_>]| values.iter().fold(Mark::default(), |mark, value| mark.with(*value)).number();
        let one = ValueRef::Integer(1);
        let marks = [
            of(&[one, one]),
            of(&[one]),
            of(&[one, ValueRef::Integer(2)]),
            of(&[ValueRef::Integer(2), one]),
            of(&[one, ValueRef::Real(1.0)]),
            of(&[one, ValueRef::Text(b"1")]),
            of(&[one, ValueRef::Blob(b"1")]),
            of(&[one, ValueRef::Null]),
        ];
        let different: std::collections::HashSet<i64> = marks.into_iter().collect();
        assert_eq!(different.len(), marks.len());
    }

    #[test]
    fn sql_and_rust_make_the_same_mark() {
        let connection = Connection::open_in_memory().expect("opens");
        install(&connection).expect("installed");
        let mark: i64 =
            connection.query_row("SELECT row_mark(7, 'a', x'00ff', NULL)", [], |row| row.get(0)).expect("reads");
        let values = [ValueRef::Integer(7), ValueRef::Text(b"a"), ValueRef::Blob(&[0, 255]), ValueRef::Null];
        assert_eq!(mark, values.into_iter().fold(Mark::default(), Mark::with).number());
    }
}
