//! Single values: what JSON gives, written as the protobuf type that the field has.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use lab_syntax::literal::number::float_or_name;
use prost::encoding;

use crate::otlp::json::schema::{Int, Kind};

/// A single value as it stands in JSON.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    Bool(bool),
    Whole(i128),
    Fraction(f64),
    Text(&'a str),
}

/// Longest piece of a value that an error shows, in characters.
const SHOWN: usize = 40;

/// Writes a field; the error says what was expected and what was found.
pub(super) fn write(kind: Kind, tag: u32, given: Given<'_>, out: &mut Vec<u8>) -> Result<(), String> {
    let wrong = |expected: &str| format!("expected {expected}, found {}", given.shown());
    match (kind, given) {
        (Kind::Text, Given::Text(text)) => encoding::string::encode(tag, &text.to_owned(), out),
        (Kind::Text, _) => return Err(wrong("a text")),
        (Kind::Bool, Given::Bool(flag)) => encoding::bool::encode(tag, &flag, out),
        (Kind::Bool, _) => return Err(wrong("true or false")),
        (Kind::Double, _) => {
            let number = double(given).ok_or_else(|| wrong("a number, or one as text, \"NaN\" or \"Infinity\""))?;
            encoding::double::encode(tag, &number, out);
        }
        (Kind::Int(int), _) => write_int(int, tag, given, out)?,
        (Kind::Enum(names), _) => {
            let named = |name| names.iter().find(|(one, _)| *one == name).map(|(_, number)| *number);
            let number = match given {
                Given::Text(name) => named(name).or_else(|| name.parse().ok()),
                _ => whole(given, true).and_then(|number| i32::try_from(number).ok()),
            };
            let example = names.last().map_or("", |(name, _)| name);
            let number = number.ok_or_else(|| wrong(&format!("a number or a name such as {example:?}")))?;
            encoding::int32::encode(tag, &number, out);
        }
        (Kind::Id(length), Given::Text(text)) => {
            let id = hex(text).filter(|id| id.is_empty() || id.len() == length);
            let id = id.ok_or_else(|| wrong(&format!("{} hex digits", length * 2)))?;
            encoding::bytes::encode(tag, &id, out);
        }
        (Kind::Id(length), _) => return Err(wrong(&format!("{} hex digits as a text", length * 2))),
        (Kind::Bytes, Given::Text(text)) => {
            let bytes = base64(text).ok_or_else(|| wrong("bytes in base64"))?;
            encoding::bytes::encode(tag, &bytes, out);
        }
        (Kind::Bytes, _) => return Err(wrong("bytes in base64")),
        (Kind::Message(_), _) => return Err(wrong("an object")),
    }
    Ok(())
}

fn write_int(int: Int, tag: u32, given: Given<'_>, out: &mut Vec<u8>) -> Result<(), String> {
    let (least, most): (i128, i128) = match int {
        Int::Int32 | Int::Sint32 => (i32::MIN.into(), i32::MAX.into()),
        Int::Int64 | Int::Sfixed64 => (i64::MIN.into(), i64::MAX.into()),
        Int::Uint32 | Int::Fixed32 => (0, u32::MAX.into()),
        Int::Uint64 | Int::Fixed64 => (0, u64::MAX.into()),
    };
    let found = whole(given, least < 0).filter(|number| (least..=most).contains(number));
    let number =
        found.ok_or_else(|| format!("expected a whole number between {least} and {most}, found {}", given.shown()))?;
    match int {
        Int::Int32 => encoding::int32::encode(tag, &(number as i32), out),
        Int::Sint32 => encoding::sint32::encode(tag, &(number as i32), out),
        Int::Int64 => encoding::int64::encode(tag, &(number as i64), out),
        Int::Sfixed64 => encoding::sfixed64::encode(tag, &(number as i64), out),
        Int::Uint32 => encoding::uint32::encode(tag, &(number as u32), out),
        Int::Fixed32 => encoding::fixed32::encode(tag, &(number as u32), out),
        Int::Uint64 => encoding::uint64::encode(tag, &(number as u64), out),
        Int::Fixed64 => encoding::fixed64::encode(tag, &(number as u64), out),
    }
    Ok(())
}

impl Given<'_> {
    /// The value as an error shows it.
    fn shown(self) -> String {
        match self {
            Self::Bool(flag) => flag.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Fraction(number) => number.to_string(),
            Self::Text(text) if text.chars().count() > SHOWN => {
                format!("{:?}…", text.chars().take(SHOWN).collect::<String>())
            }
            Self::Text(text) => format!("{text:?}"),
        }
    }
}

fn double(given: Given<'_>) -> Option<f64> {
    match given {
        Given::Bool(_) => None,
        Given::Whole(number) => Some(number as f64),
        Given::Fraction(number) => Some(number),
        // The Collector and all products that read OTLP as it does read Go's numbers. One that is too large is none, as in JSON itself.
        Given::Text(text) => float_or_name(text),
    }
}

/// A whole number; protobuf's JSON writes those of 64 bits as text and lets `1e3` and `2.0` stand for whole ones. In a text a plus
/// may stand before what could be negative, as in the Collector.
fn whole(given: Given<'_>, is_signed: bool) -> Option<i128> {
    match given {
        Given::Bool(_) => None,
        Given::Whole(number) => Some(number),
        Given::Fraction(number) => (number.fract() == 0.0).then_some(number as i128),
        Given::Text(text) if text.ends_with('.') || (text.starts_with('+') && !is_signed) => None,
        Given::Text(text) => match text.parse() {
            Ok(number) => Some(number),
            Err(_) => whole(Given::Fraction(text.parse().ok()?), is_signed),
        },
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    text.as_bytes().chunks(2).map(|pair| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?)).collect()
}

/// Either alphabet of base64, with or without padding, as protobuf's JSON asks.
fn base64(text: &str) -> Option<Vec<u8>> {
    let lax = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    GeneralPurpose::new(&alphabet, lax.with_decode_allow_trailing_bits(true)).decode(text).ok()
}
