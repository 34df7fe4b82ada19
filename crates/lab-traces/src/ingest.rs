//! The way in: from the bytes of an export request to spans that the store can keep.
//!
//! [`request`] checks every span and finds its place in the request's body, [`truncate`] shortens the
//! few that carry oversized attributes.

pub(crate) mod request;
pub(crate) mod truncate;
