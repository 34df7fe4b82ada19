//! The syntax of templates: tokens, the tree, and the parser that makes one of the other.

pub(crate) mod cursor;
pub(crate) mod lexer;
pub(crate) mod literal;
pub(crate) mod number;
pub(crate) mod parser;
pub(crate) mod pipeline;
pub(crate) mod show;
pub(crate) mod token;
pub(crate) mod tree;
