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
    /// The row that says whose data these are is missing or damaged itself.
    #[error("the row that names its owner is missing")]
    OwnerMissing,
}
