//! Asking the columns of spans instead of the spans.
//!
//! [`view`] gives the values of one attribute for all rows of a part, [`mask`] says for which rows a condition holds,
//! [`local`] which queries look at each span by itself, and [`visit`] shows all spans of a range to such a query. What
//! columns do not know they say, and the spans themselves are read.

pub(crate) mod local;
pub(crate) mod mask;
pub(crate) mod values;
pub(crate) mod view;
pub(crate) mod visit;
