//! Integers as text: the verbs `%b %c %d %o %O %q %U %x %X`.

use lab_syntax::literal::character::is_printable;
use lab_syntax::literal::quote::quote_character;

use super::writer::Writer;

/// Writes an integer; false if the verb is none of an integer's.
pub(crate) fn write(out: &mut Writer, value: i128, verb: char) -> bool {
    let ascii_only = out.flags.plus;
    match verb {
        'd' | 'v' => digits(out, value, verb, &value.unsigned_abs().to_string()),
        'b' => digits(out, value, verb, &format!("{:b}", value.unsigned_abs())),
        'o' | 'O' => digits(out, value, verb, &format!("{:o}", value.unsigned_abs())),
        'x' => digits(out, value, verb, &format!("{:x}", value.unsigned_abs())),
        'X' => digits(out, value, verb, &format!("{:X}", value.unsigned_abs())),
        'c' => out.pad(character(value).encode_utf8(&mut [0; 4]).as_bytes()),
        'q' => out.pad(quote_character(character(value), |c| ascii_only && !c.is_ascii())),
        'U' => unicode(out, value),
        _ => return false,
    }
    true
}

fn digits(out: &mut Writer, value: i128, verb: char, digits: &str) {
    let flags = out.flags;
    let sign = match (value < 0, flags.plus, flags.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    let least = match flags.precision {
        Some(0) if value == 0 => return out.pad_with_spaces(""),
        Some(precision) => precision,
        None if flags.zero && !flags.minus => flags.width.unwrap_or_default().saturating_sub(sign.len()),
        None => 0,
    };
    let digits = "0".repeat(least.saturating_sub(digits.len())) + digits;
    let base = match verb {
        'b' if flags.sharp => "0b",
        'o' if flags.sharp && !digits.starts_with('0') => "0",
        'O' if flags.sharp && !digits.starts_with('0') => "0o0",
        'O' => "0o",
        'x' if flags.sharp => "0x",
        'X' if flags.sharp => "0X",
        _ => "",
    };
    out.pad_with_spaces(format!("{sign}{base}{digits}"));
}

fn character(value: i128) -> char {
    u32::try_from(value).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// `U+0041`, with `#` also `U+0041 'A'`.
fn unicode(out: &mut Writer, value: i128) {
    let least = out.flags.precision.unwrap_or_default().max(4);
    // A negative number is shown by its 64 bits.
    let bits = value as u64;
    let digits = format!("{bits:X}");
    let mut text = format!("U+{}{digits}", "0".repeat(least.saturating_sub(digits.len())));
    let shown = u32::try_from(bits).ok().and_then(char::from_u32).filter(|c| is_printable(*c));
    if let Some(c) = shown.filter(|_| out.flags.sharp) {
        text.push_str(&format!(" '{c}'"));
    }
    out.pad_with_spaces(text);
}
