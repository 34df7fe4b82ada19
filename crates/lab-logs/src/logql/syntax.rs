//! From text to a checked tree and back.
//!
//! [`lexer`] splits a query into the tokens of [`token`], [`parser`] builds the tree of [`ast`] by recursive descent,
//! [`check`] refuses what reads well but makes no sense, and [`printer`] writes a tree as a query again. The words of
//! operators stand in [`words`], those of functions in the tables of `functions`.

pub mod ast;
pub(crate) mod check;
pub(crate) mod lexer;
pub mod parser;
pub(crate) mod printer;
pub(crate) mod token;
pub(crate) mod words;
