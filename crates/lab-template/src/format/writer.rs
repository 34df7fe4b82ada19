//! Where formatted text is collected: padded to a width, and bounded.

use crate::value::unicode::chars;

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // they are independent, and each is a character of the directive
pub(crate) struct Flags {
    pub(crate) width: Option<usize>,
    pub(crate) precision: Option<usize>,
    pub(crate) minus: bool,
    pub(crate) plus: bool,
    pub(crate) sharp: bool,
    pub(crate) space: bool,
    pub(crate) zero: bool,
    /// `%+v`: with the names of fields.
    pub(crate) plus_v: bool,
    /// `%#v`: as Go source.
    pub(crate) sharp_v: bool,
}

/// Collects bytes up to a bound; what would go beyond it is dropped, and the writer remembers that.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) flags: Flags,
    out: Vec<u8>,
    most: usize,
    is_full: bool,
}

impl Writer {
    /// A writer that takes at most so many bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self { flags: Flags::default(), out: Vec::new(), most, is_full: false }
    }

    /// What was written, unless it was too much.
    pub(crate) fn finish(self) -> Option<Vec<u8>> {
        (!self.is_full).then_some(self.out)
    }

    /// True once something was dropped.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Writes as it is.
    pub(crate) fn push(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        if self.has_room(text.len()) {
            self.out.extend_from_slice(text);
        }
    }

    /// Writes padded to the width.
    pub(crate) fn pad(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        let missing = self.flags.width.unwrap_or_default().saturating_sub(chars(text).count());
        if self.flags.minus {
            self.push(text);
            self.padding(missing);
        } else {
            self.padding(missing);
            self.push(text);
        }
    }

    /// Writes padded with spaces, whatever the flags say.
    pub(crate) fn pad_with_spaces(&mut self, text: impl AsRef<[u8]>) {
        let zero = std::mem::replace(&mut self.flags.zero, false);
        self.pad(text);
        self.flags.zero = zero;
    }

    /// Writes so many fill characters.
    pub(crate) fn padding(&mut self, count: usize) {
        let fill = if self.flags.zero && !self.flags.minus { b'0' } else { b' ' };
        if self.has_room(count) {
            self.out.resize(self.out.len() + count, fill);
        }
    }

    fn has_room(&mut self, bytes: usize) -> bool {
        self.is_full |= self.out.len().saturating_add(bytes) > self.most;
        !self.is_full
    }
}
