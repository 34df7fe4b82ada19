//! How lines come in: a raw line of a container becomes an entry ([`decode`]), one without a time of its own gets one
//! ([`arrival`]), and every stream and entry gets the labels that Loki adds on ingestion ([`enrich`]). Messages of syslog are taken
//! apart by [`syslog`].

pub mod arrival;
pub mod decode;
pub mod enrich;
pub mod syslog;
