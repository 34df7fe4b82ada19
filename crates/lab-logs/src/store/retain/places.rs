//! The places where entries are.

use lab_storage::{DamageLog, Database};
use parking_lot::Mutex;

use crate::store::buffer::streams::Streams;

/// Where entries are, for whoever removes some.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places<'a> {
    pub(crate) database: &'a Database,
    pub(crate) damage: &'a DamageLog,
    pub(crate) streams: &'a Mutex<Streams>,
}
