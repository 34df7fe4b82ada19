//! The client side: one connection, and many of them as load.

pub(crate) mod connection;
pub(crate) mod load;
