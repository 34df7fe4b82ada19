//! Places in the query text.

/// The bytes of the query that a node of the tree takes, from `start` up to but without `end`.
///
/// Two spans are always equal, so that trees compare by what they say, not by where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// From the start of this span to the end of another.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        Self { start: self.start, end: end.end }
    }
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What is wrong with a query, and the byte at which it is.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl Fault {
    /// A fault at the start of a span.
    pub(crate) fn new(at: Span, message: impl Into<String>) -> Self {
        Self { at: at.start, message: message.into() }
    }
}
