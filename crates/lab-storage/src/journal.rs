//! The journal of a signal: what was pushed and acknowledged, on its way to the tables.
//!
//! A push is answered with success only after its record was written. It is not synced: a kill of the process loses
//! nothing, a power cut at most the last seconds. Records are numbered; each commit of the tables says up to which number
//! they hold everything, in the same transaction. So a record counts once, wherever a kill strikes.
//!
//! * [`record`]: one record, and its checksum.
//! * [`fields`]: numbers and texts in the body of a record.
//! * [`segment`]: the files, and which of them may go.
//! * [`writer`]: [`Journal`](writer::Journal), to which all senders of a signal write in groups.
//! * [`intake`]: the gate before a store, which brings journal and flush together.
//! * [`replay`]: reading what the tables do not hold when a store is opened; a torn end is cut off and said.
//! * [`position`]: the number up to which the tables hold everything.

pub mod fields;
pub mod intake;
pub mod position;
pub mod record;
pub mod replay;
pub mod segment;
pub mod writer;
