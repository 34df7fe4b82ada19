//! The source of a crate as its readers see it: modules, what each defines and imports, and where every path leads.

pub(crate) mod modules;
pub(crate) mod read;
pub(crate) mod resolve;
pub(crate) mod scan;
