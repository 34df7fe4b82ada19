//! Trace and span ids: bytes inside, lower-case hex outside.

use std::fmt;

/// A trace's id; never all zero in the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(pub [u8; 16]);

/// A span's id; never all zero in the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(pub [u8; 8]);

/// Why a text is not a trace id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Something that is no hex digit, with its position from 1.
    #[error("trace IDs can only contain hex characters: invalid character '{found}' at position {position}")]
    NotHex {
        found: char,
        /// Where it stands, from 1.
        position: usize,
    },
    /// More than 32 digits.
    #[error("trace IDs can't be larger than 128 bits, got {0} hex characters")]
    TooLong(usize),
    /// No digit at all.
    #[error("trace ID is empty")]
    Empty,
}

impl TraceId {
    /// Reads up to 32 hex digits; shorter texts are padded with zeros on the left.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            return Err(IdError::Empty);
        }
        if let Some((at, found)) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_hexdigit()) {
            return Err(IdError::NotHex { found, position: at + 1 });
        }
        if text.len() > 32 {
            return Err(IdError::TooLong(text.len()));
        }
        let value = u128::from_str_radix(text, 16).map_err(|_| IdError::TooLong(text.len()))?;
        Ok(Self(value.to_be_bytes()))
    }

    /// In hex without leading zeros, as Tempo's answers have it.
    pub fn short(&self) -> String {
        format!("{:x}", u128::from_be_bytes(self.0))
    }

    /// The id in these bytes, if they are sixteen and not all zero.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().filter(|id| *id != [0; 16]).map(Self)
    }
}

impl SpanId {
    /// The id in these bytes, if they are eight and not all zero.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().filter(|id| *id != [0; 8]).map(Self)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_padded_and_bad_ones_named() {
        assert_eq!(TraceId::parse("1F").map(|id| id.to_string()), Ok(format!("{:0>32}", "1f")));
        assert_eq!(TraceId::parse("z"), Err(IdError::NotHex { found: 'z', position: 1 }));
        assert_eq!(TraceId::parse("aé"), Err(IdError::NotHex { found: 'é', position: 2 }));
        assert_eq!(TraceId::parse(&"0".repeat(33)), Err(IdError::TooLong(33)));
        assert_eq!(TraceId::parse(""), Err(IdError::Empty));
    }

    #[test]
    fn short_and_zero_bytes_are_no_ids() {
        assert_eq!(TraceId::from_bytes(&[0; 16]), None);
        assert_eq!(TraceId::from_bytes(&[1; 8]), None);
        assert_eq!(SpanId::from_bytes(&[1; 8]), Some(SpanId([1; 8])));
    }
}
