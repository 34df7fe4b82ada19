//! Go's text templates: the language of the labels and annotations of alerting rules, and of LogQL's `line_format` and
//! `label_format`.
//!
//! A [`Template`] is parsed once and executed often: [`syntax`] makes a tree of a text, [`execute`] walks the tree over
//! [`value`]s and prints with [`format`]. The built-in [`functions`] are here; all others come as a table that the user
//! hands in, with a [`Host`] that executes them. A [`Budget`] bounds steps and texts, so that no template can hang or
//! fill the memory.
//!
//! Source: <https://pkg.go.dev/text/template> (Go 1.26); `tests/` holds what Go answers to some thousands of templates.

mod budget;
mod error;
mod execute;
mod format;
mod functions;
mod syntax;
mod template;
mod time;
mod value;

pub use budget::{Budget, Limits};
pub use error::TemplateError;
pub use format::float::format as format_float;
pub use functions::escape::url_query_escape;
pub use functions::expression::replace_all;
pub use functions::host::{Function, Host, NoFunctions};
pub use functions::patterns::Patterns;
pub use functions::signature::Signature;
pub use template::{MissingKey, Template};
pub use time::duration::Shown as ShownDuration;
pub use time::moment::Moment;
pub use time::read::{LocalZone, parse as parse_time};
pub use value::datum::{Constant, List, Map, Struct, Texts, Value};
pub use value::kind::Type;
pub use value::text::Text;
pub use value::unicode::{lower, upper};
