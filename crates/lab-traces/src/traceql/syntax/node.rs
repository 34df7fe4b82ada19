//! Parts of the syntax tree with the places where they are written.

use std::fmt;
use std::ops::Deref;

use lab_syntax::Place;

/// A part of the syntax tree with its place. Two parts are equal if they say the same, wherever they stand.
#[derive(Clone, Copy, Debug, PartialEq)]
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

impl<T: fmt::Display> fmt::Display for Node<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}
