//! The parsers of which a chunk can keep what they find in its lines.

/// A parser without arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parser {
    Json,
    Logfmt,
}

/// What a parser finds in a line, known without reading the line: some of its fields, at least all that are asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) parser: Parser,
    /// Names and values, each name once.
    pub(crate) fields: &'a [(&'a str, &'a str)],
}
