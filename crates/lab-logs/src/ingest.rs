//! How lines come in: a raw line of a container becomes an entry ([`decode`]), and every stream and entry gets the
//! labels that Loki adds on ingestion ([`enrich`]).

pub mod decode;
pub mod enrich;
