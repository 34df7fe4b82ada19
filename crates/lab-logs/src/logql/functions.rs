//! The functions of the language, by what they take: a line with its labels (parsers, filters, templates), the
//! values of a window, or the series of an instant. They take values, never a part of the syntax tree.

pub(crate) mod aggregate;
pub(crate) mod compare;
pub(crate) mod json;
pub(crate) mod labels;
pub(crate) mod logfmt;
pub(crate) mod pattern;
pub(crate) mod range;
pub(crate) mod regexes;
pub(crate) mod template;
