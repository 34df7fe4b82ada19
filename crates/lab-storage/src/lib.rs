//! What the three signal stores share: files on disk, the shape of a row, and the contract of a store.
//!
//! * [`data_dir`] and [`database`]: one directory for one process, one SQLite database for one signal. A file is
//!   opened in WAL mode with one writer and with readers that never block it; users may open the files with
//!   `sqlite3` while the lab runs.
//! * [`journal`]: what was acknowledged is written down before the tables hold it; a kill of the process loses nothing.
//! * [`row`]: the envelope of everything stored. Every row says what it holds, when, how much, and carries a checksum;
//!   a row that cannot be trusted is left out of answers, counted and reported.
//! * [`signal`]: what every store of a signal answers to: the account of its items, the budget of its memory, the
//!   limits on labels and times, retention, flush.

pub mod data_dir;
pub mod database;
pub mod error;
pub mod journal;
pub mod row;
pub mod signal;

pub use data_dir::DataDir;
pub use database::{Database, LeftBehind, Location, Schema, Space};
pub use error::StorageError;
pub use journal::fields::{FieldReader, FieldWriter, Undecodable};
pub use journal::intake::Intake;
pub use journal::position;
pub use journal::record::{Draft, Format, Record};
pub use journal::replay::Cut;
pub use row::damage::{Damage, DamageLog, DamageReport, Moment, TimeUnit};
pub use row::head::{Head, Owner};
pub use row::kind::Kind;
pub use row::table::{Front, Gone, Row, Seen, Table};
pub use row::unreadable::Unreadable;
pub use row::verify::Catalogued;
pub use signal::account::{Account, Balance, Evicted};
pub use signal::budget::{Budget, Cause, Wait};
pub use signal::contract::{Retention, SignalStore};
pub use signal::labels::{LabelProblem, LabelRules};
pub use signal::times::{TimeLimits, TimeProblem, other_unit, other_unit_note};
