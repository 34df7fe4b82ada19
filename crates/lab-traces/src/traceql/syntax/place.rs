//! Where in a query's text something stands. (Other languages call this a span; here spans are what is queried.)

use std::fmt;
use std::ops::Deref;

/// A range of bytes of the query's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Place {
    /// From the beginning of this place to the end of another.
    #[must_use]
    pub fn to(self, last: Self) -> Self {
        Self { start: self.start, end: last.end }
    }
}

/// A part of the syntax tree with its place. Two parts are equal if they say the same, wherever they stand.
#[derive(Clone, Copy, Debug)]
pub struct Node<T> {
    /// Where it is written.
    pub place: Place,
    /// What is written there.
    pub content: T,
}

impl<T> Node<T> {
    /// A part that was read.
    pub fn new(place: Place, content: T) -> Self {
        Self { place, content }
    }

    /// A part that no text says, of a query that is put together by a program.
    pub fn unplaced(content: T) -> Self {
        Self { place: Place::default(), content }
    }
}

impl<T> Deref for Node<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.content
    }
}

impl<T: PartialEq> PartialEq for Node<T> {
    fn eq(&self, other: &Self) -> bool {
        self.content == other.content
    }
}

impl<T: fmt::Display> fmt::Display for Node<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}
