//! From text to a checked tree and back.
//!
//! [`lexer`] splits a query into the tokens of [`token`], [`parser`] builds the tree of [`ast`] by recursive descent,
//! [`check`] refuses what reads well but makes no sense, [`printer`] writes a tree as a query again, and
//! [`layout`] breaks it into lines. The words of operators stand in [`words`], times and sizes in [`quantities`], and those of
//! functions in the tables of `functions`.

pub mod ast;
pub(crate) mod check;
pub mod layout;
pub(crate) mod lexer;
pub mod parser;
pub(crate) mod printer;
pub(crate) mod quantities;
pub(crate) mod token;
pub(crate) mod words;
