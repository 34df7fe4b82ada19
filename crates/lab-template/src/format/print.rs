//! One value as text, by a verb.

use lab_syntax::literal::quote::quote;

use super::{float, integer};
use crate::format::writer::Writer;
use crate::time::moment::Moment;
use crate::value::datum::{Struct, Value};
use crate::value::unicode::chars;

/// Writes an argument of a printing function.
pub(crate) fn argument(out: &mut Writer, value: &Value<'_>, verb: char) {
    match (value, verb) {
        (Value::Nothing | Value::Null, 'T' | 'v') => out.pad("<nil>"),
        (_, 'T') => {
            let name = value.type_name();
            string(out, name.as_bytes(), 's');
        }
        _ => write(out, value, verb, 0),
    }
}

/// Writes values as `print` does: a space between two that are not texts.
pub(crate) fn spaced(out: &mut Writer, values: &[Value<'_>]) {
    let mut after_text = true;
    for value in values {
        let is_text = matches!(value, Value::Text(_));
        if !is_text && !after_text {
            out.push(" ");
        }
        argument(out, value, 'v');
        after_text = is_text;
    }
}

/// Writes values as `println` does: spaces between all, a line end after them.
pub(crate) fn line(out: &mut Writer, values: &[Value<'_>]) {
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(" ");
        }
        argument(out, value, 'v');
    }
    out.push("\n");
}

/// What Go writes when a verb does not fit a value.
pub(crate) fn bad_verb(out: &mut Writer, value: &Value<'_>, verb: char) {
    out.push(format!("%!{verb}("));
    match value {
        Value::Nothing | Value::Null => out.push("<nil>"),
        _ => {
            out.push(format!("{}=", value.type_name()));
            argument(out, &without_name(value), 'v');
        }
    }
    out.push(")");
}

/// The number that has a name: Go shows it where it says that a verb does not fit.
fn without_name<'a>(value: &Value<'a>) -> Value<'a> {
    match value {
        Value::Duration(number) => Value::Int64(*number),
        Value::Constant(constant) => Value::Int(constant.number),
        other => other.clone(),
    }
}

fn write(out: &mut Writer, value: &Value<'_>, verb: char, depth: usize) {
    let is_written = match value {
        Value::Nothing | Value::Null if depth > 0 => {
            out.push(if out.flags.sharp_v { "interface {}(nil)" } else { "<nil>" });
            true
        }
        Value::Boxed(value) => {
            write(out, value, verb, depth);
            true
        }
        Value::Bool(truth) if matches!(verb, 't' | 'v') => {
            out.pad(if *truth { "true" } else { "false" });
            true
        }
        Value::Nothing | Value::Null | Value::Bool(_) => false,
        Value::Int(number) | Value::Int64(number) => integer::write(out, i128::from(*number), verb),
        Value::Byte(number) if verb == 'v' && out.flags.sharp_v => {
            let sharp = std::mem::replace(&mut out.flags.sharp, true);
            integer::write(out, i128::from(*number), 'x');
            out.flags.sharp = sharp;
            true
        }
        Value::Byte(number) => integer::write(out, i128::from(*number), verb),
        Value::Float(number) => floating(out, *number, verb),
        Value::Complex(real, imaginary) => complex(out, *real, *imaginary, verb),
        Value::Text(text) => string(out, text.bytes(), verb),
        Value::Time(moment) => time(out, moment, verb),
        Value::Duration(nanos) => named_number(out, *nanos, &crate::time::duration::Shown(*nanos).to_string(), verb),
        Value::Constant(constant) => named_number(out, constant.number, constant.name, verb),
        Value::List(list) => {
            sequence(out, &value.type_name(), "[", list.items.iter().map(|item| (None, item)), verb, depth);
            true
        }
        Value::Map(_) | Value::Texts(_) => {
            let entries = value.entries().unwrap_or_default();
            let keyed: Vec<_> = entries.into_iter().map(|(key, value)| (Value::Text(key), value)).collect();
            let items = keyed.iter().map(|(key, value)| (Some(key), value));
            sequence(out, &value.type_name(), "map[", items, verb, depth);
            true
        }
        Value::Struct(it) => {
            structure(out, it, verb, depth);
            true
        }
    };
    if !is_written {
        bad_verb(out, value, verb);
    }
}

fn sequence<'v, 'a: 'v>(
    out: &mut Writer,
    type_name: &str,
    open: &str,
    items: impl Iterator<Item = (Option<&'v Value<'a>>, &'v Value<'a>)>,
    verb: char,
    depth: usize,
) {
    let is_source = out.flags.sharp_v;
    out.push(if is_source { format!("{type_name}{{") } else { open.to_owned() });
    for (at, (key, item)) in items.enumerate() {
        if out.is_full() {
            return;
        }
        if at > 0 {
            out.push(if is_source { ", " } else { " " });
        }
        if let Some(key) = key {
            write(out, key, verb, depth + 1);
            out.push(":");
        }
        write(out, item, verb, depth + 1);
    }
    out.push(if is_source { "}" } else { "]" });
}

fn structure(out: &mut Writer, it: &Struct<'_>, verb: char, depth: usize) {
    let is_source = out.flags.sharp_v;
    if it.is_pointer && depth == 0 {
        out.push("&");
    }
    if is_source {
        out.push(it.type_name.trim_start_matches('*'));
    }
    out.push("{");
    for (at, (name, value)) in it.fields.iter().enumerate() {
        if at > 0 {
            out.push(if is_source { ", " } else { " " });
        }
        if out.flags.plus_v || is_source {
            out.push(format!("{name}:"));
        }
        write(out, value, verb, depth + 1);
    }
    out.push("}");
}

/// A time: as text for the verbs of texts, else by the fields of Go's structure.
fn time(out: &mut Writer, moment: &Moment, verb: char) -> bool {
    match verb {
        'v' if out.flags.sharp_v => out.push(moment.source()),
        'v' | 's' | 'x' | 'X' | 'q' => return string(out, moment.to_string().as_bytes(), verb),
        _ => {
            let since_year_one = moment.seconds.saturating_sub(Moment::zero().seconds);
            out.push("{");
            for (name, number) in [("uint64", i64::from(moment.nanos)), ("int64", since_year_one)] {
                if !integer::write(out, i128::from(number), verb) {
                    out.push(format!("%!{verb}({name}="));
                    integer::write(out, i128::from(number), 'v');
                    out.push(")");
                }
                out.push(" ");
            }
            // The pointer to the zone is nil for UTC.
            if !matches!(verb, 'b' | 'o' | 'd') || !integer::write(out, 0, verb) {
                out.push(format!("%!{verb}(*time.Location="));
                out.pad("<nil>");
                out.push(")");
            }
            out.push("}");
        }
    }
    true
}

/// A number that has a name: the name for the verbs of texts, the number for those of numbers.
fn named_number(out: &mut Writer, number: i64, name: &str, verb: char) -> bool {
    match verb {
        'v' if out.flags.sharp_v => integer::write(out, i128::from(number), 'd'),
        'v' | 's' | 'x' | 'X' | 'q' => string(out, name.as_bytes(), verb),
        _ => integer::write(out, i128::from(number), verb),
    }
}

/// True if the text can stand between back quotes unchanged.
fn fits_raw(text: &[u8]) -> bool {
    chars(text).all(|(found, _)| {
        found.is_some_and(|c| c != '\u{feff}' && c != '`' && c != '\u{7f}' && (c == '\t' || c >= ' '))
    })
}

fn string(out: &mut Writer, text: &[u8], verb: char) -> bool {
    match verb {
        'v' if !out.flags.sharp_v => out.pad(truncated(text, out.flags.precision)),
        's' => out.pad(truncated(text, out.flags.precision)),
        'v' | 'q' => {
            let text = truncated(text, out.flags.precision);
            if out.flags.sharp && fits_raw(text) {
                out.pad([b"`", text, b"`"].concat());
            } else {
                let ascii_only = out.flags.plus;
                out.pad(quote(text, |c| ascii_only && !c.is_ascii()));
            }
        }
        'x' | 'X' => hexadecimal(out, text, verb),
        _ => return false,
    }
    true
}

fn truncated(text: &[u8], most: Option<usize>) -> &[u8] {
    let Some(most) = most else { return text };
    let length = chars(text).take(most).map(|(_, bytes)| bytes.len()).sum();
    text.get(..length).unwrap_or(text)
}

fn hexadecimal(out: &mut Writer, text: &[u8], verb: char) {
    let flags = out.flags;
    let text = text.get(..flags.precision.unwrap_or(usize::MAX)).unwrap_or(text);
    let prefix = match (flags.sharp, verb) {
        (false, _) => "",
        (true, 'x') => "0x",
        (true, _) => "0X",
    };
    let mut digits = String::new();
    for (at, byte) in text.iter().enumerate() {
        if at > 0 && flags.space {
            digits.push(' ');
        }
        if at == 0 || flags.space {
            digits.push_str(prefix);
        }
        digits.push_str(&if verb == 'x' { format!("{byte:02x}") } else { format!("{byte:02X}") });
    }
    out.pad(digits);
}

fn complex(out: &mut Writer, real: f64, imaginary: f64, verb: char) -> bool {
    if !matches!(verb, 'v' | 'b' | 'g' | 'G' | 'x' | 'X' | 'f' | 'F' | 'e' | 'E') {
        return false;
    }
    out.push("(");
    floating(out, real, verb);
    let plus = std::mem::replace(&mut out.flags.plus, true);
    floating(out, imaginary, verb);
    out.flags.plus = plus;
    out.push("i)");
    true
}

fn floating(out: &mut Writer, value: f64, verb: char) -> bool {
    let (format, precision) = match verb {
        'v' => ('g', None),
        'b' | 'g' | 'G' | 'x' | 'X' => (verb, None),
        'f' | 'e' | 'E' => (verb, Some(6)),
        'F' => ('f', Some(6)),
        _ => return false,
    };
    let flags = out.flags;
    let precision = flags.precision.or(precision);
    let mut text = float::format(value, format, precision);
    if !text.starts_with(['-', '+']) {
        text.insert(0, '+');
    }
    if flags.space && !flags.plus && text.starts_with('+') {
        text.replace_range(..1, " ");
    }
    if !value.is_finite() {
        let shown = if value.is_nan() && !flags.space && !flags.plus { &text[1..] } else { &text };
        out.pad_with_spaces(shown);
        return true;
    }
    if flags.sharp && verb != 'b' {
        text = with_point(&text, format, precision);
    }
    let signed = flags.plus || !text.starts_with('+');
    let shown = if signed { &*text } else { &text[1..] };
    let missing = flags.width.unwrap_or_default().saturating_sub(text.len());
    if signed && flags.zero && !flags.minus && missing > 0 {
        out.push(&text[..1]);
        out.padding(missing);
        out.push(&text[1..]);
    } else {
        out.pad(shown);
    }
    true
}

/// The flag `#`: always a point, and with `%g` the zeros that it would leave out. `text` starts with a sign.
fn with_point(text: &str, verb: char, precision: Option<usize>) -> String {
    let mut missing = if matches!(verb, 'g' | 'G' | 'x') { precision.unwrap_or(6) as i64 } else { 0 };
    let is_hexadecimal = matches!(verb, 'x' | 'X');
    let tail = text.find(|c| matches!(c, 'p' | 'P') || (!is_hexadecimal && matches!(c, 'e' | 'E')));
    let (number, tail) = text.split_at(tail.unwrap_or(text.len()));
    let mut has_point = false;
    let mut seen_digit = false;
    for c in number.chars().skip(1) {
        if c == '.' {
            has_point = true;
            continue;
        }
        seen_digit |= c != '0';
        if seen_digit {
            missing -= 1;
        }
    }
    let mut out = number.to_owned();
    if !has_point {
        if number.len() == 2 && number.ends_with('0') {
            missing -= 1;
        }
        out.push('.');
    }
    out.extend(std::iter::repeat_n('0', missing.max(0) as usize));
    out + tail
}
