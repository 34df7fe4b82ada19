//! TraceQL: what a query says ([`syntax`]), what it needs ([`plan`]), what it selects of one trace
//! ([`eval`]), and the functions that it can call ([`functions`]).
//!
//! Regular expressions match whole texts. A comparison with something that a span does not have, or that
//! has another type, is false, `!=` included; `= nil` and `!= nil` ask whether it is there.

pub mod attribute;
pub mod duration;
pub mod error;
pub mod eval;
pub mod functions;
pub mod plan;
pub(crate) mod regex;
pub mod syntax;
pub mod value;
