//! Why a row cannot be trusted.

use crate::row::kind::Kind;

/// The reason why a row is left out of answers. It completes the sentence "The row is left out because …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The bytes are not those that were written.
    #[error("its checksum does not match its content")]
    Checksum,
    /// A column has a value of another type, or one out of range.
    #[error("its column {0:?} holds a value of a wrong type or size")]
    Column(&'static str),
    /// A row of another kind, or of a kind that this program does not know.
    #[error("it is of kind {found}, and this table holds rows of kind {expected} ({})", .expected_name)]
    Kind {
        /// The number found.
        found: i64,
        /// The number of the table's kind.
        expected: u8,
        /// The table's kind in words.
        expected_name: &'static str,
    },
    /// A later version wrote the row.
    #[error("a newer dicelab wrote it: {} version {found}, and this one reads up to version {known}", .kind.name())]
    Newer {
        /// The kind of row.
        kind: Kind,
        /// The version found.
        found: u8,
        /// The newest version that this program reads.
        known: u8,
    },
    /// The checksum matches, but the content cannot be decoded.
    #[error("its content cannot be decoded")]
    Content,
    /// The catalogue knows rows that are not there, or has other ones. The number noted is the first of 1,024.
    #[error("the catalogue lists {expected} rows from this number on, but the {found} found are not exactly those")]
    Missing {
        /// Rows that were written.
        expected: i64,
        /// Rows that are there.
        found: i64,
    },
    /// The catalogue itself is damaged, so that nobody can say whether rows are missing.
    #[error("the line of the catalogue that counts the rows from this number on is damaged or missing")]
    Uncatalogued,
    /// An index leads to the row, but it is not there.
    #[error("the index leads to it, but it is not there")]
    Lost,
    /// SQLite finds the pages of the file in disorder.
    #[error(
        "the pages of the file are corrupt (SQLite's `PRAGMA quick_check` shows the details); move the file away to \
         start afresh"
    )]
    Structure,
    /// The file as a whole cannot be used.
    #[error(
        "the file is damaged or no database; nothing of it is shown, and pushes of this signal are refused, until somebody \
         moves the file away and starts the lab again"
    )]
    File,
    /// The write-ahead log was cut off.
    #[error("{0}")]
    LogCut(&'static str),
    /// The row that says whose data these are is missing or damaged itself.
    #[error("the row that names its owner is missing")]
    OwnerMissing,
}
