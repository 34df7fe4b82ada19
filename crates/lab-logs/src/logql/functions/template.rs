//! Templates of `line_format` and `label_format`: Go's templates with Loki's functions.
//!
//! Source: <https://grafana.com/docs/loki/latest/query/template_functions/>.

mod convert;
mod decimal;
pub(crate) mod format;
mod functions;
mod number;
mod text;
mod time;
