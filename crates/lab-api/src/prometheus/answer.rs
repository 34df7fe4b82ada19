//! Good answers: the envelope that all have, and the values of queries in it.

pub(crate) mod envelope;
pub(crate) mod methods;
pub(crate) mod value;
