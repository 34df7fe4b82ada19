//! LogQL, in the rooms that every query language here has: text to a tree ([`syntax`]), what is compiled before the
//! first line is read (`plan`), and lines and samples from the store ([`eval`]) with the help of `functions`.
//!
//! ```text
//! query     = log | metric
//! log       = selector { stage }
//! selector  = "{" matcher { "," matcher } "}"              matcher = name ("=" | "!=" | "=~" | "!~") text
//! stage     = ("|=" | "!=" | "|~" | "!~" | "|>" | "!>") text { "or" text }
//!           | "|" ( "json" [fields] | "logfmt" [flags] [fields] | "regexp" text | "pattern" text | "unpack"
//!                 | condition | "line_format" text | "label_format" name "=" (name | text) { "," … }
//!                 | ("drop" | "keep") (name | matcher) { "," … } | "decolorize" )
//! condition = matcher | name compare (number | duration | size) | condition ("and" | "," | "or") condition
//!           | "(" condition ")"
//! metric    = number | "vector" "(" number ")" | "(" metric ")" | metric operator ["bool"] [matching] metric
//!           | over_time "(" [number ","] log ["|" "unwrap" …] "[" duration "]" ["offset" duration] ")" [grouping]
//!           | aggregation [grouping] "(" [number ","] metric ")" [grouping]
//!           | "label_replace" "(" metric "," text "," text "," text "," text ")"
//! grouping  = ("by" | "without") "(" [name { "," name }] ")"
//! ```
//!
//! A stage before `[…]` may also stand after it. Rules and error texts follow Loki's documentation and what it
//! was observed to answer.

pub mod error;
pub mod eval;
pub mod limits;
pub mod plan;
pub mod syntax;

pub(crate) mod functions;
pub(crate) mod parser;
pub(crate) mod scope;
pub(crate) mod units;
