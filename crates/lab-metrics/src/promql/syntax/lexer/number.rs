//! Where a number or a duration ends. What is lexed as a number may still have no value: `0x`.

use crate::promql::syntax::token::Kind;

/// The kind and the length of the number or duration with which `text` begins.
pub(super) fn scan(text: &str) -> Result<(Kind, usize), String> {
    let number = Scan { bytes: text.as_bytes(), at: 0 };
    let (mut scan, is_number) = number.number();
    if is_number {
        return Ok((Kind::Number, scan.at));
    }
    if scan.rest_of_duration() {
        return Ok((Kind::Duration, scan.at));
    }
    // The whole word is shown, not only the part that could be read.
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let end = scan.at + scan.bytes[scan.at..].iter().take_while(|byte| word(byte)).count();
    Err(format!("bad number or duration syntax: {:?}", &text[..end]))
}

struct Scan<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    /// Passes the characters of a number; whether they are one, and nothing of a word follows.
    fn number(mut self) -> (Self, bool) {
        let is_hexadecimal = self.take(b"0") && self.take(b"xX");
        if is_hexadecimal {
            self.take(b"_");
        }
        let digits: &[u8] = if is_hexadecimal { b"0123456789abcdefABCDEF" } else { b"0123456789" };
        let (mut dots, mut exponents) = (0, 0);
        loop {
            let complete = if self.take(b".") {
                dots += 1;
                dots == 1 && !is_hexadecimal && !self.take(b"_.")
            } else if (!is_hexadecimal || exponents == 0) && self.take(b"eE") {
                exponents += 1;
                self.take(b"+-");
                exponents == 1 && !self.take(b"._eE") && self.peek().is_some()
            } else if self.take(b"_") {
                !self.take(b"._eE") && self.peek().is_some()
            } else if self.take(digits) {
                true
            } else {
                let ends = !self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                return (self, ends);
            };
            if !complete {
                return (self, false);
            }
        }
    }

    /// Passes the units of a duration behind its first number, and further numbers with theirs.
    fn rest_of_duration(&mut self) -> bool {
        let mut units: &[u8] = b"smhdwy";
        loop {
            if !self.take(units) {
                return false;
            }
            // Years come first only. `ms` is a unit; what else ends in `s` is found to be wrong by its value.
            units = b"smhdw";
            self.take(b"s");
            if !self.take(b"0123456789") {
                return !self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            }
            while self.take(b"0123456789") {}
        }
    }

    fn take(&mut self, set: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| set.contains(&byte));
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}
