//! The fields of one protobuf message, in the order in which they came.

/// Why bytes are no protobuf message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The message ends inside a field.
    #[error("unexpected EOF")]
    UnexpectedEnd,
    /// A varint of more than ten bytes.
    #[error("integer overflow")]
    Overflow,
    /// Field number zero, or a wire type that does not exist.
    #[error("illegal tag {0}")]
    IllegalTag(u64),
    /// A known field has another wire type than its definition says.
    #[error("wrong wire type {wire} for field {field} of {message}")]
    WrongType {
        /// The message's name in the OTLP definitions.
        message: &'static str,
        /// The field's number.
        field: u32,
        /// The wire type that was found.
        wire: u8,
    },
    /// A string field is not UTF-8.
    #[error("field {field} of {message} contains invalid UTF-8")]
    NotUtf8 {
        /// The message's name in the OTLP definitions.
        message: &'static str,
        /// The field's number.
        field: u32,
    },
    /// Values are nested too deep.
    #[error("values are nested deeper than {0} levels")]
    TooDeep(usize),
}

/// One field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2: bytes, a string or a message.
    Bytes(&'a [u8]),
    /// Wire type 5.
    Fixed32(u32),
}

impl<'a> Value<'a> {
    /// The wire type's number.
    pub(crate) fn wire_type(self) -> u8 {
        match self {
            Self::Varint(_) => 0,
            Self::Fixed64(_) => 1,
            Self::Bytes(_) => 2,
            Self::Fixed32(_) => 5,
        }
    }

    /// The bytes, or which field had another type.
    pub(crate) fn bytes(self, message: &'static str, field: u32) -> Result<&'a [u8], WireError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            other => Err(WireError::WrongType { message, field, wire: other.wire_type() }),
        }
    }
}

/// Reads the fields of a message one after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    /// The next field's number and value; `None` at the end.
    #[inline]
    pub(crate) fn next_field(&mut self) -> Result<Option<(u32, Value<'a>)>, WireError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let field = u32::try_from(tag >> 3).ok().filter(|field| *field != 0).ok_or(WireError::IllegalTag(tag))?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array()?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| WireError::UnexpectedEnd)?;
                Value::Bytes(self.take(length)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array()?)),
            _ => return Err(WireError::IllegalTag(tag)),
        };
        Ok(Some((field, value)))
    }

    /// The next varint.
    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0_u64;
        for (at, byte) in self.0.iter().enumerate() {
            if at == 10 {
                return Err(WireError::Overflow);
            }
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Ok(value);
            }
        }
        Err(WireError::UnexpectedEnd)
    }

    /// The next `length` bytes.
    #[inline]
    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(WireError::UnexpectedEnd)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(WireError::UnexpectedEnd)?;
        self.0 = rest;
        Ok(*taken)
    }
}

/// Appends a varint.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a length-delimited field.
pub(crate) fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_varint(out, u64::from(field) << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_are_read_and_broken_ones_named() {
        let mut message = Vec::new();
        put_bytes(&mut message, 5, b"name");
        message.extend([0x30, 0x96, 0x01]);
        let mut fields = Fields(&message);
        assert_eq!(fields.next_field(), Ok(Some((5, Value::Bytes(b"name")))));
        assert_eq!(fields.next_field(), Ok(Some((6, Value::Varint(150)))));
        assert_eq!(fields.next_field(), Ok(None));
        assert_eq!(Fields(&[0x0a, 0x05, 1]).next_field(), Err(WireError::UnexpectedEnd));
        assert_eq!(Fields(&[0x0b]).next_field(), Err(WireError::IllegalTag(11)));
        assert_eq!(Fields(&[0xff; 11]).next_field(), Err(WireError::Overflow));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let mut fields = Fields(&bytes);
            while let Ok(Some(_)) = fields.next_field() {}
        }

        #[test]
        fn varints_are_read_back(value: u64) {
            let mut bytes = Vec::new();
            put_varint(&mut bytes, value);
            prop_assert_eq!(Fields(&bytes).varint(), Ok(value));
        }
    }
}
