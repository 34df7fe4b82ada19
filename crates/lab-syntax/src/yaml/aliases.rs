//! An alias stands for a value at the cost of a few bytes, so that a short file can stand for more than fits into memory. What all
//! aliases stand for is counted before anything is kept of it.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};
use serde_yaml_ng::{Deserializer, Error};

/// What a value costs beyond the bytes of its text. No file without aliases has values for more than this for each of its bytes.
const VALUE_COST: usize = 16;
/// What the values of a file may cost in any case: 125,000 without a text, or 2 MB of text.
const FREE_COST: usize = 2_000_000;
pub(super) const TOO_MANY: &str =
    "the aliases of this file (`*name`) stand for too many values; write fewer, or split the file";
/// What the reader itself says of aliases within aliases.
const TOO_MANY_JUMPS: &str = "repetition limit exceeded";

/// Refuses a first document whose aliases stand for much more than its own size.
pub(super) fn check(text: &str) -> Result<(), Error> {
    if !text.contains('&') || !text.contains('*') {
        return Ok(());
    }
    let left = Cell::new(text.len().saturating_mul(VALUE_COST).saturating_add(FREE_COST));
    let counted =
        Deserializer::from_str(text).next().map_or(Ok(()), |document| Counted { left: &left }.deserialize(document));
    // A value that cannot be counted cannot be read either.
    counted
        .map_err(|error| if error.to_string() == TOO_MANY_JUMPS { serde::de::Error::custom(TOO_MANY) } else { error })
}

/// Goes through a value with all that its aliases stand for, and keeps nothing of it.
#[derive(Clone, Copy)]
struct Counted<'a> {
    /// What further values may cost.
    left: &'a Cell<usize>,
}

impl Counted<'_> {
    fn take<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        let left = self.left.get().checked_sub(VALUE_COST.saturating_add(bytes));
        self.left.set(left.ok_or_else(|| E::custom(TOO_MANY))?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Counted<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.take(0)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        self.take(0)
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.take(0)
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_i128<E: serde::de::Error>(self, _: i128) -> Result<(), E> {
        self.take(0)
    }

    fn visit_u128<E: serde::de::Error>(self, _: u128) -> Result<(), E> {
        self.take(0)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.take(0)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.take(text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.take(0)?;
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        self.take(0)?;
        while entries.next_key_seed(self)?.is_some() {
            entries.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_enum<A: EnumAccess<'de>>(self, tagged: A) -> Result<(), A::Error> {
        let ((), value) = tagged.variant_seed(self)?;
        value.newtype_variant_seed(self)
    }
}
