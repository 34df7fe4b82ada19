//! How lines come in: a raw line of a container becomes an entry ([`decode`]), one without a time of its own gets one
//! ([`arrival`]), and every stream and entry gets the labels that Loki adds on ingestion ([`enrich`]).

pub mod arrival;
pub mod decode;
pub mod enrich;
