//! Numbers and texts in the body of a record: small numbers in few bytes, everything else as it is in memory.

use lab_model::{Labels, LabelsBuilder};

/// The bytes end before the field does, or are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record cannot be decoded")]
pub struct Undecodable;

/// Writes fields one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldWriter(Vec<u8>);

impl FieldWriter {
    /// An unsigned number, in seven bits a byte.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    /// Bytes as they are; the reader has to know how many.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A number in eight bytes: a time, or the bits of a value.
    pub fn word(&mut self, word: u64) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    /// A time that may be missing.
    pub fn time(&mut self, time: Option<i64>) {
        self.number(u64::from(time.is_some()));
        if let Some(time) = time {
            self.word(time.cast_unsigned());
        }
    }

    /// A text behind its length.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A label set behind the number of its labels.
    pub fn labels(&mut self, labels: &Labels) {
        self.number(labels.len() as u64);
        for label in labels {
            self.text(&label.name);
            self.text(&label.value);
        }
    }

    /// How many bytes there are so far.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Reads the fields that a [`FieldWriter`] has written, in the same order.
#[derive(Clone, Copy, Debug)]
pub struct FieldReader<'a>(&'a [u8]);

impl<'a> FieldReader<'a> {
    /// A reader of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// True if every field was read.
    pub fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub fn number(&mut self) -> Result<u64, Undecodable> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(Undecodable)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Undecodable)
    }

    /// So many bytes as they are.
    pub fn raw(&mut self, length: usize) -> Result<&'a [u8], Undecodable> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Undecodable)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub fn word(&mut self) -> Result<u64, Undecodable> {
        let (word, rest) = self.0.split_first_chunk::<8>().ok_or(Undecodable)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*word))
    }

    pub fn time(&mut self) -> Result<Option<i64>, Undecodable> {
        match self.number()? {
            0 => Ok(None),
            1 => self.word().map(|word| Some(word.cast_signed())),
            _ => Err(Undecodable),
        }
    }

    pub fn text(&mut self) -> Result<&'a str, Undecodable> {
        let length = usize::try_from(self.number()?).map_err(|_| Undecodable)?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(Undecodable)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| Undecodable)
    }

    pub fn labels(&mut self) -> Result<Labels, Undecodable> {
        let mut labels = LabelsBuilder::default();
        for _ in 0..self.number()? {
            let name = self.text()?;
            labels.set(name, self.text()?);
        }
        Ok(labels.build())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            number in any::<u64>(), word in any::<u64>(), time in proptest::option::of(any::<i64>()), text in ".{0,20}",
            pairs in proptest::collection::btree_map("[a-z]{1,5}", "[a-z]{1,5}", 0..5)
        ) {
            let labels = Labels::from_pairs(pairs);
            let mut fields = FieldWriter::default();
            fields.number(number);
            fields.word(word);
            fields.time(time);
            fields.text(&text);
            fields.labels(&labels);
            let bytes = fields.into_bytes();
            let mut reader = FieldReader::new(&bytes);
            prop_assert_eq!(reader.number(), Ok(number));
            prop_assert_eq!(reader.word(), Ok(word));
            prop_assert_eq!(reader.time(), Ok(time));
            prop_assert_eq!(reader.text(), Ok(text.as_str()));
            prop_assert_eq!(reader.labels(), Ok(labels));
            prop_assert!(reader.is_at_end());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = FieldReader::new(&bytes);
            let _ = reader.labels();
            let _ = (reader.time(), reader.text(), reader.number(), reader.word());
        }
    }
}
