//! What a template is expanded with.

use lab_model::{Grant, Labels};

use crate::rules::defaults::Outside;
use crate::rules::language::Language;

/// One series that an alert's query gave.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub labels: &'a Labels,
    pub value: f64,
    /// The time of evaluation, in milliseconds since the epoch.
    pub at: i64,
    /// Whom `query` asks.
    pub language: &'a dyn Language,
    /// What `query` may use, and what stops one that runs too long.
    pub grant: &'a Grant,
    /// What the lab is called outside.
    pub outside: &'a Outside,
}
