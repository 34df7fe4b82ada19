//! LogQL: text → tokens (`lexer`) → syntax tree ([`ast`]) → evaluation over the store ([`mod@lines`], [`mod@metric`]).
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

pub mod ast;
pub mod error;
pub mod hints;
pub mod lines;
pub mod metric;
pub mod parser;
pub mod scan;
pub mod series;

mod aggregate;
mod binary;
mod condition;
mod json_path;
mod lexer;
mod logfmt;
mod pattern;
mod pipeline;
mod print;
mod range;
mod regexes;
mod scope;
mod template;
mod units;
mod window;
mod words;
