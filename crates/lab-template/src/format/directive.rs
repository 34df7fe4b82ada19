//! Format strings: `%[1]*.2d` and the like.

use super::print;
use super::writer::{Flags, Writer};
use crate::value::datum::Value;
use crate::value::unicode::first_char;

/// The largest width, precision and argument number that Go accepts from an argument. It reads one digit more from a
/// format string.
const LARGEST: usize = 1_000_000;

/// Writes the arguments as the format string says.
pub(crate) fn printf(out: &mut Writer, format: &[u8], arguments: &[Value<'_>]) {
    let mut cursor = Cursor { format, at: 0, arguments, next: 0, is_reordered: false, is_good: true };
    while let Some(rest) = format.get(cursor.at..).filter(|rest| !rest.is_empty() && !out.is_full()) {
        let plain = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
        out.push(&rest[..plain]);
        cursor.at += plain;
        if cursor.at < format.len() {
            cursor.at += 1;
            cursor.directive(out);
        }
    }
    if !cursor.is_reordered && cursor.next < arguments.len() {
        out.flags = Flags::default();
        extra(out, &arguments[cursor.next..]);
    }
}

fn extra(out: &mut Writer, arguments: &[Value<'_>]) {
    out.push("%!(EXTRA ");
    for (at, argument) in arguments.iter().enumerate() {
        if at > 0 {
            out.push(", ");
        }
        if matches!(argument, Value::Nothing | Value::Null) {
            out.push("<nil>");
        } else {
            out.push(format!("{}=", argument.type_name()));
            print::argument(out, argument, 'v');
        }
    }
    out.push(")");
}

struct Cursor<'c, 'a> {
    format: &'c [u8],
    at: usize,
    arguments: &'c [Value<'a>],
    /// The argument that the next verb takes.
    next: usize,
    /// True once an argument was named by its number.
    is_reordered: bool,
    /// False if this directive names an argument that does not exist.
    is_good: bool,
}

impl Cursor<'_, '_> {
    fn directive(&mut self, out: &mut Writer) {
        self.is_good = true;
        out.flags = Flags::default();
        self.flags(&mut out.flags);
        let mut after_index = self.argument_number();
        self.width(out, &mut after_index);
        if self.peek() == Some(b'.') && self.at + 1 < self.format.len() {
            self.at += 1;
            self.precision(out, &mut after_index);
        }
        if !after_index {
            self.argument_number();
        }
        let Some(rest) = self.format.get(self.at..).filter(|rest| !rest.is_empty()) else {
            return out.push("%!(NOVERB)");
        };
        let (verb, length) = first_char(rest);
        self.at += length;
        self.verb(out, verb.unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn verb(&mut self, out: &mut Writer, verb: char) {
        if verb == '%' {
            return out.push("%");
        }
        if !self.is_good {
            return out.push(format!("%!{verb}(BADINDEX)"));
        }
        let Some(argument) = self.arguments.get(self.next) else {
            return out.push(format!("%!{verb}(MISSING)"));
        };
        self.next += 1;
        if matches!(verb, 'v' | 'w') {
            out.flags.sharp_v = std::mem::replace(&mut out.flags.sharp, false);
            out.flags.plus_v = std::mem::replace(&mut out.flags.plus, false);
        }
        print::argument(out, argument, verb);
    }

    fn flags(&mut self, flags: &mut Flags) {
        while let Some(byte) = self.peek() {
            match byte {
                b'#' => flags.sharp = true,
                b'0' => flags.zero = true,
                b'+' => flags.plus = true,
                b'-' => flags.minus = true,
                b' ' => flags.space = true,
                _ => return,
            }
            self.at += 1;
        }
    }

    fn width(&mut self, out: &mut Writer, after_index: &mut bool) {
        if self.peek() != Some(b'*') {
            out.flags.width = self.number();
            self.is_good &= !(*after_index && out.flags.width.is_some());
            return;
        }
        self.at += 1;
        match self.integer_argument() {
            Some(width) => {
                out.flags.width = Some(width.unsigned_abs() as usize);
                if width < 0 {
                    out.flags.minus = true;
                    out.flags.zero = false;
                }
            }
            None => out.push("%!(BADWIDTH)"),
        }
        *after_index = false;
    }

    fn precision(&mut self, out: &mut Writer, after_index: &mut bool) {
        self.is_good &= !*after_index;
        *after_index = self.argument_number();
        if self.peek() != Some(b'*') {
            out.flags.precision = Some(self.number().unwrap_or_default());
            return;
        }
        self.at += 1;
        out.flags.precision = self.integer_argument().and_then(|precision| usize::try_from(precision).ok());
        if out.flags.precision.is_none() {
            out.push("%!(BADPREC)");
        }
        *after_index = false;
    }

    /// `[n]`: the next argument is the n-th. True if there was one.
    fn argument_number(&mut self) -> bool {
        if self.peek() != Some(b'[') {
            return false;
        }
        self.is_reordered = true;
        let Some(length) = self.format[self.at..].iter().position(|byte| *byte == b']') else {
            self.is_good = false;
            self.at += 1;
            return false;
        };
        let inside = &self.format[self.at + 1..self.at + length];
        self.at += length + 1;
        let number = std::str::from_utf8(inside).ok().filter(|text| !text.starts_with('+'));
        let number = number.and_then(|text| text.parse::<usize>().ok()).filter(|number| *number / 10 <= LARGEST);
        match number {
            Some(number) if (1..=self.arguments.len()).contains(&number) => self.next = number - 1,
            _ => self.is_good = false,
        }
        number.is_some()
    }

    /// The integer that `*` stands for.
    fn integer_argument(&mut self) -> Option<i64> {
        let argument = self.arguments.get(self.next)?;
        self.next += 1;
        let number = match argument {
            Value::Int(number) | Value::Int64(number) | Value::Duration(number) => *number,
            Value::Byte(number) => i64::from(*number),
            Value::Constant(constant) => constant.number,
            _ => return None,
        };
        (number.unsigned_abs() <= LARGEST as u64).then_some(number)
    }

    /// Digits. A number that is too large ends the format string, as in Go.
    fn number(&mut self) -> Option<usize> {
        let rest = self.format.get(self.at..)?;
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            return None;
        }
        let number = std::str::from_utf8(&rest[..length]).ok()?.parse::<usize>().ok();
        let number = number.filter(|number| *number / 10 <= LARGEST);
        self.at = if number.is_some() { self.at + length } else { self.format.len() };
        number
    }

    fn peek(&self) -> Option<u8> {
        self.format.get(self.at).copied()
    }
}
