//! What the readers of PromQL, LogQL, TraceQL and of Go's templates share.
//!
//! A [`Scanner`] walks over the characters of a text, a [`Cursor`] over its tokens. A [`Place`] says where something is
//! written, [`Lines`] turns it into line and column, and a [`Fault`] is a mistake at a place. [`literal`] holds what all
//! four languages took over from Go: strings, numbers and durations. No language is known here: where they differ on
//! purpose, one of the constants in [`literal::dialect`] is handed in. [`yaml`] reads the files in which their queries stand.

pub mod literal;
pub mod place;
pub mod yaml;

mod cursor;
mod scanner;

pub use cursor::{Bounds, Cursor, Kind, Named, Token};
pub use place::{Fault, Lines, Place, Position};
pub use scanner::Scanner;
