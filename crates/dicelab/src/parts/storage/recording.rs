//! A run as one file: what is taken out of the stores ([`take`]), what is put into them ([`put`]), what is said about the
//! machine ([`machine`]), how large a portion becomes (`size`), the file on the disk ([`mod@file`]), and what a lab that shows one tells its page ([`shown`]).

pub mod file;
pub mod machine;
pub mod put;
pub mod shown;
pub(crate) mod size;
pub mod take;
